import { newId, type Queryable } from '../database/db';

export interface SavedFilterRow {
  readonly id: string;
  readonly name: string;
  readonly filter: string;
  readonly createdAt: Date;
}

const COLUMNS = `id, name, filter, created_at as "createdAt"`;

export async function selectSavedFilters(db: Queryable): Promise<SavedFilterRow[]> {
  const { rows } = await db.query<SavedFilterRow>(
    `select ${COLUMNS} from saved_filter order by name collate "und-x-icu"`,
  );
  return rows;
}

export async function findSavedFilter(db: Queryable, name: string): Promise<SavedFilterRow | null> {
  const { rows } = await db.query<SavedFilterRow>(
    `select ${COLUMNS} from saved_filter where name = $1`,
    [name],
  );
  return rows[0] ?? null;
}

/** Saves a filter under a name, replacing one of that name. */
export async function upsertSavedFilter(
  tx: Queryable,
  f: { readonly name: string; readonly filter: string },
): Promise<SavedFilterRow & { readonly replaced: boolean }> {
  const { rows } = await tx.query<SavedFilterRow & { replaced: boolean }>(
    `insert into saved_filter (id, name, filter) values ($1, $2, $3)
     on conflict (name) do update set filter = excluded.filter
     returning ${COLUMNS}, xmax <> 0 as replaced`,
    [newId(), f.name, f.filter],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an upsert returned nothing');
  return row;
}

/** `taken`: another filter has the new name. */
export async function renameSavedFilter(
  tx: Queryable,
  o: { readonly name: string; readonly to: string },
): Promise<'renamed' | 'missing' | 'taken'> {
  const { rowCount } = await tx.query(
    `update saved_filter set name = $2
     where name = $1 and not exists (select from saved_filter where name = $2 and name <> $1)`,
    [o.name, o.to],
  );
  if (rowCount === 1) return 'renamed';
  return (await findSavedFilter(tx, o.name)) === null ? 'missing' : 'taken';
}

/** False when there was none. */
export async function removeSavedFilter(tx: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await tx.query(`delete from saved_filter where name = $1`, [name]);
  return rowCount === 1;
}
