import type { PropertyDefinition } from '../../domain/users/fields';
import type { Queryable } from '../database/db';

const COLUMNS = 'key, name, type';

/** The declared properties, by key. */
export async function selectProperties(db: Queryable): Promise<PropertyDefinition[]> {
  const { rows } = await db.query<PropertyDefinition>(
    `select ${COLUMNS} from property_definition order by key collate "C"`,
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
export async function lockProperty(tx: Queryable, key: string): Promise<PropertyDefinition | null> {
  const { rows } = await tx.query<PropertyDefinition>(
    `select ${COLUMNS} from property_definition where key = $1 for update`,
    [key],
  );
  return rows[0] ?? null;
}

/** How many users have a value of it. */
export async function countPropertyUsers(tx: Queryable, key: string): Promise<number> {
  const { rows } = await tx.query<{ n: string }>(
    `select count(*) as n from "user" where properties ? $1`,
    [key],
  );
  return Number(rows[0]?.n ?? 0);
}

export async function removeProperty(tx: Queryable, key: string): Promise<void> {
  await tx.query(`delete from property_definition where key = $1`, [key]);
}
