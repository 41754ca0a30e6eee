import type { AdminView } from '../../domain/admins/adminView';
import { Fault } from '../../domain/faults';
import { BOUND, requirePermission, type PermissionLevel } from '../../domain/permissions';
import {
  findAdmin,
  hasOtherOwner,
  insertAdmin,
  lockAdmins,
  selectAdmins,
  setAdminOrganizations,
  updateAdmin,
  type AdminRow,
} from '../../store/admins/admins';
import { audit, type AuditChanges } from '../../store/database/audit';
import { newId, transaction, type Tx } from '../../store/database/db';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { keepingAnOwner, lastOwner } from './lastOwner';
import {
  activeUser,
  organizationIds,
  reachFaults,
  readLevel,
  readName,
  refuse,
  requireFreeUser,
} from './adminFields';

export interface AddAdmin {
  readonly name: string;
  readonly level: string;
  /** Codes or names of the organizations that the reach ends at. */
  readonly organizations?: readonly string[] | undefined;
  /** The user whom the admin is: id, code, login or e-mail. */
  readonly user?: string | undefined;
}

/** Adds an admin. Faults: `usage` (all of them in one), `conflict`, `not_found`, `forbidden`. */
export async function addAdmin(context: OperationContext, input: AddAdmin): Promise<AdminView> {
  requirePermission(context.level, 'admins.write');
  const name = readName(input.name);
  const level = readLevel(input.level);
  const given = input.organizations ?? [];
  refuse([...name.faults, ...level.faults, ...reachFaults(level.value, given)], {
    do: 'helpAddAdmin',
  });
  const ids = await organizationIds(context.db, given);
  const userId = input.user === undefined ? null : await activeUser(context, input.user);
  const id = newId();
  await transaction(context.db, async (tx) => {
    await lockAdmins(tx);
    await requireFreeName(tx, name.value, null);
    if (userId !== null) await requireFreeUser(tx, { userId, adminId: id });
    await insertAdmin(tx, { id, name: name.value, level: level.value, userId });
    await setAdminOrganizations(tx, { adminId: id, organizationIds: ids });
    const after = { name: name.value, level: level.value, userId, organizations: given };
    const changes = changesOf(NOBODY, after);
    await auditAdmin(tx, context, { action: 'admin.create', id, changes });
  });
  return showAdmin(context, id);
}

/** Every admin, by name. */
export async function listAdmins(context: OperationContext): Promise<AdminView[]> {
  requirePermission(context.level, 'admins.read');
  return (await selectAdmins(context.db.pool)).map(adminView);
}

/** One admin, by name or id. @throws Fault not_found */
export async function showAdmin(context: OperationContext, ref: string): Promise<AdminView> {
  requirePermission(context.level, 'admins.read');
  return adminView(await existingAdmin(context, ref));
}

export interface SetAdmin {
  /** Name or id. */
  readonly admin: string;
  readonly name?: string | undefined;
  readonly level?: string | undefined;
  /** Replaces the organizations; empty: the reach ends nowhere. */
  readonly organizations?: readonly string[] | undefined;
  /** A user, by any key; `null`: none. */
  readonly user?: string | null | undefined;
  /** True: a disabled admin may act again. */
  readonly enable?: boolean | undefined;
}

/**
 * Changes an admin: name, level, organizations, linked user; enables a disabled one. Faults: `usage`,
 * `conflict` (the name is taken; the last owner stays), `not_found`, `forbidden`.
 */
export async function setAdmin(context: OperationContext, input: SetAdmin): Promise<AdminView> {
  requirePermission(context.level, 'admins.write');
  const before = await existingAdmin(context, input.admin);
  const name = readName(input.name ?? before.name);
  const level = readLevel(input.level ?? before.level);
  const organizations = organizationsAfter(before, level.value, input.organizations);
  refuse([...name.faults, ...level.faults, ...reachFaults(level.value, organizations)], {
    do: 'helpSetAdmin',
  });
  const ids = await organizationIds(context.db, organizations);
  const userId =
    typeof input.user === 'string'
      ? await activeUser(context, input.user)
      : input.user === null
        ? null
        : before.userId;
  const after: After = { name: name.value, level: level.value, userId, organizations };
  const enable = input.enable === true && before.disabledAt !== null;
  const write = async (tx: Tx): Promise<void> => {
    await lockAdmins(tx);
    // What was read before the lock may have changed since.
    const now = await existingAdmin({ db: context.db, tx }, before.id);
    if (after.name !== now.name) await requireFreeName(tx, after.name, now.id);
    const disabled = now.disabledAt !== null && !enable;
    if (userId !== null) await requireFreeUser(tx, { userId, adminId: now.id });
    if (after.level !== 'owner' || disabled) await requireOtherOwner(tx, now);
    await updateAdmin(tx, { id: now.id, ...after, disabled });
    await setAdminOrganizations(tx, { adminId: now.id, organizationIds: ids });
    const changes = changesOf(now, after);
    if (Object.keys(changes).length > 0) {
      await auditAdmin(tx, context, { action: 'admin.set', id: now.id, changes });
    }
    if (enable) await auditAdmin(tx, context, { action: 'admin.enable', id: now.id });
  };
  // A user who is linked may be deactivated at this moment: then the database refuses it.
  await keepingAnOwner(stays(before.name), () => transaction(context.db, write));
  return showAdmin(context, before.id);
}

/** Lets an admin do nothing from now on. Faults: `conflict` (the last owner stays), `not_found`. */
export async function disableAdmin(context: OperationContext, ref: string): Promise<AdminView> {
  requirePermission(context.level, 'admins.write');
  const { id } = await existingAdmin(context, ref);
  await transaction(context.db, async (tx) => {
    await lockAdmins(tx);
    const admin = await existingAdmin({ db: context.db, tx }, id);
    if (admin.disabledAt !== null) return;
    await requireOtherOwner(tx, admin);
    const { name, level, userId } = admin;
    await updateAdmin(tx, { id, name, level, userId, disabled: true });
    await auditAdmin(tx, context, { action: 'admin.disable', id });
  });
  return showAdmin(context, id);
}

/** @throws Fault not_found */
export async function existingAdmin(
  { db, tx }: Pick<OperationContext, 'db'> & { readonly tx?: Tx },
  ref: string,
): Promise<AdminRow> {
  const admin = await findAdmin(tx ?? db.pool, ref);
  if (admin !== null) return admin;
  throw new Fault('not_found', {
    code: 'admin_not_found',
    message: `There is no admin "${ref}".`,
    next: { do: 'listAdmins' },
  });
}

interface After {
  readonly name: string;
  readonly level: PermissionLevel;
  readonly userId: string | null;
  readonly organizations: readonly string[];
}

/** An admin and an owner reach everybody: a raised level lets the organizations go. */
function organizationsAfter(
  before: AdminRow,
  level: PermissionLevel,
  given: readonly string[] | undefined,
): readonly string[] {
  if (given !== undefined) return given;
  return BOUND[level] === 'never' ? [] : before.organizations;
}

const NOBODY = { name: null, level: null, userId: null, organizations: [] };

/** What changes about an admin: before and after. */
function changesOf(
  before: After | typeof NOBODY,
  { name, level, userId, organizations }: After,
): AuditChanges {
  const codes = (some: readonly string[]): string | null => [...some].sort().join(', ') || null;
  const pairs = {
    name: [before.name, name],
    level: [before.level, level],
    organizations: [codes(before.organizations), codes(organizations)],
    user: [before.userId, userId],
  } as const;
  return Object.fromEntries(Object.entries(pairs).filter(([, [old, now]]) => old !== now));
}

async function requireFreeName(tx: Tx, name: string, id: string | null): Promise<void> {
  const other = await findAdmin(tx, name);
  if (other === null || other.id === id) return;
  throw new Fault('conflict', {
    code: 'admin_exists',
    message: `There is an admin "${other.name}" already.`,
    next: { do: 'listAdmins' },
  });
}

const stays = (name: string): string => `"${name}" is the last owner who may act, and stays one.`;

/** Throws Fault `conflict` for the last owner who may act; the database refuses it, too. */
async function requireOtherOwner(tx: Tx, admin: AdminRow): Promise<void> {
  if (admin.level !== 'owner' || (await hasOtherOwner(tx, admin.id))) return;
  throw lastOwner(stays(admin.name));
}

function auditAdmin(
  tx: Tx,
  context: OperationContext,
  e: { readonly action: string; readonly id: string; readonly changes?: AuditChanges },
): Promise<void> {
  const { action, id, changes = {} } = e;
  return audit(tx, { ...actorOf(context), action, subjectType: 'admin', subjectId: id, changes });
}

function adminView(row: AdminRow): AdminView {
  const { id, name, level, organizations, userId, userCode, userStatus, tokens } = row;
  const stopped = userId !== null && userStatus !== 'active';
  return {
    ...{ id, name, level, organizations, tokens },
    user: userId === null ? null : { id: userId, code: userCode, status: userStatus ?? 'merged' },
    state: row.disabledAt !== null ? 'disabled' : stopped ? 'user_inactive' : 'enabled',
    disabledAt: row.disabledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
