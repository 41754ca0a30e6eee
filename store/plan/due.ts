import { DEFAULT_TIME_ZONE } from '../../domain/zones';
import { undone } from '../lifecycle/due';
import { ZONE_OF_SOURCE } from '../sources/connections';
import type { Queryable } from '../database/db';
import { DUE } from '../sources/dueDays';
import type { PlanRun } from './facts';
import { leaveToOthers } from './mastering';

/**
 * Plans what the source announced: everyone who is due gets the status that the last applied read named for
 * that day. Sticky and protected people are kept. An id whose user was merged leads to the survivor, unless
 * the source knows the survivor by another id.
 *
 * Each person is a staged row, so that reports list them; a person who has the status already has no entry.
 */
export async function planDue(tx: Queryable, run: PlanRun): Promise<void> {
  const { zone, day, otherwise } = run.options;
  if (typeof zone !== 'string' || typeof day !== 'string') throw new Error('a due run of no day');
  const staged = await tx.query(STAGE, [
    run.runId,
    run.sourceId,
    zone,
    day,
    typeof otherwise === 'string' ? otherwise : DEFAULT_TIME_ZONE,
  ]);
  await leaveToOthers(tx, run.sourceId);
  await tx.query(PLAN, [run.runId, run.sourceId, day]);
  await tx.query(`update run set rows = $2 where id = $1`, [run.runId, staged.rowCount ?? 0]);
}

/** When nobody looked on the first day, the second may have passed as well. */
const STAGE = `
  insert into staged_row (run_id, line, external_id, status, source_status, due_on, due_zone,
    due_status, due_then)
  select $1, row_number() over (order by i.external_id), i.external_id,
    case when i.due_then <= $4::date then 'inactive' else i.due_status end,
    i.source_status, i.due_on, i.due_zone, i.due_status, i.due_then
  from identity i
  join source s on s.id = i.source_id
  left join connection c on c.source_id = i.source_id
  where i.source_id = $2 and i.due_on <= $4::date and coalesce(i.due_zone, ${ZONE_OF_SOURCE}, $5) = $3
    and not ${undone('$3')}`;

const PLAN = `
  with due as (
    select s.line, s.external_id, s.due_then, ${DUE} as before,
      -- Without a status of its own, the first day gives back what the days took, and no more.
      coalesce(s.status, case when exists (select from identity e where e.source_id = $2
          and e.user_id = u.id and e.ended_at = u.deactivated_at) then 'active'::user_status
        else u.status end) as said,
      u.id, u.version, u.status, u.protected, u.deactivated_at, u.deactivated_reason,
      'status' = any(u.sticky) as sticky,
      exists (select from left_to l where l.user_id = u.id and 'status' = any(l.fields)) as theirs,
      m.id <> u.id as alias, exists (select from identity own where own.source_id = $2
        and own.user_id = u.id and own.external_id <> s.external_id) as known_else
    from staged_row s
    join identity i on i.source_id = $2 and i.external_id = s.external_id
    join "user" m on m.id = i.user_id
    join "user" u on u.id = coalesce(m.merged_into_id, m.id)
    where s.run_id = $1
  ), judged as (
    select *, case when known_else and alias then 'merged_alias'
      -- As with two rows of a read about one person: nobody is changed.
      when known_else or min(said) over same <> max(said) over same then 'two_rows'
      when row_number() over (same order by line) > 1 then 'duplicate_row'
      when said = 'inactive' and protected then 'protected'
      when sticky then 'kept_by_hand'
      when theirs then 'other_source' end as why
    from due where status <> said
    window same as (partition by id)
  ), told as (
    select line, id, external_id, version, why,
      case when why is not null then 'skip' when said = 'inactive' then 'deactivate' else 'reactivate' end as action,
      case when why is null then jsonb_strip_nulls(jsonb_build_object(
        'deactivatedAt', case when said = 'active' and deactivated_at is not null
          then jsonb_build_array(deactivated_at, null::timestamptz) end,
        'deactivatedReason', case when said = 'active' and deactivated_reason is not null
          then jsonb_build_array(deactivated_reason, null::text) end))
        || jsonb_build_object('status', jsonb_build_array(status, said),
          'due', jsonb_build_array(before, case when due_then > $3::date
            then before - 'then' || jsonb_build_object('on', due_then, 'status', 'inactive')
            else jsonb_build_object('id', external_id) end)) end as changes,
      case when why in ('protected', 'kept_by_hand')
        then jsonb_build_object('status', jsonb_build_array(status, said)) end as kept
    from judged
  )
  insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version,
    external_id, changes, kept_by_hand, kept)
  select $1, row_number() over (order by why is not null, line), line, action::plan_action, 'identity',
    coalesce(why, 'due'), id, version, external_id, changes, (kept is not null)::int, kept
  from told`;
