import { BOUND, may, VERBS, type PermissionLevel, type Verb } from '../permissions';
import { OPERATIONS, type Operation, type Subject } from './operations';

/**
 * How far an operation reaches for a level; `null`: the level may not use it. `organizations`: the
 * people of the admin's own organizations; `organizations if given`: everybody unless the admin has
 * organizations; `own`: the admin's own bulk changes, campaigns or tokens.
 */
export type LevelReach = 'all' | 'organizations' | 'organizations if given' | 'own' | null;

/** One row of the matrix. */
export interface LevelsRow {
  /** The operation, by file and name in `operations/`. */
  readonly operation: string;
  /** The commands that call it. */
  readonly command: string;
  readonly verb: Verb;
  readonly also: { readonly verb: Verb; readonly when: string } | null;
  readonly reach: Readonly<Record<PermissionLevel, LevelReach>>;
}

const BOUND_REACH = {
  always: 'organizations',
  'when given': 'organizations if given',
  never: 'all',
} as const satisfies Record<(typeof BOUND)[PermissionLevel], LevelReach>;

/** The matrix of operations, levels and reaches. */
export const LEVELS: readonly LevelsRow[] = Object.entries<Operation>(OPERATIONS).map(
  ([operation, { verb, about, command, also = null }]) => ({
    operation,
    command,
    verb,
    also,
    reach: {
      viewer: reachOf('viewer', verb, about),
      manager: reachOf('manager', verb, about),
      admin: reachOf('admin', verb, about),
      owner: reachOf('owner', verb, about),
    },
  }),
);

function reachOf(level: PermissionLevel, verb: Verb, about: Subject): LevelReach {
  if (!may(level, verb)) return null;
  switch (about) {
    case 'people':
      return BOUND_REACH[BOUND[level]];
    case 'runs':
    case 'campaigns':
      return may(level, wholeVerb(verb)) ? 'all' : 'own';
    case 'tokens':
      return may(level, 'admins.write') ? 'all' : 'own';
    case 'rest':
      return 'all';
  }
}

/** The verb for the runs, or the campaigns, of everybody: `runs.read` of `runs.readOwn`. */
function wholeVerb(verb: Verb): Verb {
  const whole = verb.replace(/Own$/, '');
  return isVerb(whole) ? whole : verb;
}

function isVerb(name: string): name is Verb {
  return Object.hasOwn(VERBS, name);
}

/** What the matrix cannot say in a row. */
export const LEVELS_NOTES: readonly string[] = [
  "organizations: people of the admin's own organizations; others are not found, however they are named.",
  'organizations if given: everybody, unless the admin has organizations.',
  "own: bulk changes that the admin started and undos of them, campaigns that the admin sent, or the admin's own tokens.",
  'Syncs of a schedule and due runs act as the owner.',
  'A run is done with the level that its admin has at each step, not at its start.',
];
