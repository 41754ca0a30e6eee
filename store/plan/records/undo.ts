import type { RecordSubject } from '../../../domain/records/fileColumns';
import { CHANGING_ACTIONS } from '../../../domain/runs/run';
import type { Queryable } from '../../database/db';
import { sqlList } from '../../database/sqlList';
import { applied } from '../../report/counts';
import { messageCode } from '../../runs/lines';
import type { PlanRun } from '../facts';

/**
 * Plans the undo of a run of learner records. A record that was written since stays as it is (`skip`,
 * `changed_since`): its values belong together. Enrollments that the run made are cancelled, credits that it
 * made are removed. The entries have the shape of changes, so that an undo can be undone.
 */
export async function planRecordsUndo(
  tx: Queryable,
  { run, subject }: { readonly run: PlanRun; readonly subject: RecordSubject },
): Promise<void> {
  const { runId, undoOfId } = run;
  if (undoOfId === null) throw new Error('an undo of nothing');
  const { what, back } = UNDONE[subject];
  await tx.query(back(undoOfId));
  await tx.query(
    `insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, object_id, changes)
     select $1, row_number() over (order by not stands, user_id, entry), entry,
       case when stands then 'update' else 'skip' end::plan_action, 'none',
       case when not stands then 'changed_since' end, user_id, case when stands then version end, object_id,
       case when stands then changes end
     from record_back`,
    [runId],
  );
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, row_number() over (order by b.entry), null, b.field, ${messageCode('changed_since')},
       jsonb_strip_nulls(jsonb_build_object('merge', (
          select m.id from merge_change c join merge m on m.id = c.merge_id and m.unmerged_at is null
          where c.what = $2 and c.change in ('changed', 'tombstoned') and (c.key ->> 'id')::uuid = b.object_id
            and m.merged_at >= (select coalesce(planned_at, created_at) from run where id = $3)
          order by m.merged_at desc limit 1)))
        || jsonb_build_object('who', coalesce(u.code, u.login, u.email), 'user', u.id)
     from record_back b join "user" u on u.id = b.user_id where not b.stands`,
    [runId, what, undoOfId],
  );
  await tx.query(`update run set rows = (select count(*) from record_back) where id = $1`, [runId]);
}

/** SQL: the entries of a run that were carried out. */
const done = (undone: string): string => `
  select p.entry, p.action, p.user_id, p.object_id, p.version, p.changes
  from run r
  join plan_entry p on p.run_id = r.id
  left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
  where r.id = '${undone}' and ${applied('p', 'r')} and p.action in ${sqlList(CHANGING_ACTIONS)}
    and o.entry is null`;

/** SQL: changes with old and new exchanged. */
const EXCHANGED = `(select jsonb_object_agg(c.key, jsonb_build_array(c.value -> 1, c.value -> 0))
  from jsonb_each(d.changes) c)`;

/** A record has the version that the run left: one for what it made, one more for what it changed. */
const LEFT = `(case when d.action = 'create' then 1 else d.version + 1 end + coalesce(carried.times, 0))`;

/**
 * SQL: how often merges and unmerges since the plan of the run wrote a record that has the values it had: one
 * of an absorbed account that they carried to another user, or one of a survivor that got another outcome and
 * has its own again. Each time its version grew by one.
 */
const CARRIED = (
  { what, table }: Pick<UndoneRecords, 'what' | 'table'>,
  undone: string,
): string => `
  select (c.key ->> 'id')::uuid as id, sum(1 + (m.unmerged_at is not null)::int) as times
  from merge m join merge_change c on c.merge_id = m.id
  left join ${table} held
    on c.change = 'changed' and m.unmerged_at is not null and held.id = (c.key ->> 'id')::uuid
  where m.merged_at >= (select coalesce(planned_at, created_at) from run where id = '${undone}')
    and c.what = '${what}' and (c.change in ('moved', 'tombstoned')
      or to_jsonb(held) @> (c.before - '{version,user_id,via_user_id}'::text[]))
  group by 1`;

/** An enrollment that the run made as a cancelled one is as the undo would leave it. */
const ENROLLMENTS = (undone: string): string => `
  create temp table record_back on commit drop as
  with done as (${done(undone)}), carried as materialized (${CARRIED(UNDONE.enrollments, undone)})
  select d.entry, coalesce(e.user_id, d.user_id) as user_id, d.object_id, e.version,
    'enrollments.' || c.code as field,
    e.tombstoned_by is null and e.version = ${LEFT} as stands,
    case when d.action = 'create' then jsonb_build_object('enrollments.' || c.code || '.status',
        jsonb_build_array(e.status, 'cancelled'))
      || case when e.completed_at is null then '{}' else jsonb_build_object(
        'enrollments.' || c.code || '.completedAt', jsonb_build_array(e.completed_at, null)) end
      else ${EXCHANGED} end as changes
  from done d
  join enrollment e on e.id = d.object_id
  join course c on c.id = e.course_id
  left join carried on carried.id = e.id
  where not (d.action = 'create' and e.status = 'cancelled' and e.version = ${LEFT})`;

/** A credit that an undo removed is there again after the undo of that undo, unless the person has it. */
const CREDITS = (undone: string): string => `
  create temp table record_back on commit drop as
  with done as (${done(undone)}), carried as materialized (${CARRIED(UNDONE.credits, undone)}), held as (
    select d.*, c.id is not null as there, c.user_id as holder, c.version as version_now, c.title, c.provider,
      c.credits, c.earned_on, c.evidence_url, c.print, c.tombstoned_by,
      d.action <> 'create' and exists (select from jsonb_each(d.changes) x
        where x.key like '%.print' and x.value ->> 1 is null) as was_removed
    from done d left join external_credit c on c.id = d.object_id
  )
  select d.entry, coalesce(d.holder, d.user_id) as user_id, d.object_id, coalesce(d.version_now, 0) as version,
    'credits.' || coalesce(d.title, '') as field,
    case when was_removed then not there
      else coalesce(d.tombstoned_by is null and d.version_now = ${LEFT}, false) end as stands,
    case when d.action = 'create' then (
        select jsonb_object_agg('credits.' || d.title || '.' || v.key, jsonb_build_array(v.value, null))
        from jsonb_each(jsonb_build_object('title', d.title, 'provider', d.provider, 'credits', d.credits,
          'earnedOn', d.earned_on, 'evidenceUrl', d.evidence_url, 'print', d.print::text)) v)
      else ${EXCHANGED} end as changes
  from held d
  left join carried on carried.id = d.object_id`;

/** How the records of a subject go back. */
interface UndoneRecords {
  /** In `merge_change.what`. */
  readonly what: string;
  readonly table: string;
  /** SQL: makes `record_back` of what a run left. */
  readonly back: (undone: string) => string;
}

const UNDONE: Readonly<Record<RecordSubject, UndoneRecords>> = {
  enrollments: { what: 'enrollment', table: 'enrollment', back: ENROLLMENTS },
  credits: { what: 'credit', table: 'external_credit', back: CREDITS },
};
