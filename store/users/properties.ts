import type { PropertyDefinition } from '../../domain/users/fields';
import type { UserScope } from '../../domain/permissions';
import type { Queryable } from '../database/db';
import { Params } from './params';
import { reachOf } from './reach';

const COLUMNS = 'key, name, type';

/** A declared property, with whether it is archived. */
export interface PropertyRow extends PropertyDefinition {
  /** Not null: nobody gets a new value in it. */
  readonly archivedAt: Date | null;
}

/** The declared properties, by key, the archived ones included: people have values in them. */
export async function selectProperties(db: Queryable): Promise<PropertyDefinition[]> {
  const { rows } = await db.query<PropertyDefinition>(
    `select ${COLUMNS} from property_definition order by key collate "C"`,
  );
  return rows;
}

/** The declared properties, by key, with the archived ones where they are asked for. */
export async function selectPropertyRows(
  db: Queryable,
  { archived }: { readonly archived: boolean },
): Promise<PropertyRow[]> {
  const { rows } = await db.query<PropertyRow>(
    `select ${COLUMNS}, archived_at as "archivedAt" from property_definition
     where $1 or archived_at is null order by key collate "C"`,
    [archived],
  );
  return rows;
}

/** Declares a property; false when its key, in any case, is declared already. */
export async function insertProperty(tx: Queryable, p: PropertyDefinition): Promise<boolean> {
  // Two keys that differ only in case would be one name to a filter and to a column header.
  await tx.query(`select pg_advisory_xact_lock(hashtext('rollcall.property_definition'))`);
  const { rowCount } = await tx.query(
    `insert into property_definition (key, name, type)
     select $1, $2, $3 where not exists (select from property_definition where lower(key) = lower($1))`,
    [p.key, p.name, p.type],
  );
  return rowCount === 1;
}

/** Locks a declaration until commit; null when there is none. */
export async function lockProperty(tx: Queryable, key: string): Promise<PropertyRow | null> {
  const { rows } = await tx.query<PropertyRow>(
    `select ${COLUMNS}, archived_at as "archivedAt" from property_definition where key = $1 for update`,
    [key],
  );
  return rows[0] ?? null;
}

/**
 * How many users within a scope have a value of each property, merged ones left out, and how many of them are
 * active. One pass over the users, whatever the number of properties.
 */
export async function countPropertyValues(
  db: Queryable,
  { keys, scope }: { readonly keys: readonly string[]; readonly scope: UserScope },
): Promise<ReadonlyMap<string, { readonly users: number; readonly activeUsers: number }>> {
  const params = new Params();
  const within = reachOf(scope, params).of('u');
  const { rows } = await db.query<{ key: string; users: number; activeUsers: number }>(
    `select k.key, count(*)::int as users, count(*) filter (where u.status = 'active')::int as "activeUsers"
     from "user" u cross join unnest(${params.add(keys)}::text[]) k(key)
     where u.properties <> '{}' and u.properties ? k.key and u.status <> 'merged' and ${within}
     group by k.key`,
    params.values,
  );
  return new Map(rows.map(({ key, ...counts }) => [key, counts]));
}

/** How many users have a value of it. */
export async function countPropertyUsers(tx: Queryable, key: string): Promise<number> {
  const { rows } = await tx.query<{ n: string }>(
    `select count(*) as n from "user" where properties ? $1`,
    [key],
  );
  return Number(rows[0]?.n ?? 0);
}

/** Changes the name that people read. */
export async function updatePropertyName(
  tx: Queryable,
  { key, name }: { readonly key: string; readonly name: string },
): Promise<void> {
  await tx.query(`update property_definition set name = $2 where key = $1`, [key, name]);
}

/** Nobody gets a new value in it from then on, or people may get one again. */
export async function archiveProperty(
  tx: Queryable,
  { key, archived }: { readonly key: string; readonly archived: boolean },
): Promise<void> {
  await tx.query(
    `update property_definition set archived_at = case when $2 then now() end where key = $1`,
    [key, archived],
  );
}

export async function removeProperty(tx: Queryable, key: string): Promise<void> {
  await tx.query(`delete from property_definition where key = $1`, [key]);
}
