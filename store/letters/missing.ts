import {
  columnsOfPaths,
  ORGANIZATION_PATHS,
  USER_PATHS,
} from '../../domain/letters/person/letterPaths';
import { propertyOf } from '../../domain/letters/variables';
import type { Queryable } from '../database/db';

/** A value that some people do not have. */
export interface MissingValue {
  readonly path: string;
  readonly people: number;
}

/** The column of each path that a person may have no value for. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ...columnsOfPaths(USER_PATHS).map((o) => [`user.${o.name}`, `p.${o.column}::text`] as const),
  ...columnsOfPaths(ORGANIZATION_PATHS).map(
    (o) => [`organization.${o.name}`, `o.${o.column}`] as const,
  ),
]);

/**
 * How many of some people have no value for each of these paths; those that everybody has are left out.
 * `people`: a query of user ids (one column `id`), with its parameters.
 */
export async function countMissing(
  db: Queryable,
  o: {
    readonly paths: readonly string[];
    readonly people: { readonly sql: string; readonly values: readonly unknown[] };
  },
): Promise<MissingValue[]> {
  const values = [...o.people.values];
  const asked = o.paths.flatMap((path): (readonly [string, string])[] => {
    const key = propertyOf(path);
    if (key !== null) return [[path, `p.properties ->> $${String(values.push(key))}`]];
    const column = COLUMNS.get(path);
    return column === undefined ? [] : [[path, column]];
  });
  if (asked.length === 0) return [];
  const counts = asked.map(
    ([, value], at) => `count(*) filter (where coalesce(${value}, '') = '')::int as n${String(at)}`,
  );
  const { rows } = await db.query<Record<string, number>>(
    `select ${counts.join(', ')}
     from (${o.people.sql}) chosen join "user" p on p.id = chosen.id
     left join organization o on o.id = p.organization_id`,
    values,
  );
  return asked
    .map(([path], at) => ({ path, people: rows[0]?.[`n${String(at)}`] ?? 0 }))
    .filter(({ people }) => people > 0);
}
