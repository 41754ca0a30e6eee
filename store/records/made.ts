import { sqlArray } from '../database/sqlList';

/** What a row of learner records holds that is not part of what it makes. */
const NOT_SHOWN = ['userKey', 'otherKey', 'print'];

/** SQL: a value of a record (alias e), numbers as numbers: rows have them as text. */
const VALUE = `case when e.key in ('score', 'progress', 'credits') then to_jsonb((e.value #>> '{}')::numeric) else e.value end`;

/**
 * SQL: the changes that make a new record ({key: [null, value]}): what its row says, each key after the
 * course's code or the credit's title. `prefix`, `name` and `record` are SQL expressions.
 */
export function madeOf(o: {
  readonly prefix: string;
  readonly name: string;
  readonly record: string;
}): string {
  return `(
      select coalesce(jsonb_object_agg(concat_ws('.', ${o.prefix}, ${o.name}, e.key), jsonb_build_array(null, ${VALUE})), '{}')
      from jsonb_each(case when ${o.prefix} = 'enrollments' then '{"status":"enrolled"}'::jsonb else '{}' end || ${o.record}) e
      where e.key <> all (${sqlArray(NOT_SHOWN)}))`;
}
