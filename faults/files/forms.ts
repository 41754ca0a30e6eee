import type { Dice } from '../sync/chance';
import { ALL_MISCHIEFS, type Form, type Mischief } from './mischief';

/** How a company shows its people. */
export function formOf(dice: Dice): Form {
  const kind = dice.pick([
    'list',
    'list',
    'list',
    'list',
    'upload',
    'system',
    'system',
    'graph',
  ] as const);
  const key = kind === 'list' ? dice.pick(LIST_KEYS) : 'code';
  const bare = kind === 'list' && dice.often(0.5);
  // A row without a number, or with one that is no field, needs another key.
  const email = dice.often(0.5) || bare || key === 'email' || key === 'column';
  const status = kind === 'graph' || kind === 'system' || dice.often(0.5);
  const days = kind !== 'graph' && dice.often(0.5);
  const listed = kind === 'upload' || kind === 'graph' || ((status || days) && dice.often(0.5));
  // Without a status or days an upload says nothing about leavers.
  const told = kind === 'upload' && !status ? true : days;
  const leavers = listed ? 'listed' : 'dropped';
  return { kind, email, status, days: told, leavers, key, bare };
}

const LIST_KEYS = ['code', 'code', 'code', 'email', 'login', 'column'] as const;
const FILES: readonly Mischief[] = ALL_MISCHIEFS.filter((one) => one !== 'oneMissing');

/** What can go wrong with each form. */
export const MISCHIEFS_OF: Readonly<Record<Form['kind'], readonly Mischief[]>> = {
  list: FILES,
  upload: FILES.filter((one) => one !== 'noNumbers'),
  system: [
    'repeated',
    'bothStints',
    'staleStatus',
    'oneMissing',
    'badDay',
    'short',
    'lostLetters',
    'none',
  ],
  graph: ['none', 'oneMissing', 'lostLetters', 'none'],
};
