import type { FieldName } from '../../domain/users/fields';
import type { Queryable } from '../database/db';

/** How a file's columns and values are mapped to fields; saved under a name. */
export interface MappingContent {
  /** Column header → field, `-` to ignore. */
  readonly columns: Readonly<Record<string, FieldName | '-'>>;
  /** Field → (given value → canonical value). */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dateFormat?: string;
  /** Words that mean no value. */
  readonly nullWords?: readonly string[];
}

export interface MappingRow {
  readonly name: string;
  readonly content: MappingContent;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `name, content, created_at as "createdAt", updated_at as "updatedAt"`;

/** Saves a mapping under its name; false when it replaced one. */
export async function upsertMapping(
  tx: Queryable,
  o: { readonly name: string; readonly content: MappingContent },
): Promise<boolean> {
  const { rows } = await tx.query<{ inserted: boolean }>(
    `insert into mapping (name, content) values ($1, $2)
     on conflict (name) do update set content = excluded.content, updated_at = now()
     returning xmax = 0 as inserted`,
    [o.name, JSON.stringify(o.content)],
  );
  return rows[0]?.inserted === true;
}

export async function findMapping(db: Queryable, name: string): Promise<MappingRow | null> {
  const { rows } = await db.query<MappingRow>(`select ${COLUMNS} from mapping where name = $1`, [
    name,
  ]);
  return rows[0] ?? null;
}

export async function allMappings(db: Queryable): Promise<MappingRow[]> {
  const { rows } = await db.query<MappingRow>(`select ${COLUMNS} from mapping order by name`);
  return rows;
}

/** True when there was one. */
export async function removeMapping(tx: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await tx.query(`delete from mapping where name = $1`, [name]);
  return rowCount === 1;
}
