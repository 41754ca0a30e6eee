import type { Queryable } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';
import type { MatchInput } from '../input';

/**
 * People that the source merged: the record that stays names the ids that it absorbed (`aliases`), or the
 * absorbed one names the id that it was merged into (`merged_into`). Needs `work`, and changes it:
 * - a new id that absorbed a known one belongs to that user (linked, never created);
 * - the row of an absorbed id belongs to no user: it changes nothing (`merged_at_source`), whatever it says.
 *
 * Leaves `merged_at_source(old, line, user_id, into_id)`: each absorbed id, the row that absorbed it,
 * and the users of both here. The people in it are not missing.
 */
export async function matchAliases(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`create temp table merged_at_source (old text, line int, user_id uuid, into_id uuid)
    on commit drop`);
  if (!o.tellsMerges) return;
  await tx.query(`
    with named as (
      select unnest(s.aliases) as old, s.external_id as into from staged_row s
      where s.run_id = '${o.runId}' and s.faults is null and s.aliases is not null
      union
      select s.external_id, s.merged_into from staged_row s
      where s.run_id = '${o.runId}' and s.merged_into is not null
    )
    insert into merged_at_source
    select n.old, s.line, coalesce(u.merged_into_id, u.id), coalesce(v.merged_into_id, v.id)
    from named n
    left join staged_row s on s.run_id = '${o.runId}' and s.external_id = n.into and s.faults is null
    left join identity i on i.source_id = '${o.sourceId}' and i.external_id = n.old
    left join "user" u on u.id = i.user_id
    left join identity j on j.source_id = '${o.sourceId}' and j.external_id = n.into
    left join "user" v on v.id = j.user_id
    where n.old <> n.into`);
  await tx.query(`
    update work w set problem = 'merged_at_source'
    from merged_at_source m where m.old = w.external_id`);
  await tx.query(`
    with known as (
      select line, array_agg(distinct user_id) as users from merged_at_source
      where user_id is not null and into_id is null group by line
    )
    update work w set
      user_id = case when cardinality(k.users) = 1 then k.users[1] end,
      matched_by = case when cardinality(k.users) = 1 then 'identity' else 'none' end::matched_by,
      by_alias = cardinality(k.users) = 1,
      problem = case when cardinality(k.users) > 1 then 'ambiguous' end,
      candidates = case when cardinality(k.users) > 1 then k.users end
    from known k where k.line = w.line and w.user_id is null and w.problem is null`);
}

/** A message for each pair of users that the source knows as one person since it merged them. */
export async function reportMerges(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`
    with two as (
      select line, user_id, into_id from merged_at_source where user_id <> into_id
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by line, user_id), line, null,
      ${messageCode('merged_at_source')}, jsonb_build_object('user', user_id, 'into', into_id)
    from two`);
}
