import { isId } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import { userKey } from '../../domain/keys';
import { nearestName } from '../../domain/nearest';
import type { Next } from '../../domain/next';
import { BOUND, PERMISSION_LEVELS, type PermissionLevel } from '../../domain/permissions';
import { adminOfUser, isActive } from '../../store/admins/admins';
import type { Db, Tx } from '../../store/database/db';
import { organizationKeys } from '../../store/users/organizations';
import type { OperationContext } from '../context';
import { resolveUser } from '../users/userScope';

/** A value as it is read, and what is wrong with it. */
interface Read<T> {
  readonly value: T;
  readonly faults: readonly string[];
}

const MAX_NAME_CHARS = 100;

/** The name of an admin: one line, and no id. */
export function readName(given: string): Read<string> {
  const value = given.trim();
  const ok =
    value !== '' && value.length <= MAX_NAME_CHARS && !/\p{C}/u.test(value) && !isId(value);
  const fault = `The name of an admin has 1 to ${String(MAX_NAME_CHARS)} visible characters and is no id.`;
  return { value, faults: ok ? [] : [fault] };
}

export function readLevel(given: string): Read<PermissionLevel> {
  const level = PERMISSION_LEVELS.find((name) => name === given.trim().toLowerCase());
  if (level !== undefined) return { value: level, faults: [] };
  const near = nearestName(given, PERMISSION_LEVELS);
  const meant = near === undefined ? '' : ` Is ${near} meant?`;
  return {
    value: 'viewer',
    faults: [`There is no level "${given}": ${PERMISSION_LEVELS.join(', ')}.${meant}`],
  };
}

/** A manager needs organizations, a viewer may have some, and nothing ends the reach of the others. */
export function reachFaults(level: PermissionLevel, organizations: readonly string[]): string[] {
  if (BOUND[level] === 'always' && organizations.length === 0) {
    return [`A ${level} has one organization or more: --org is missing.`];
  }
  if (BOUND[level] === 'never' && organizations.length > 0) {
    return [`An ${level} reaches everybody: --org is for managers and viewers.`];
  }
  return [];
}

/** Throws Fault `usage` with all of them, unless there is none. */
export function refuse(faults: readonly string[], next: Next): void {
  if (faults.length === 0) return;
  throw new Fault('usage', { code: 'bad_admin', message: faults.join('\n'), next });
}

/** The ids of organizations by code or name. @throws Fault not_found, with all that are unknown */
export async function organizationIds(db: Db, refs: readonly string[]): Promise<string[]> {
  if (refs.length === 0) return [];
  const known = await organizationKeys(db.pool);
  const ids = refs.map((ref) => known.get(userKey(ref)));
  const unknown = refs.filter((_, n) => ids[n] === undefined);
  if (unknown.length > 0) {
    throw new Fault('not_found', {
      code: 'organization_not_found',
      message: `There is no organization ${unknown.map((ref) => `"${ref}"`).join(', ')}.`,
      next: { do: 'listOrganizations' },
    });
  }
  return [...new Set(ids.flatMap((id) => (id === undefined ? [] : [id])))];
}

/** An active user, by any key. Faults: `not_found`, `conflict` (not active). */
export async function activeUser(context: OperationContext, ref: string): Promise<string> {
  const { survivorId } = await resolveUser(context, ref, { kind: 'all' });
  if (await isActive(context.db.pool, survivorId)) return survivorId;
  throw new Fault('conflict', {
    code: 'admin_user_inactive',
    message: `"${ref}" is not active: the admin could do nothing.`,
    next: { do: 'showUser', user: survivorId },
  });
}

/** Throws Fault `conflict` when another admin is this user. */
export async function requireFreeUser(
  tx: Tx,
  o: { readonly userId: string; readonly adminId: string },
): Promise<void> {
  const admin = await adminOfUser(tx, o.userId);
  if (admin === null || admin.id === o.adminId) return;
  throw new Fault('conflict', {
    code: 'admin_user_taken',
    message: `This user is the admin "${admin.name}" already.`,
    next: { do: 'listAdmins' },
  });
}
