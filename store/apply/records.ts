import type { Tx } from '../database/db';
import { indexed } from '../database/indexed';
import { statusOf } from '../plan/records/rows';
import type { BatchRange } from './batch';

/** Writes a batch of entries about enrollments. */
export async function applyEnrollments(tx: Tx, o: BatchRange): Promise<void> {
  await lockPeople(tx, o);
  await tx.query(NEW_ENROLLMENTS(o));
  if (await loadChanges(tx, o)) {
    await tx.query(LOCK_ENROLLMENTS);
    await tx.query(CHANGED_ENROLLMENTS(o));
  }
}

/** Writes a batch of entries about external credits. */
export async function applyCredits(tx: Tx, o: BatchRange): Promise<void> {
  await lockPeople(tx, o);
  await tx.query(NEW_CREDITS(o));
  if (await loadChanges(tx, o)) {
    await tx.query(REMOVED_CREDITS(o));
    await tx.query(CREDITS_AGAIN(o));
    await tx.query(CHANGED_CREDITS(o));
  }
}

/**
 * Makes `record_change`: the batch's entries that change a record, with the new values by the names of their
 * fields; `whole`: a credit goes or comes back. A table with statistics: joined by an estimate of one row,
 * 10,000 changes took a minute. False where there are none.
 */
async function loadChanges(tx: Tx, o: BatchRange): Promise<boolean> {
  const { rowCount } = await tx.query(
    `create temp table record_change on commit drop as
     select e.entry, e.run_id, e.user_id, e.object_id, e.version, ${VALUES},
       exists (select from jsonb_each(e.changes) c where c.key like '%.print') as whole
     from (${entries(o, 'update')}) e`,
  );
  if ((rowCount ?? 0) === 0) return false;
  await indexed(tx, 'record_change', ['entry', 'object_id']);
  return true;
}

/** SQL: the entries of the batch with one action. */
const entries = (o: BatchRange, action: 'create' | 'update'): string => `
  select p.*, r.options from plan_entry p join run r on r.id = p.run_id
  where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
    and p.action = '${action}' and ${o.decided}`;

/**
 * Nobody of the batch is merged while it is written: a merge takes its users `for update`, which waits for
 * these locks. In the order of ids, as everybody takes them. Who was merged since the plan is followed.
 */
async function lockPeople(tx: Tx, o: BatchRange): Promise<void> {
  await tx.query(
    `select u.id from "user" u where u.id in (
       select coalesce(n.merged_into_id, n.id) from plan_entry p join "user" n on n.id = p.user_id
       where p.run_id = $1 and p.entry > $2 and p.entry <= $3 and p.action in ('create', 'update'))
     order by u.id for key share`,
    [o.runId, o.from, o.to],
  );
}

/** SQL: entries that were not carried out, because something changed since the plan. */
const LEFT_OUT = (o: BatchRange, written: string): string => `
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}', e.entry, 'skip', 'changed_since', '{}' from entry e
  where not exists (select from ${written} w where w.entry = e.entry)`;

/** SQL: the user to write to, and the absorbed account that was named. */
const TARGET = `coalesce(u.merged_into_id, u.id) as owner,
      coalesce(e.candidates[1], case when u.merged_into_id is not null then u.id end) as via`;

const NEW_ENROLLMENTS = (o: BatchRange): string => `
  with entry as materialized (${entries(o, 'create')}), told as (
    select e.entry, e.object_id as id, ${TARGET}, c.id as course_id, s.record as said,
      coalesce(${statusOf('s.record')}, 'enrolled')::enrollment_status as status,
      coalesce((e.options ->> 'today')::date, current_date) as today
    from entry e
    join "user" u on u.id = e.user_id
    join staged_row s on s.run_id = e.run_id and s.line = e.line
    join course c on c.code_key = s.record ->> 'otherKey' and c.archived_at is null
  ), made as (
    insert into enrollment (id, user_id, course_id, status, progress, score, completed_at, via_user_id,
      created_run_id)
    select id, owner, course_id, status, (said ->> 'progress')::smallint, (said ->> 'score')::numeric,
      case when status = 'completed' then coalesce((said ->> 'completedAt')::date, today) end, via,
      '${o.runId}'
    from told order by owner, course_id
    on conflict (user_id, course_id) where tombstoned_by is null do nothing
    returning id
  ), written as (
    select t.entry from told t join made m on m.id = t.id
  )
  ${LEFT_OUT(o, 'written')}`;

/** SQL: the new value of a field of a record, of its key in `changes` without what stands before it. */
const VALUES = `(select jsonb_object_agg(substring(c.key from '[^.]+$'), c.value -> 1)
    from jsonb_each(e.changes) c) as new`;

const LOCK_ENROLLMENTS = `
  select from enrollment where id in (select object_id from record_change) order by id for update`;

const CHANGED_ENROLLMENTS = (o: BatchRange): string => `
  with entry as (select entry from record_change), written as (
    update enrollment n set
      status = case when t.new ? 'status' then (t.new ->> 'status')::enrollment_status else n.status end,
      progress = case when t.new ? 'progress' then (t.new ->> 'progress')::smallint else n.progress end,
      score = case when t.new ? 'score' then (t.new ->> 'score')::numeric else n.score end,
      completed_at = case when t.new ? 'completedAt' then (t.new ->> 'completedAt')::date
        else n.completed_at end,
      version = n.version + 1
    from record_change t
    where n.id = t.object_id and n.version = t.version and n.tombstoned_by is null
    returning t.entry
  )
  ${LEFT_OUT(o, 'written')}`;

const NEW_CREDITS = (o: BatchRange): string => `
  with entry as materialized (${entries(o, 'create')}), told as (
    select e.entry, e.object_id as id, ${TARGET}, s.record as said
    from entry e
    join "user" u on u.id = e.user_id
    join staged_row s on s.run_id = e.run_id and s.line = e.line
  ), made as (
    insert into external_credit (id, user_id, title, provider, credits, earned_on, evidence_url, print,
      via_user_id, created_run_id)
    select id, owner, said ->> 'title', said ->> 'provider', (said ->> 'credits')::numeric,
      (said ->> 'earnedOn')::date, said ->> 'evidenceUrl', (said ->> 'print')::bigint, via, '${o.runId}'
    from told order by owner, id
    on conflict (user_id, print) where tombstoned_by is null do nothing
    returning id
  ), written as (
    select t.entry from told t join made m on m.id = t.id
  )
  ${LEFT_OUT(o, 'written')}`;

/** SQL: entries whose credit goes, comes back, or changes: by what their print becomes. */
const creditEntries = (which: 'goes' | 'comes' | 'changes'): string => `
  select * from record_change where ${{ goes: `whole and new ->> 'print' is null`, comes: `whole and new ->> 'print' is not null`, changes: 'not whole' }[which]}`;

const REMOVED_CREDITS = (o: BatchRange): string => `
  with entry as (${creditEntries('goes')}), written as (
    delete from external_credit c using entry e
    where c.id = e.object_id and c.version = e.version and c.tombstoned_by is null
    returning e.entry
  )
  ${LEFT_OUT(o, 'written')}`;

const CREDITS_AGAIN = (o: BatchRange): string => `
  with entry as (${creditEntries('comes')}), made as (
    insert into external_credit (id, user_id, title, provider, credits, earned_on, evidence_url, print,
      created_run_id)
    select e.object_id, coalesce(u.merged_into_id, u.id), e.new ->> 'title', e.new ->> 'provider',
      (e.new ->> 'credits')::numeric, (e.new ->> 'earnedOn')::date, e.new ->> 'evidenceUrl',
      (e.new ->> 'print')::bigint, e.run_id
    from entry e join "user" u on u.id = e.user_id order by 2
    on conflict do nothing
    returning id
  ), written as (
    select e.entry from entry e join made m on m.id = e.object_id
  )
  ${LEFT_OUT(o, 'written')}`;

const CHANGED_CREDITS = (o: BatchRange): string => `
  with entry as (${creditEntries('changes')}), written as (
    update external_credit c set evidence_url = e.new ->> 'evidenceUrl', version = c.version + 1
    from entry e
    where c.id = e.object_id and c.version = e.version and c.tombstoned_by is null
    returning e.entry
  )
  ${LEFT_OUT(o, 'written')}`;
