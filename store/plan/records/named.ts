import { ID_PATTERN } from '../../../domain/ids';
import type { Queryable } from '../../database/db';
import { indexed } from '../../database/indexed';

/** Where a row names the user, where it keeps `userKey` of that name, and the table that is made. */
const NAMED = {
  user: { column: 'user_ref', key: 'userKey', table: 'named', make: 'create temp table named' },
  other: {
    column: 'other_ref',
    key: 'otherKey',
    table: 'named_other',
    make: 'create temp table named_other',
  },
} as const;

/**
 * Finds the users whom the good rows of a run name by id, code, login or e-mail, as `findUsers` does for a
 * few: those of `staged_row.user_ref`, or of `other_ref`. `staged_row.record` holds `userKey` of the name.
 * Makes the temporary table `named` or `named_other` with the columns `ref, user_id, via_id, problem`, one
 * row for each name:
 *
 * - `user_id`: the user, or the survivor of an absorbed account; null with a problem.
 * - `via_id`: the absorbed account that was named; null where the user itself was.
 * - `problem`: null, `nobody` or `several` (the name leads to more than one person).
 */
export async function nameUsers(
  tx: Queryable,
  o: { readonly runId: string; readonly which: keyof typeof NAMED },
): Promise<void> {
  const { column, key, table, make } = NAMED[o.which];
  await tx.query(
    `${make} on commit drop as
     with ref as (
       select s.${column} as ref, min(s.record ->> '${key}') as key
       from staged_row s
       where s.run_id = '${o.runId}' and s.faults is null and s.${column} is not null
       group by 1
     ), hit as (
       select r.ref, u.id, u.merged_into_id from ref r join "user" u on u.code = r.ref
       union all
       select r.ref, u.id, u.merged_into_id from ref r join "user" u on u.login_key = r.key
       union all
       select r.ref, u.id, u.merged_into_id from ref r join "user" u on u.email_key = r.key
       union all
       select r.ref, u.id, u.merged_into_id from ref r
       join "user" u on u.id = case when r.ref ~* '${ID_PATTERN}' then r.ref::uuid end
     ), person as (
       select ref, coalesce(merged_into_id, id) as user_id, bool_or(merged_into_id is null) as itself,
         (array_agg(id order by id))[1] as via_id
       from hit group by 1, 2
     ), counted as (
       select ref, count(*) as people, (array_agg(user_id))[1] as user_id, bool_or(itself) as itself,
         (array_agg(via_id))[1] as via_id
       from person group by 1
     )
     select r.ref, case when c.people = 1 then c.user_id end as user_id,
       case when c.people = 1 and not c.itself then c.via_id end as via_id,
       case when c.people is null then 'nobody' when c.people > 1 then 'several' end as problem
     from ref r left join counted c using (ref)`,
  );
  await indexed(tx, table, ['ref']);
}
