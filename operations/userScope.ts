import { Fault } from '../domain/faults';
import {
  inScope,
  isScoped,
  requirePermission,
  type UserScope,
  type Verb,
} from '../domain/permissions';
import { findUsers, organizationsOf, type FoundUser } from '../store/userRefs';
import type { OperationContext } from './context';

/** Checks the level and tells whose users the actor reaches with this verb. */
export async function scopeFor(context: OperationContext, verb: Verb): Promise<UserScope> {
  requirePermission(context.level, verb);
  if (!isScoped(context.level)) return { kind: 'all' };
  const ids = await organizationsOf(context.db.pool, context.actorId);
  return { kind: 'organizations', ids };
}

/**
 * The users that references name (id, code, login or e-mail each), merges followed, each once.
 * Faults: `not_found` (also for users out of the actor's scope), `usage` for an ambiguous one.
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
  if (unknown.length > 0) throw notFound(unknown);
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

/** An absorbed account beside its own survivor is one person. */
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

function notFound(refs: readonly string[]): Fault {
  const shown = refs.slice(0, 5).map((ref) => `"${ref}"`);
  const more = refs.length > 5 ? ` and ${String(refs.length - 5)} more` : '';
  return new Fault('not_found', {
    code: 'user_not_found',
    message: `No user has the id, code, login or e-mail ${shown.join(', ')}${more}.`,
    next: 'rollcall users list --status all --search NAME',
  });
}
