import { newId, type Queryable } from '../database/db';

export interface SavedFilterRow {
  readonly id: string;
  readonly name: string;
  readonly filter: string;
  readonly shared: boolean;
  readonly ownerId: string;
  /** Name of the admin. */
  readonly owner: string;
  readonly createdAt: Date;
}

/** A filter as one admin names it. */
export interface NamedFilter {
  readonly name: string;
  /** The admin who names it. */
  readonly adminId: string;
}

const SELECT = `
  select f.id, f.name, f.filter, f.shared, f.owner_id as "ownerId", a.name as owner, f.created_at as "createdAt"
  from saved_filter f join admin a on a.id = f.owner_id`;

/** The admin's own filters and all shared ones, by name; of one name the own comes first. */
export async function selectSavedFilters(
  db: Queryable,
  adminId: string,
): Promise<SavedFilterRow[]> {
  const { rows } = await db.query<SavedFilterRow>(
    `${SELECT} where f.shared or f.owner_id = $1
     order by f.name collate "und-x-icu", f.owner_id <> $1, f.id`,
    [adminId],
  );
  return rows;
}

/** What a name means to an admin: the own filter, otherwise the shared one. */
export async function findSavedFilter(
  db: Queryable,
  { name, adminId }: NamedFilter,
): Promise<SavedFilterRow | null> {
  const { rows } = await db.query<SavedFilterRow>(
    `${SELECT} where f.name = $1 and (f.shared or f.owner_id = $2) order by f.owner_id <> $2 limit 1`,
    [name, adminId],
  );
  return rows[0] ?? null;
}

/** The shared filter of this name. */
export async function findSharedFilter(
  db: Queryable,
  name: string,
): Promise<SavedFilterRow | null> {
  const { rows } = await db.query<SavedFilterRow>(`${SELECT} where f.name = $1 and f.shared`, [
    name,
  ]);
  return rows[0] ?? null;
}

export async function insertSavedFilter(
  tx: Queryable,
  f: NamedFilter & { readonly filter: string; readonly shared: boolean },
): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into saved_filter (id, owner_id, name, filter, shared) values ($1, $2, $3, $4, $5)`,
    [id, f.adminId, f.name, f.filter, f.shared],
  );
  return id;
}

/** False when it is gone. */
export async function updateSavedFilter(
  tx: Queryable,
  f: Pick<SavedFilterRow, 'id' | 'name' | 'filter' | 'shared'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update saved_filter set name = $2, filter = $3, shared = $4 where id = $1`,
    [f.id, f.name, f.filter, f.shared],
  );
  return rowCount === 1;
}

/** False when it is gone. */
export async function removeSavedFilter(tx: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(`delete from saved_filter where id = $1`, [id]);
  return rowCount === 1;
}
