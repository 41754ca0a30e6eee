import type { PermissionLevel } from '../../domain/permissions';
import { databaseWords, sqlStateOf } from '../../domain/passing';
import type { UserStatus } from '../../domain/users/fields';
import type { Queryable, Tx } from '../database/db';
import { MAY_ACT, TOKEN_STATE, WORKING_OWNER } from './standing';

export interface AdminRow {
  readonly id: string;
  readonly name: string;
  readonly level: PermissionLevel;
  /** Codes of organizations. */
  readonly organizations: readonly string[];
  readonly userId: string | null;
  readonly userCode: string | null;
  readonly userStatus: UserStatus | null;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly tokens: number;
  readonly lastUsedAt: Date | null;
}

const SELECT = `
  select a.id, a.name, a.level, a.user_id as "userId", u.code as "userCode", u.status as "userStatus",
    a.disabled_at as "disabledAt", a.created_at as "createdAt",
    array(select o.code from admin_organization ao join organization o on o.id = ao.organization_id
      where ao.admin_id = a.id order by o.code_key) as organizations,
    (select count(*)::int from api_token t where t.admin_id = a.id and ${TOKEN_STATE} = 'valid') as tokens,
    (select max(t.last_used_at) from api_token t where t.admin_id = a.id) as "lastUsedAt"
  from admin a left join "user" u on u.id = a.user_id`;

export async function selectAdmins(db: Queryable): Promise<AdminRow[]> {
  const { rows } = await db.query<AdminRow>(`${SELECT} order by lower(a.name) collate "und-x-icu"`);
  return rows;
}

/** The admin of this name, in any case, or of this id. */
export async function findAdmin(db: Queryable, ref: string): Promise<AdminRow | null> {
  const { rows } = await db.query<AdminRow>(
    `${SELECT} where lower(a.name) = lower($1) or a.id::text = lower($1)
     order by a.name = $1 desc limit 1`,
    [ref.replaceAll('\0', '').trim()],
  );
  return rows[0] ?? null;
}

/**
 * One writer at a time changes who is an admin: what it judges (names, the last owner) holds until it
 * commits. The trigger that keeps an owner takes the same lock.
 */
export async function lockAdmins(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('rollcall.admins'))`);
}

/** True when another admin than this one is an owner who may act. */
export async function hasOtherOwner(tx: Queryable, adminId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from admin a left join "user" u on u.id = a.user_id
     where a.id <> $1 and ${WORKING_OWNER} limit 1`,
    [adminId],
  );
  return rowCount === 1;
}

/** True for the error of the triggers that keep an owner who may act (`admin_keep_an_owner`). */
export function keepsAnOwner(error: unknown): boolean {
  return (
    sqlStateOf(error) === '23514' &&
    databaseWords(error).includes('the last owner who may act stays')
  );
}

/** True when these users are the last owners who may act, or all of them. */
export async function areLastOwners(db: Queryable, userIds: readonly string[]): Promise<boolean> {
  const { rows } = await db.query<{ last: boolean }>(
    `select bool_or(a.user_id = any ($1::uuid[])) and bool_and(a.user_id is not null
         and a.user_id = any ($1::uuid[])) as last
     from admin a left join "user" u on u.id = a.user_id where ${WORKING_OWNER}`,
    [userIds],
  );
  return rows[0]?.last === true;
}

/** The first owner who may act, for the command that makes the first token; `null`: none. */
export async function firstOwner(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ name: string }>(
    `select a.name from admin a left join "user" u on u.id = a.user_id
     where ${WORKING_OWNER} order by a.created_at, a.id limit 1`,
  );
  return rows[0]?.name ?? null;
}

/** True when an owner who may act has a valid token. */
export async function ownersHaveToken(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from api_token t join admin a on a.id = t.admin_id left join "user" u on u.id = a.user_id
     where a.level = 'owner' and ${TOKEN_STATE} = 'valid' limit 1`,
  );
  return rowCount === 1;
}

/** The admin who is this user; `null`: the user is no admin. */
export async function adminOfUser(
  db: Queryable,
  userId: string,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const { rows } = await db.query<{ id: string; name: string }>(
    `select id, name from admin where user_id = $1`,
    [userId],
  );
  return rows[0] ?? null;
}

/** True when the user is active. */
export async function isActive(db: Queryable, userId: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from "user" where id = $1 and status = 'active'`, [
    userId,
  ]);
  return rowCount === 1;
}

export interface AdminValues {
  readonly name: string;
  readonly level: PermissionLevel;
  readonly userId: string | null;
  readonly disabled: boolean;
}

export async function insertAdmin(
  tx: Queryable,
  a: Omit<AdminValues, 'disabled'> & { readonly id: string },
): Promise<void> {
  await tx.query(`insert into admin (id, name, level, user_id) values ($1, $2, $3, $4)`, [
    a.id,
    a.name,
    a.level,
    a.userId,
  ]);
}

/** An admin that was disabled before keeps the instant. */
export async function updateAdmin(
  tx: Queryable,
  a: AdminValues & { readonly id: string },
): Promise<void> {
  await tx.query(
    `update admin set name = $2, level = $3, user_id = $4,
       disabled_at = case when $5 then coalesce(disabled_at, now()) end
     where id = $1`,
    [a.id, a.name, a.level, a.userId, a.disabled],
  );
}

/** Replaces the organizations of an admin. */
export async function setAdminOrganizations(
  tx: Queryable,
  o: { readonly adminId: string; readonly organizationIds: readonly string[] },
): Promise<void> {
  await tx.query(
    `with gone as (
       delete from admin_organization where admin_id = $1 and organization_id <> all ($2::uuid[])
     )
     insert into admin_organization (admin_id, organization_id)
     select $1, unnest($2::uuid[]) on conflict do nothing`,
    [o.adminId, o.organizationIds],
  );
}

/** What an admin may do now: the level, and whether the admin may act at all. */
export interface AdminStanding {
  readonly level: PermissionLevel;
  readonly mayAct: boolean;
}

/** `null`: there is no such admin. */
export async function adminStanding(db: Queryable, adminId: string): Promise<AdminStanding | null> {
  const { rows } = await db.query<AdminStanding>(
    `select a.level, ${MAY_ACT} as "mayAct" from admin a left join "user" u on u.id = a.user_id
     where a.id = $1`,
    [adminId],
  );
  return rows[0] ?? null;
}
