import { newId, type Db, type Queryable } from '../../store/database/db';
import { userKey } from '../../domain/keys';
import type { PropertyValue } from '../../domain/users/userView';
import type { PermissionLevel } from '../../domain/permissions';
import type { OperationContext } from '../../operations/context';
import { OWNER_ID } from '../../store/sources/sources';

/** A user as a test writes it; fields that are left out are empty. */
export interface UserSeed {
  readonly id?: string;
  readonly code?: string | null;
  readonly login?: string | null;
  readonly email?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly displayName?: string | null;
  readonly department?: string | null;
  readonly status?: 'active' | 'inactive' | 'merged';
  readonly organizationId?: string | null;
  readonly managerId?: string | null;
  readonly hireDate?: string | null;
  readonly properties?: Readonly<Record<string, PropertyValue>>;
  readonly sticky?: readonly string[];
  readonly mergedIntoId?: string | null;
  readonly createdAt?: string;
}

/** Inserts users in one statement and returns their ids, in order. */
export async function addUsers(db: Queryable, seeds: readonly UserSeed[]): Promise<string[]> {
  const rows = seeds.map((seed) => ({
    ...seed,
    id: seed.id ?? newId(),
    status: seed.status ?? 'active',
    code: seed.code ?? ((seed.login ?? seed.email) ? null : newId()),
    login_key: typeof seed.login === 'string' ? userKey(seed.login) : null,
    email_key: typeof seed.email === 'string' ? userKey(seed.email) : null,
    properties: seed.properties ?? {},
    sticky: seed.sticky ?? [],
    createdAt: seed.createdAt ?? new Date().toISOString(),
  }));
  await db.query(
    `with seed as (
       select * from jsonb_to_recordset($1) as r(id uuid, code text, login text, login_key text, email text,
         email_key text, "firstName" text, "lastName" text, "displayName" text, department text,
         status user_status, "organizationId" uuid, "managerId" uuid, "hireDate" date,
         properties jsonb, sticky text[], "mergedIntoId" uuid, "createdAt" timestamptz)
     ), merged as (
       -- Merged before merges were recorded.
       insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       select gen_random_uuid(), "mergedIntoId", id, now() from seed where status = 'merged'
     )
     insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name,
       display_name, department, status, organization_id, manager_id, hire_date, properties, sticky,
       merged_into_id, created_at, deactivated_at)
     select id, code, login, login_key, email, email_key, "firstName", "lastName", "displayName",
       department, status, "organizationId", "managerId", "hireDate", properties, sticky,
       "mergedIntoId", "createdAt", case when status = 'inactive' then now() end
     from seed`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}

/** The context of the owner, or of a new admin of another level. */
export async function actor(
  db: Db,
  level: PermissionLevel = 'owner',
  organizationIds: readonly string[] = [],
): Promise<OperationContext> {
  const door = 'library';
  if (level === 'owner') return { db, actorId: OWNER_ID, level, door, tokenId: null };
  const actorId = newId();
  await db.pool.query(`insert into admin (id, name, level) values ($1, $2, $3)`, [
    actorId,
    `${level} ${actorId}`,
    level,
  ]);
  await db.pool.query(
    `insert into admin_organization (admin_id, organization_id) select $1, unnest($2::uuid[])`,
    [actorId, organizationIds],
  );
  return { db, actorId, level, door, tokenId: null };
}

/** How many audit events of an action a subject has, with the fields of the last one. */
export async function audited(
  db: Db,
  subjectId: string,
): Promise<{ action: string; fields: string[]; actorId: string }[]> {
  const { rows } = await db.pool.query<{ action: string; fields: string[]; actorId: string }>(
    `select action, fields, actor_id as "actorId" from audit_event where subject_id = $1 order by id`,
    [subjectId],
  );
  return rows;
}
