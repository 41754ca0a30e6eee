import { decide } from './days';
import { Desk } from './desk';
import { matchRows } from './match';
import { conclude } from './outcome';
import { judgeRows } from './twoRows';
import type { Expected, Read, World } from './types';

export { rejectable } from './rejected';
export { keyOf } from './types';
export type { Expected, Outcome, Person, ReadRow, World } from './types';

/**
 * The result of a read in a world. `oracle/` states the rules of matching and planning in the slowest and
 * plainest way: the store's set-based SQL must give the same result. Nothing here was taken from it.
 */
export function expectRead(world: World, read: Read): Expected {
  const decided = decide(read);
  const desk = new Desk(world, decided.read, {
    judged: judgeRows(world, decided.read),
    days: decided.days,
  });
  matchRows(desk);
  return conclude(desk);
}
