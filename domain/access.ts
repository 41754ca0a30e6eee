import type { MergeView } from './merges/mergeView';
import { DAYS_REASONS } from './users/days';
import type { UserStatus } from './users/fields';
import type { UserView } from './users/userView';

/** Why a user may, or may not, sign in; recorded names. */
export const ACCESS_REASONS = ['active', 'inactive', ...DAYS_REASONS, 'merged', 'erased'] as const;
export type AccessReason = (typeof ACCESS_REASONS)[number];

export interface Access {
  readonly allowed: boolean;
  readonly reason: AccessReason;
}

/** What the answer depends on; a user as it is shown has all of it. */
export interface AccessFacts {
  readonly status: UserStatus;
  readonly mergedIntoId: string | null;
  /** A code, or what an admin wrote. */
  readonly deactivatedReason: string | null;
  /** True for a user whose person was erased. */
  readonly erased?: boolean;
}

/**
 * Whether this user can sign in: the one rule for every door. Only an active user can, who is neither
 * merged nor erased. A merged account stays closed: a door that finds one asks about its survivor.
 *
 * First and last days decide through the status alone: a run changes it on the day, in the zone of
 * the person, and a gate may hold that run. Hence a hire date ahead or a leave date that is over
 * refuses nobody by itself, as when an admin keeps a person active, or a list ignores days.
 */
export function accessOf(user: AccessFacts): Access {
  if (user.erased === true) return { allowed: false, reason: 'erased' };
  if (user.mergedIntoId !== null || user.status === 'merged') {
    return { allowed: false, reason: 'merged' };
  }
  if (user.status === 'active') return { allowed: true, reason: 'active' };
  const day = DAYS_REASONS.find((reason) => reason === user.deactivatedReason);
  return { allowed: false, reason: day ?? 'inactive' };
}

/** A user, with whether the user can sign in. */
export interface ShownUser extends UserView {
  readonly access: Access;
  /** Merges that stand, newest first: the one that absorbed the user, or those of accounts that it absorbed. */
  readonly merges?: readonly UserMerge[];
}

/** A merge as one of its users shows it. */
export type UserMerge = Pick<
  MergeView,
  'mergeId' | 'state' | 'survivor' | 'absorbed' | 'mergedAt' | 'unmergeUntil'
>;

export function withAccess(user: UserView): ShownUser {
  return { ...user, access: accessOf(user) };
}
