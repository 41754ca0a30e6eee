import {
  covers,
  may,
  VERBS,
  type PermissionLevel,
  type UserScope,
  type Verb,
} from '../permissions';
import type { UserStatus } from '../users/fields';
import type { RunKind } from './run';

/** What says which right a run needs. */
export interface RunRight {
  readonly kind: RunKind;
  readonly options: Readonly<Record<string, unknown>>;
  /** A bulk change of the actor, or the actor's undo of a bulk change. */
  readonly own: boolean;
}

/** What the admin who acts in a run must be allowed, as long as the run writes. */
export function verbOfRun({ kind, options, own }: RunRight): Verb {
  switch (kind) {
    case 'import':
      return 'imports.create';
    case 'sync':
    case 'due':
      return 'sources.sync';
    case 'undo':
      return own ? 'runs.undoOwn' : 'runs.undo';
    case 'merge':
      return 'users.merge';
    case 'bulk': {
      const { change } = options;
      if (typeof change !== 'object' || change === null) return 'users.status';
      // The strongest of them: what sets fields may set a status, too.
      if ('organizationId' in change) return 'users.assign';
      return 'fields' in change ? 'users.edit' : 'users.status';
    }
  }
}

/** An admin as a run finds it now. */
export interface ActingAdmin {
  readonly name: string;
  readonly level: PermissionLevel;
  readonly disabled: boolean;
  /** The status of the user that the admin is linked to; `null`: to none. */
  readonly userStatus: UserStatus | null;
  readonly scope: UserScope;
}

/** Why the admin may not act at all; `null`: no reason. */
export function whyEnded({ name, disabled, userStatus }: ActingAdmin): string | null {
  if (disabled) return `The admin ${name} is disabled.`;
  if (userStatus === null || userStatus === 'active') return null;
  return `The admin ${name} is linked to a user who is ${userStatus}.`;
}

/**
 * Why the admin may not go on with a run; `null`: no reason. `reached`: what the admin reached when the run
 * was started, approved, applied or resumed.
 */
export function whyLost(
  admin: ActingAdmin,
  { verb, reached }: { readonly verb: Verb; readonly reached: UserScope },
): string | null {
  const { name, level, scope } = admin;
  const ended = whyEnded(admin);
  if (ended !== null) return ended;
  if (!may(level, verb))
    return `The admin ${name} is ${level} now, and ${verb} needs ${VERBS[verb]}.`;
  if (covers(scope, reached)) return null;
  return `The admin ${name} no longer reaches all organizations of which the run changes people.`;
}
