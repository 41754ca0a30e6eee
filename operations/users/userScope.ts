import { Fault } from '../../domain/faults';
import {
  BOUND,
  inScope,
  requirePermission,
  scopeOf,
  type UserScope,
  type Verb,
} from '../../domain/permissions';
import { findUsers, knownUnder, organizationsOf, type FoundUser } from '../../store/users/userRefs';
import { lockUser, type LockedUser, type UserTx } from '../../store/users/userWrites';
import type { OperationContext } from '../context';

/** Checks the level and returns whose users the actor reaches with this verb. */
export async function scopeFor(context: OperationContext, verb: Verb): Promise<UserScope> {
  requirePermission(context.level, verb);
  return reachOf(context);
}

/** Whose users the actor reaches; one query for a level that may be bound, none for the others. */
export async function reachOf({ db, actorId, level }: OperationContext): Promise<UserScope> {
  if (BOUND[level] === 'never') return scopeOf(level, []);
  return scopeOf(level, await organizationsOf(db.pool, actorId));
}

/** The reach of the actor as a run keeps it; empty for an actor who reaches all. */
export function reachedBy(scope: UserScope): { readonly reach?: readonly string[] } {
  return scope.kind === 'all' ? {} : { reach: scope.ids };
}

/**
 * The users that references name (id, code, login or e-mail each), merges followed, each once.
 * Faults: `not_found` (also for users outside the actor's scope), `usage` for an ambiguous one.
 */
export async function resolveUsers(
  context: OperationContext,
  refs: readonly string[],
  scope: UserScope,
): Promise<FoundUser[]> {
  const found = (await findUsers(context.db.pool, refs)).filter((user) =>
    inScope(scope, user.survivorOrganizationId),
  );
  const byRef = new Map<number, FoundUser[]>();
  for (const user of found) byRef.set(user.n, [...(byRef.get(user.n) ?? []), user]);
  const unknown = refs.filter((_, n) => !byRef.has(n));
  if (unknown.length > 0) throw await unknownTo(context, unknown, scope);
  const chosen = new Map<string, FoundUser>();
  for (const [n, users] of byRef) {
    const user = onlyOne(refs[n] ?? '', users);
    if (!chosen.has(user.survivorId)) chosen.set(user.survivorId, user);
  }
  return [...chosen.values()];
}

/** One user; see {@link resolveUsers}. */
export async function resolveUser(
  context: OperationContext,
  ref: string,
  scope: UserScope,
): Promise<FoundUser> {
  const [user] = await resolveUsers(context, [ref], scope);
  if (user === undefined) throw notFound([ref]);
  return user;
}

/**
 * Locks a user until commit, as `lockUser` does. Who left the reach since it was looked up is not found.
 */
export async function lockWithin(tx: UserTx, id: string, scope: UserScope): Promise<LockedUser> {
  const user = await lockUser(tx, id);
  if (inScope(scope, user.organizationId)) return user;
  throw notFound([id]);
}

/** A merged account and its survivor are one person. */
function onlyOne(ref: string, users: readonly FoundUser[]): FoundUser {
  const [first] = users;
  if (first === undefined) throw notFound([ref]);
  if (users.every(({ survivorId }) => survivorId === first.survivorId)) {
    return users.find(({ id, survivorId }) => id === survivorId) ?? first;
  }
  throw new Fault('usage', {
    code: 'user_ambiguous',
    message: `"${ref}" names different users: ${users.map(({ id }) => id).join(', ')}.`,
    next: 'Give the id of the one that is meant.',
  });
}

/**
 * The fault of references that name no user. It mentions a user that a source knows under that
 * number, because the user's code may have changed.
 */
async function unknownTo(
  context: OperationContext,
  refs: readonly string[],
  scope: UserScope,
): Promise<Fault> {
  const [ref] = refs;
  if (ref === undefined || refs.length > 1) return notFound(refs);
  const known = (await knownUnder(context.db.pool, ref)).filter((user) =>
    inScope(scope, user.organizationId),
  );
  const [only] = known;
  if (only === undefined || known.some(({ id }) => id !== only.id)) return notFound(refs);
  const who = only.code === null ? only.id : `${only.code} (${only.id})`;
  return new Fault('not_found', {
    code: 'user_not_found',
    message:
      `No user has the id, code, login or e-mail "${ref}"; ` +
      `the source ${only.source} knows user ${who} under that number.`,
    next: { do: 'showUser', user: only.id },
  });
}

function notFound(refs: readonly string[]): Fault {
  const shown = refs.slice(0, 5).map((ref) => `"${ref}"`);
  const more = refs.length > 5 ? ` and ${String(refs.length - 5)} more` : '';
  return new Fault('not_found', {
    code: 'user_not_found',
    message: `No user has the id, code, login or e-mail ${shown.join(', ')}${more}.`,
    next: { do: 'searchUsers', all: true },
  });
}
