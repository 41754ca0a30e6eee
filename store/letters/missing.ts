import { propertyOf } from '../../domain/letters/variables';
import type { Queryable } from '../database/db';

/** A value that some people do not have. */
export interface MissingValue {
  readonly path: string;
  readonly people: number;
}

/** The column of each path that a person may have no value for. */
const COLUMNS: Readonly<Record<string, string>> = {
  'user.firstName': 'p.first_name',
  'user.lastName': 'p.last_name',
  'user.displayName': 'p.display_name',
  'user.login': 'p.login',
  'user.email': 'p.email',
  'user.code': 'p.code',
  'user.jobTitle': 'p.job_title',
  'user.department': 'p.department',
  'user.location': 'p.location',
  'user.locale': 'p.locale',
  'user.hireDate': 'p.hire_date::text',
  'organization.code': 'o.code',
  'organization.name': 'o.name',
};

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
    const column = COLUMNS[path];
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
