import { userKey } from '../../domain/keys';
import type { UserScope } from '../../domain/permissions';
import { newId, type Queryable } from '../database/db';

export interface OrganizationRow {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Not null: nobody new comes into it. */
  readonly archivedAt: Date | null;
  /** Users in it, merged ones left out. */
  readonly users: number;
  readonly activeUsers: number;
  readonly mailName: string | null;
  readonly replyTo: string | null;
}

const COLUMNS = `o.id, o.code, o.name, o.created_at as "createdAt", o.archived_at as "archivedAt",
    o.mail_name as "mailName", o.reply_to as "replyTo"`;

/** Counts of users (alias u), merged ones left out. */
const COUNTS = `count(*) filter (where u.status <> 'merged')::int as users,
    count(*) filter (where u.status = 'active')::int as active`;

/**
 * Organizations by code; a manager's own only. All of them are counted in one pass over the users: 50 of a
 * million people, each through the index, took seven times as long.
 */
export async function selectOrganizations(
  db: Queryable,
  { scope, archived }: { readonly scope: UserScope; readonly archived: boolean },
): Promise<OrganizationRow[]> {
  const { rows } = await db.query<OrganizationRow>(
    `with counted as (
       select u.organization_id as id, ${COUNTS} from "user" u
       where u.organization_id is not null and ($1::uuid[] is null or u.organization_id = any ($1))
       group by 1
     )
     select ${COLUMNS}, coalesce(c.users, 0) as users, coalesce(c.active, 0) as "activeUsers"
     from organization o left join counted c on c.id = o.id
     where ($1::uuid[] is null or o.id = any ($1)) and ($2 or o.archived_at is null)
     order by o.code_key collate "und-x-icu"`,
    [scope.kind === 'all' ? null : scope.ids, archived],
  );
  return rows;
}

/** The organization of this code, in any case. */
export async function findOrganization(
  db: Queryable,
  code: string,
): Promise<OrganizationRow | null> {
  const { rows } = await db.query<OrganizationRow>(
    `select ${COLUMNS}, c.users, c.active as "activeUsers" from organization o
     cross join lateral (select ${COUNTS} from "user" u where u.organization_id = o.id) c
     where o.code_key = $1`,
    [userKey(code)],
  );
  return rows[0] ?? null;
}

/** Creates an organization; null when one with that code exists. */
export async function insertOrganization(
  tx: Queryable,
  o: { readonly code: string; readonly name: string },
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into organization (id, code, code_key, name) values ($1, $2, $3, $4)
     on conflict (code_key) do nothing returning id`,
    [newId(), o.code, userKey(o.code), o.name],
  );
  return rows[0]?.id ?? null;
}

export async function updateOrganizationName(
  tx: Queryable,
  o: { readonly id: string; readonly name: string },
): Promise<void> {
  await tx.query(`update organization set name = $2 where id = $1`, [o.id, o.name]);
}

/** Nobody new comes into it from then on, or people may come again. */
export async function archiveOrganization(
  tx: Queryable,
  o: { readonly id: string; readonly archived: boolean },
): Promise<void> {
  await tx.query(
    `update organization set archived_at = case when $2 then now() end where id = $1`,
    [...[o.id, o.archived]],
  );
}

/** How letters to these people are signed. */
export async function updateOrganizationMail(
  tx: Queryable,
  o: { readonly id: string; readonly mailName: string | null; readonly replyTo: string | null },
): Promise<void> {
  await tx.query(`update organization set mail_name = $2, reply_to = $3 where id = $1`, [
    ...[o.id, o.mailName, o.replyTo],
  ]);
}

/**
 * `userKey(code)` and, where no code equals it and only one organization has it, `userKey(name)` → id; of
 * the organizations within the scope.
 */
export async function organizationKeys(
  db: Queryable,
  scope: UserScope = { kind: 'all' },
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; code_key: string; name: string }>(
    `select id, code_key, name from organization
     where $1::uuid[] is null or id = any ($1) order by id`,
    [scope.kind === 'all' ? null : scope.ids],
  );
  const keys = new Map<string, string>();
  const twice = new Set<string>();
  for (const { id, name } of rows) {
    const key = userKey(name);
    if (keys.has(key)) twice.add(key);
    keys.set(key, id);
  }
  for (const key of twice) keys.delete(key);
  for (const { id, code_key: key } of rows) keys.set(key, id);
  return keys;
}
