import { Desk } from './oracle/desk';
import { findDuplicates, matchRows } from './oracle/match';
import { conclude } from './oracle/outcome';
import type { Expected, Read, World } from './oracle/types';

export { keyOf } from './oracle/types';
export type { Expected, Outcome, Person, ReadRow, World } from './oracle/types';

/**
 * What a read leads to in a world. `oracle/` says the rules of matching and planning as slow and plain
 * as they can be said: the store's set-based SQL has to come to the same. Nothing in it was taken from
 * there.
 */
export function expectRead(world: World, read: Read): Expected {
  const desk = new Desk(world, read, findDuplicates(read));
  matchRows(desk);
  return conclude(desk);
}
