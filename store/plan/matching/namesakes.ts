import type { Queryable } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';
import type { MatchInput } from '../input';
import { fullName } from './renumbered';

/** How many pairs a message names. */
const MAX_NAMED = 5;

/**
 * One message about new people who have the full name of exactly one person that this source knows and who
 * has left in the same read: perhaps rehired under another number, without an e-mail that would have shown
 * it. Nothing is held, because both have a row of their own. Not where both have an e-mail: namesakes of
 * leavers come every week.
 */
export async function reportNamesakes(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`
    with fresh as materialized (
      select w.external_id as number, w.line, ${fullName('s')} as name, s.email_key
      from work w join staged_row s on s.run_id = '${o.runId}' and s.line = w.line
      where w.user_id is null and w.problem is null and w.external_id is not null
        and s.status is distinct from 'inactive' and ${fullName('s')} is not null
    ), leaver as (
      select l.external_id as number, ${fullName('l')} as name, u.status = 'active' as active, u.email_key
      from staged_row l
      join identity i on i.source_id = '${o.sourceId}' and i.external_id = l.external_id
      join "user" u on u.id = i.user_id and u.merged_into_id is null
      where l.run_id = '${o.runId}' and l.status = 'inactive' and l.faults is null
        and ${fullName('l')} in (select name from fresh)
    ), pair as (
      select f.line, f.number, l.number as known, f.name, l.active, f.email_key is null or l.email_key is null
        as likely, count(*) over (partition by f.name) as n
      from fresh f join leaver l using (name)
    ), told as (
      select row_number() over (order by p.line) as at, p.known, p.number,
        coalesce(s.display_name, concat_ws(' ', s.first_name, s.last_name)) as name
      from pair p join staged_row s on s.run_id = '${o.runId}' and s.line = p.line
      where p.n = 1 and (p.active or p.likely)
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select r.id, ${nextNumber(o.runId)} + 1, null, null, ${messageCode('namesake_left')},
      jsonb_build_object('run', r.id, 'source', src.name, 'people', t.people, 'pairs', t.pairs)
    from (
      select count(*)::int as people, jsonb_agg(jsonb_build_object('was', left(known, 60),
        'is', left(number, 60), 'name', left(name, 60)) order by at) filter (where at <= ${String(MAX_NAMED)}) as pairs
      from told having count(*) > 0
    ) t, run r join source src on src.id = r.source_id
    where r.id = '${o.runId}'`);
}
