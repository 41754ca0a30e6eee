import type { Tx } from '../../database/db';
import { indexed } from '../../database/indexed';
import { nameUsers } from './named';
import type { PlanInput } from '../planner';
import {
  creates,
  problem,
  refuseRows,
  SAID,
  settleTwice,
  statusOf,
  USER_PROBLEM,
  valueFacts,
  writeQuiet,
} from './rows';

/**
 * Plans a file of enrollments: each row against the current enrollment of its person in its course. What a
 * row does not say stays as it is. A day of completion without a status means that the course is completed.
 * Entries go in the order of users, in which rows are written.
 */
export async function planEnrollments(tx: Tx, o: PlanInput): Promise<void> {
  const { runId, options } = o.run;
  await nameUsers(tx, { runId, which: 'user' });
  await tx.query(ROWS(runId));
  await refuseRows(tx, runId);
  await indexed(tx, 'record_row', ['line']);
  await settleTwice(tx, { runId, key: 'course_id' });
  await tx.query(REFUSE_ARCHIVED);
  await refuseRows(tx, runId);
  const today = typeof options['today'] === 'string' ? options['today'] : null;
  await tx.query(creates(o, THERE), [runId]);
  await tx.query(UPDATES, [runId, today]);
  await writeQuiet(tx, runId);
}

const ROWS = (runId: string): string => `
  create temp table record_row on commit drop as
  select s.line, n.user_id, n.via_id, c.id as course_id, c.code as course, s.other_ref as named,
    c.archived_at is not null as archived, ${SAID} as said, false as twice,
    case when n.user_id is null then ${USER_PROBLEM}
      when c.id is null then ${problem('unknown_course', 'course', valueFacts('s.other_ref'))} end as problem
  from staged_row s
  left join named n on n.ref = s.user_ref
  left join course c on c.code_key = s.record ->> 'otherKey'
  where s.run_id = '${runId}' and s.faults is null`;

/** SQL: the enrollment of a row's person (alias r) in its course. */
const THERE = `select from enrollment e
    where e.user_id = r.user_id and e.course_id = r.course_id and e.tombstoned_by is null`;

const REFUSE_ARCHIVED = `
  update record_row r set problem = ${problem('archived_course', 'course', valueFacts('r.named'))}
  where r.archived and not exists (${THERE})`;

/** SQL: what changes of the enrollments that there are; `$2` is today. */
const UPDATES = `
  with told as (
    select r.line, r.user_id, r.course, e.id, e.version, r.said,
      e.status, coalesce((${statusOf('r.said')})::enrollment_status, e.status) as new_status,
      e.progress, case when r.said ? 'progress' then (r.said ->> 'progress')::smallint
        else e.progress end as new_progress,
      e.score, case when r.said ? 'score' then (r.said ->> 'score')::numeric(7, 2)
        else e.score end as new_score,
      e.completed_at
    from record_row r
    join enrollment e on e.user_id = r.user_id and e.course_id = r.course_id and e.tombstoned_by is null
    where not r.twice
  ), whole as (
    -- As outcomeAfter (domain/records) says it of a change by hand.
    select *, case new_status when 'completed'
        then coalesce((said ->> 'completedAt')::date, completed_at, $2::date, current_date)
      when 'cancelled' then completed_at end as new_completed
    from told
  ), changed as (
    select *, 'enrollments.' || course || '.' as prefix from whole
    where (status, progress, score, completed_at)
      is distinct from (new_status, new_progress, new_score, new_completed)
  )
  insert into plan_entry (run_id, entry, line, action, matched_by, user_id, version, object_id, changes)
  select $1, (select coalesce(max(entry), 0) from plan_entry where run_id = $1)
      + row_number() over (order by user_id, line), line, 'update', 'none', user_id, version, id,
    ${changed('status', 'status', 'new_status')}
    || ${changed('progress', 'progress', 'new_progress')}
    || ${changed('score', 'score', 'new_score')}
    || ${changed('completedAt', 'completed_at', 'new_completed')}
  from changed`;

/** SQL: one field of `changes`, where it changes. */
function changed(field: string, before: string, after: string): string {
  return `case when ${before} is distinct from ${after}
      then jsonb_build_object(prefix || '${field}', jsonb_build_array(${before}, ${after})) else '{}' end`;
}
