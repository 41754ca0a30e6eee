import { sqlList } from '../database/sqlList';
import { MERGE_KEYS } from './fieldValue';

/** Written beside fields, and said by them. */
const NOT_READ = ['loginKey', 'loginOwn', 'emailKey', 'due', ...MERGE_KEYS];

/**
 * SQL: `changes` ({field: [old, new]}) of the rows of `from`, with ids as the codes that people know;
 * `keys` (columns of alias c) tell the rows apart.
 */
export const readable = (from: string, keys: string): string => `
  select ${keys}, jsonb_object_agg(k.key, case k.key
      when 'organization' then (select jsonb_agg(coalesce(to_jsonb(o.code), v.id) order by v.n)
        from jsonb_array_elements(k.value) with ordinality v(id, n)
        left join organization o on o.id = (v.id #>> '{}')::uuid)
      when 'manager' then (select jsonb_agg(coalesce(to_jsonb(coalesce(m.code, m.login)), v.id) order by v.n)
        from jsonb_array_elements(k.value) with ordinality v(id, n)
        left join "user" m on m.id = (v.id #>> '{}')::uuid)
      else k.value end) as changes
  from ${from} c cross join lateral jsonb_each(c.changes) k
  where k.key not in ${sqlList(NOT_READ)}
  group by ${keys}`;
