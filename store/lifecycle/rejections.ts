import type { MessageCode } from '../../domain/runs/messages';
import { GAVE_WAY, KINDS_WITH_LINES, SPEAKING_KINDS } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { indexed } from '../database/indexed';
import { some } from '../database/some';
import { sqlList } from '../database/sqlList';
import { applied } from '../report/counts';
import { messageCode, nextNumber } from '../runs/lines';
import { settles } from '../runs/settles';

/*
 * What a person rejected is remembered for each source and user in the table `rejection`: in the
 * transaction that takes the decision, until an approval or a read that says otherwise. The planner marks
 * the entries that say the same again (`plan/rejected.ts`).
 */

/**
 * SQL: what an entry `p` of a plan does to a person that a rejection is about, as rows
 * `(what, value)`. A key that a person did not have before is no key change.
 */
export const REJECTABLE = `(
  select what, value from (values
    ('deactivate', null, p.action = 'deactivate'),
    ('reactivate', null, p.action = 'reactivate'),
    ('login', p.changes -> 'loginKey' ->> 1, p.changes -> 'loginKey' ->> 0 is not null),
    ('email', p.changes -> 'emailKey' ->> 1, p.changes -> 'emailKey' ->> 0 is not null)
  ) as v(what, value, is_so) where is_so)`;

/**
 * Collects rejections, each with the user that it is about now. This table has statistics and indexes. The
 * table `rejection` has no statistics yet when an admin has just rejected thousands, so each person would be
 * looked for among all others. `which`: SQL that follows `rejection x`. Leaves `rejected_person`.
 */
export async function collectRejected(tx: Queryable, which: string): Promise<void> {
  await tx.query(`
    create temp table rejected_person on commit drop as
    select x.*, u.id as survivor, u.status
    from (select x.* from rejection x ${which}) x
    join "user" m on m.id = x.user_id
    join "user" u on u.id = coalesce(m.merged_into_id, m.id)`);
  await indexed(tx, 'rejected_person', ['survivor', 'user_id']);
}

/**
 * SQL: remembers the entries of the relation `rejected` (columns of `plan_entry`). What a person rejected stays
 * where the linking of two numbers takes the same deactivation out of a plan: the link may be undone.
 */
const REMEMBER = `
  insert into rejection (source_id, user_id, what, value, reason, run_id)
  select r.source_id, p.user_id, w.what, w.value, p.reason, r.id
  from rejected p join run r on r.id = p.run_id cross join lateral ${REJECTABLE} w
  where p.user_id is not null and r.kind in ${sqlList(SPEAKING_KINDS)}
  on conflict (source_id, user_id, what) do update
    set value = excluded.value, reason = excluded.reason, run_id = excluded.run_id
    where excluded.reason is distinct from 'renumbered'`;

/** SQL: the statement `turned` writes entries and returns them; those that it rejects are remembered. */
export function remembering(turned: string): string {
  return `with turned as (${turned}), rejected as (select * from turned where decided = -1) ${REMEMBER}`;
}

/** Remembers what nobody decided yet of the plan of a run, which is rejected as a whole. */
export async function rememberRejected(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `with rejected as (
       select * from plan_entry where run_id = $1 and action in ('deactivate', 'reactivate', 'update')
         and decided is null
     ) ${REMEMBER}`,
    [runId],
  );
}

/** SQL: the rejection `x` is of a deactivation, and a person meant it, not the linking of two numbers. */
export const OF_A_PERSON = `(x.what = 'deactivate' and x.reason is distinct from 'renumbered')`;

/**
 * Says in a run how many deactivations were rejected in it, how many other changes that are remembered,
 * and what a person may do about them.
 */
export async function noteRejections(tx: Queryable, runId: string): Promise<void> {
  const code = messageCode('rejections_remembered');
  await tx.query(`delete from run_message where run_id = $1 and code = ${code}`, [runId]);
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(runId)} + 1, null, null, ${code},
       jsonb_strip_nulls(jsonb_build_object('people', count(*) filter (where ${OF_A_PERSON})::int,
         'others', nullif(count(*) filter (where x.what <> 'deactivate'), 0)))
     from rejection x where x.run_id = $1 having count(*) filter (where ${OF_A_PERSON}) > 0`,
    [runId],
  );
}

/** Changes that a message about an approval of a part names. */
const MAX_NAMED = 5;

/**
 * Says in a run which changes its approval leaves out. Call before they are marked. `leftOut`: SQL that
 * is true for their entries (`plan_entry` without an alias).
 */
export async function noteLeftOut(
  tx: Queryable,
  o: { readonly runId: string; readonly leftOut: string; readonly values: readonly unknown[] },
): Promise<void> {
  await tx.query(
    `with left_out as materialized (
       select run_id, entry, action, line, user_id from plan_entry where run_id = $1 and ${o.leftOut}
     ), first as (
       select e.entry, e.action, coalesce(u.code, s.code, s.external_id, u.login, s.login, s.email) as who,
         coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), ''),
           s.display_name, nullif(concat_ws(' ', s.first_name, s.last_name), '')) as name
       from (select * from left_out order by entry limit ${String(MAX_NAMED)}) e
       join run r on r.id = $1
       left join staged_row s on s.run_id = $1 and s.line = e.line
         and r.kind in ${sqlList(KINDS_WITH_LINES)}
       left join "user" u on u.id = e.user_id
     )
     insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(o.runId)} + 1, null, null, ${messageCode('not_approved')},
       jsonb_build_object('run', $1::uuid, 'entries', sum(c.n),
         'of', jsonb_agg(jsonb_build_array(c.action, c.n) order by c.action),
         'first', (select jsonb_agg(jsonb_build_object('action', action, 'who', who, 'name', name)
           order by entry) from first),
         'again', (select kind in ${sqlList(SPEAKING_KINDS)} from run where id = $1))
     from (select action, count(*)::int as n from left_out group by action) c
     having count(*) > 0`,
    [o.runId, ...o.values],
  );
}

/** SQL: the changes that a message says are made (aliases: m of `run_message`, p of `plan_entry`). */
const SAID_TO_BE_MADE: Readonly<Partial<Record<MessageCode, string>>> = {
  login_follows: `p.changes ? 'loginKey'`,
  active_elsewhere: `(m.facts ->> 'deactivates' = 'false' or p.action = 'deactivate')`,
  namesake_left: `p.action = 'create'`,
  admins_stopped: `p.action = 'deactivate' and p.user_id in (select user_id from admin)`,
  last_day_gone: `p.action = 'reactivate'`,
};

/**
 * Takes away messages about changes of which a run that ended made none, because they were rejected. Call
 * when the run has its last state.
 */
export async function forgetUnmade(tx: Queryable, runId: string): Promise<void> {
  const made = Object.entries(SAID_TO_BE_MADE).map(
    ([code, said]) => `m.code = '${code}' and ${said}`,
  );
  const codes = Object.keys(SAID_TO_BE_MADE);
  if (
    !(await some(tx, `select from run_message where run_id = $1 and code in ${sqlList(codes)}`, [
      runId,
    ]))
  ) {
    return;
  }
  await tx.query(
    `delete from run_message m using run r
     where r.id = $1 and m.run_id = r.id and m.code in ${sqlList(codes)} and m.facts is not null
       and not exists (select from plan_entry p
         where p.run_id = r.id and ${applied('p', 'r')} and (${made.join(' or ')}))`,
    [runId],
  );
  await tx.query(
    `update run_message m set facts = m.facts || jsonb_build_object('people', made.n)
     from (select count(*) as n from run r join plan_entry p on p.run_id = r.id and p.changes ? 'loginKey'
       and ${applied('p', 'r')} where r.id = $1) made
     where m.run_id = $1 and m.code = ${messageCode('login_follows')}
       and (m.facts ->> 'people')::int > made.n`,
    [runId],
  );
}

/** Forgets the rejections of what this run was approved to do now. Call after the approval is marked. */
export async function forgetApproved(
  tx: Queryable,
  o: { readonly runId: string; readonly pass: number },
): Promise<void> {
  await tx.query(
    `delete from rejection x
     using run r, plan_entry p cross join lateral ${REJECTABLE} w
     where r.id = $1 and p.run_id = r.id and p.rejected_in is not null
       and coalesce(p.decided, 1) = $2
       and x.source_id = r.source_id and x.what = w.what and ${aboutSame('x', 'p.user_id')}`,
    [o.runId, o.pass],
  );
}

/** SQL: the rejection is about this user, or about an account that the user absorbed. */
function aboutSame(rejection: string, userId: string): string {
  return `${userId} in (
    select coalesce(u.merged_into_id, u.id) from "user" u where u.id = ${rejection}.user_id)`;
}

/**
 * Forgets each rejection that an applied read of the source speaks against, in the transaction that ends the
 * run: of a deactivation, when the person is active or in a complete read again; of a reactivation, when the
 * person is still inactive or missing; of a key, when the row has another one. Costs one look where nothing
 * was rejected.
 */
export async function forgetContradicted(tx: Queryable, runId: string): Promise<void> {
  const earlier = `select from rejection x join run r on r.source_id = x.source_id
    where r.id = $1 and x.run_id <> r.id`;
  if (!(await some(tx, earlier, [runId]))) return;
  await collectRejected(
    tx,
    `join run r on r.source_id = x.source_id
    where r.id = '${runId}' and x.run_id <> r.id`,
  );
  await tx.query(NUMBERS);
  await indexed(tx, 'rejected_number', ['external_id']);
  await tx.query(ROWS, [runId]);
  await indexed(tx, 'rejected_row', ['survivor']);
  await tx.query(CONTRADICTED, [runId]);
}

/** SQL: another row counts for the person of this one, or the row went to nobody. */
const PASSED_OVER = `exists (select from plan_entry q where q.run_id = s.run_id and q.line = s.line
  and q.action <> 'create' and (q.action in ('conflict', 'duplicate')
    or q.action = 'skip' and q.reason in ${sqlList(GAVE_WAY)}))`;

/** The numbers by which the source knows people with rejections. */
const NUMBERS = `
  create temp table rejected_number on commit drop as
  select distinct a.survivor, i.external_id
  from (
    select source_id, survivor, survivor as id from rejected_person
    union
    select k.source_id, k.survivor, m.id from rejected_person k join "user" m on m.merged_into_id = k.survivor
  ) a
  join identity i on i.user_id = a.id and i.source_id = a.source_id`;

/** The rows about people with rejections, found by their numbers, or by what the plan does to them. */
const ROWS = `
  create temp table rejected_row on commit drop as
  select k.survivor, s.line, s.status, s.days_known, s.login_key, s.email_key
  from rejected_number k
  join staged_row s on s.run_id = $1 and s.external_id = k.external_id
  where s.faults is null and not ${PASSED_OVER}
  union
  select k.survivor, s.line, s.status, s.days_known, s.login_key, s.email_key
  from rejected_person k
  join plan_entry p on p.run_id = $1 and p.user_id = k.survivor and p.action <> 'create'
  join staged_row s on s.run_id = $1 and s.line = p.line
  where s.faults is null and not ${PASSED_OVER}`;

/**
 * SQL: the run `r` links people to their new numbers. What was rejected before stays until the next read has
 * them under these: an undo of the link leaves them missing again.
 */
const LINKS = `exists (select from decision d where d.run_id = r.retry_of_id and d.kind = 'resolve'
  and d.detail ->> 'followUp' = r.id::text and d.detail ->> 'by' = 'renumbered')`;

const CONTRADICTED = `
  with this as materialized (
    select r.*, coalesce((r.presence ->> 'saysAbsent')::boolean, false) as complete,
      ${settles('r')} as settles, ${LINKS} as links
    from run r where r.id = $1
  ), stuck as materialized (
    select s.external_id, s.code, s.email_key, s.login_key, q.candidates
    from plan_entry q join staged_row s on s.run_id = q.run_id and s.line = q.line
    where q.run_id = $1 and q.action in ('conflict', 'duplicate', 'error')
  ), person as (
    select u.* from rejected_person k join "user" u on u.id = k.survivor where k.what = 'reactivate'
  ), present as materialized (
    -- A row that did not go through proves the presence of those whom it may be about.
    select u.id from person u join stuck s on s.code = u.code
    union select u.id from person u join stuck s on s.email_key = u.email_key
    union select u.id from person u join stuck s on s.login_key = u.login_key
    union select u.id from stuck s cross join unnest(s.candidates) c (id) join person u using (id)
    union select u.id from this r cross join person u join "user" a on u.id in (a.id, a.merged_into_id)
      join identity i on i.user_id = a.id and i.source_id = r.source_id
      join stuck s on s.external_id = i.external_id
  )
  delete from rejection x using rejected_person k cross join this r
  where x.source_id = k.source_id and x.user_id = k.user_id and x.what = k.what
    and (not r.links or x.run_id = r.retry_of_id)
    and case x.what
      when 'deactivate' then
        exists (select from rejected_row s where s.survivor = k.survivor and (s.status = 'active'
          or s.status is null and s.days_known is not null
            and x.reason in ('after_last_day', 'before_first_day')
          -- An admin said which row is this person's.
          or r.settles and x.run_id = r.retry_of_id and s.status is distinct from 'inactive'))
        or r.complete and x.reason in ('absent', 'renumbered') and k.status = 'active'
          and not exists (select from plan_entry p where p.run_id = r.id and p.user_id = k.survivor
            and p.action <> 'create' and (p.action = 'deactivate' or p.line is null))
      when 'reactivate' then
        exists (select from rejected_row s where s.survivor = k.survivor and s.status = 'inactive')
        or r.complete and not exists (select from rejected_row s where s.survivor = k.survivor)
          and k.survivor not in (select id from present)
          and not exists (select from plan_entry p where p.run_id = r.id and p.user_id = k.survivor
            and p.action <> 'create')
      when 'login' then
        exists (select from rejected_row s where s.survivor = k.survivor
          and (s.login_key <> coalesce(x.value, '')
            -- An e-mail says something about a login that would have followed it.
            or s.login_key is null and s.email_key <> x.value and exists (
              select from rejection e where e.source_id = x.source_id and e.user_id = x.user_id
                and e.what = 'email' and e.value = x.value)))
      when 'email' then
        exists (select from rejected_row s where s.survivor = k.survivor
          and s.email_key <> coalesce(x.value, ''))
    end`;
