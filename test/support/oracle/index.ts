import { Desk } from './desk';
import { findDuplicates, matchRows } from './match';
import { conclude } from './outcome';
import type { Expected, Read, World } from './types';

export { keyOf } from './types';
export type { Expected, Outcome, Person, ReadRow, World } from './types';

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
