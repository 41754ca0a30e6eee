import { placePairs, type PairOfRun } from '../../domain/merges/levels';
import { MAX_PAIR_ENROLLMENTS, type PairProblem } from '../../domain/merges/rules';
import type { Queryable } from '../database/db';
import { indexed } from '../database/indexed';
import { some } from '../database/some';
import type { PlanInput } from '../plan/planner';
import { nameUsers } from '../plan/records/named';
import { patches } from './fields';
import { PLANNED_CHANGES } from './preview';
import { pairPrint, userPrint } from './prints';
import { enrollmentOutcomes, creditOutcomes, voices } from './records';
import { DIFFERENT, reportDifferent, reportPairs } from './reports';

/**
 * Plans the merges of a run from its staged pairs: an entry `update` (reason `merge`) for each that goes on,
 * in the order in which they are applied; the others end as errors, conflicts or skips with their reason.
 *
 * An entry's `changes` hold besides the survivor's fields: `shown` ([null, hash]) and `merging`: the prints of
 * the two users, the level (pairs of one level share nobody), and the next entry of the survivor.
 */
export async function planMerges(
  tx: Queryable,
  { run, idPrefix }: Pick<PlanInput, 'run' | 'idPrefix'>,
): Promise<void> {
  await nameUsers(tx, { runId: run.runId, which: 'user' });
  await nameUsers(tx, { runId: run.runId, which: 'other' });
  await tx.query(PAIR(run.runId, idPrefix));
  await indexed(tx, 'pair', ['line', 'survivor', 'absorbed']);
  await placeShared(tx);
  await tx.query(LINKED_ADMIN);
  await tx.query(STATUS_DIFFERS);
  await tx.query(TOO_MANY);
  await tx.query(PRINTS);
  const { asShown } = run.options;
  if (typeof asShown === 'string') await tx.query(CHANGED_SINCE_SHOWN, [asShown]);
  await tx.query(PLANNED);
  await indexed(tx, 'pair_planned', ['line']);
  await tx.query(PLANNED_RECORDS);
  await indexed(tx, 'pair_records', ['line']);
  await tx.query(ENTRIES(run.runId));
  if (await some(tx, `select from pair where problem is not null`))
    await reportPairs(tx, run.runId);
  if (await some(tx, `select from pair p join ${DIFFERENT} where p.problem is null`))
    await reportDifferent(tx, run.runId);
}

/** SQL: a problem; the type holds it to the list. */
function problem(name: PairProblem): string {
  return `'${name}'`;
}

/** The rows without faults, each with its users, and why it does not go on (null: it does). */
const PAIR = (runId: string, idPrefix: string): string => `
  create temp table pair on commit drop as
  with named_pair as (
    select s.line, s.user_ref, s.other_ref, coalesce(s.record -> 'take', '{}') as take,
      n.user_id as survivor, n.via_id as survivor_via, n.problem as survivor_problem,
      o.user_id as absorbed, o.via_id as absorbed_via, o.problem as absorbed_problem
    from staged_row s
    left join named n on n.ref = s.user_ref
    left join named_other o on o.ref = s.other_ref
    where s.run_id = '${runId}' and s.faults is null
  )
  select line, user_ref, other_ref, take, survivor, absorbed,
    case when coalesce(survivor_problem, absorbed_problem) is not null
        then coalesce(survivor_problem, absorbed_problem)
      -- A command names one user. A user who was absorbed since leads to another one, which the actor has not
      -- looked at. In a file every account leads to its person.
      when survivor <> absorbed and absorbed_via is not null
        and (select file_id is null from run where id = '${runId}') then ${problem('changed_since')}
      when survivor <> absorbed then null
      when absorbed_via is not null then ${problem('merged_already')}
      when survivor_via is not null then ${problem('merged_elsewhere')}
      else ${problem('same_person')} end as problem,
    survivor_problem is not null as of_survivor, null::int as other, 1 as level,
    case when survivor = absorbed and absorbed_via is not null
      then (select m.id from merge m where m.absorbed_id = absorbed_via and m.unmerged_at is null)
      else ('${idPrefix}' || lpad(to_hex(line), 8, '0'))::uuid end as merge_id,
    0 as enrollments, null::text as survivor_print, null::text as absorbed_print
  from named_pair`;

/** Pairs that share a user with another one: the order of a chain, and what cannot be ordered. */
async function placeShared(tx: Queryable): Promise<void> {
  const { rows } = await tx.query<PairOfRun>(`
    with user_of as (
      select survivor as id from pair where problem is null
      union all select absorbed from pair where problem is null
    ), shared as (
      select id from user_of group by id having count(*) > 1
    )
    select line, survivor, absorbed from pair
    where problem is null
      and (survivor in (select id from shared) or absorbed in (select id from shared))
    order by line`);
  if (rows.length === 0) return;
  const places = placePairs(rows);
  await tx.query(
    `update pair p set level = coalesce(t.level, 1), problem = t.problem, other = t.other
     from unnest($1::int[], $2::int[], $3::text[], $4::int[]) t(line, level, problem, other)
     where t.line = p.line`,
    [
      places.map(({ line }) => line),
      places.map((place) => ('level' in place ? place.level : null)),
      places.map((place) => ('level' in place ? null : place.problem)),
      places.map((place) => ('level' in place ? null : place.other)),
    ],
  );
  await tx.query(`
    update pair p set problem = ${problem('merged_already')}, merge_id = o.merge_id
    from pair o where p.problem = 'same_pair' and o.line = p.other`);
}

/** What an admin may do does not move with a merge. */
const LINKED_ADMIN = `
  update pair p set problem = ${problem('linked_admin')}
  from admin a where p.problem is null and a.user_id = p.absorbed`;

const STATUS_DIFFERS = `
  update pair p set problem = ${problem('status_differs')}
  from "user" s, "user" a
  where p.problem is null and s.id = p.survivor and a.id = p.absorbed and s.status <> a.status
    and not p.take ? 'status'`;

const TOO_MANY = `
  with counted as (
    select p.line, count(*)::int as n
    from pair p join enrollment e on e.user_id in (p.survivor, p.absorbed) and e.tombstoned_by is null
    where p.problem is null group by p.line having count(*) > ${String(MAX_PAIR_ENROLLMENTS)}
  )
  update pair p set problem = ${problem('too_many_enrollments')}, enrollments = c.n
  from counted c where c.line = p.line`;

const PRINTS = `
  update pair set survivor_print = ${userPrint('survivor')}, absorbed_print = ${userPrint('absorbed')}
  where problem is null`;

const CHANGED_SINCE_SHOWN = `
  update pair p set problem = ${problem('changed_since_shown')}
  where p.problem is null and ${pairPrint('p')} <> lower($1)`;

const PLANNED = `
  create temp table pair_planned on commit drop as
  select line, survivor_patch, survivor_row
  from (${patches('pair')}) t where problem is null`;

/** What becomes of enrollments, credits and identities, as keys of the entry's changes. */
const PLANNED_RECORDS = `
  create temp table pair_records on commit drop as
  with going as materialized (
    select * from pair where problem is null
  ), course_change as (
    select o.line, 'enrollments.' || c.code || '.' || f.name as key,
      jsonb_build_array(s.value, a.value) as value
    from (${enrollmentOutcomes('going', 'line')}) o
    join enrollment e on e.id = o.id
    join course c on c.id = o.course_id
    left join enrollment old on old.id = o.survivor_row
    cross join lateral (values ('status', 'status'), ('progress', 'progress'), ('score', 'score'),
      ('completedAt', 'completed_at')) f(name, col)
    cross join lateral (select nullif(to_jsonb(e) -> f.col, 'null') as value) a
    cross join lateral (select nullif(to_jsonb(old) -> f.col, 'null') as value) s
    where (o.survivor_row is null or o.takes) and a.value is distinct from s.value
  ), credit_count as (
    select o.line, count(*) filter (where o.twin is null)::int as moved, min(o.survivor::text)::uuid as survivor
    from (${creditOutcomes('going', 'line')}) o group by o.line
  ), all_of as (
    select line, key, value from course_change
    union all
    select c.line, 'credits', jsonb_build_array(h.n, h.n + c.moved)
    from credit_count c cross join lateral (
      select count(*)::int as n from external_credit x where x.user_id = c.survivor and x.tombstoned_by is null
    ) h where c.moved > 0
    union all
    select v.line, 'identities.' || s.name, jsonb_build_array(null, v.external_id)
    from (${voices('going', 'line')}) v join source s on s.id = v.source_id
  )
  select line, jsonb_object_agg(key, value) as changes from all_of group by line`;

/** Changing entries first, in the order of their levels. */
const ENTRIES = (runId: string): string => `
  with told as (
    select p.line, case when p.problem is null then 'update'
        when p.problem in (${problem('nobody')}, ${problem('several')}) then 'error'
        when p.problem = ${problem('merged_already')} then 'skip' else 'conflict' end as action,
      coalesce(p.problem, 'merge') as reason, p.survivor, p.absorbed, p.level, p.merge_id,
      case when p.problem is null then ${PLANNED_CHANGES} end as changes, u.version,
      p.survivor_print, p.absorbed_print
    from pair p
    left join pair_planned f on f.line = p.line
    left join pair_records r on r.line = p.line
    left join "user" u on u.id = p.survivor and p.problem is null
    union all
    select s.line, 'error', s.faults -> 0 ->> 1, null, null, 0, null, null, null, null, null
    from staged_row s where s.run_id = '${runId}' and s.faults is not null
  ), numbered as (
    select *, row_number() over (order by action <> 'update', level, line)::int as entry from told
  ), way as (
    -- The next entry of this plan in which the survivor is one of the two.
    select entry, who, lead(entry) over (partition by who order by entry) as next
    from numbered cross join lateral (values (survivor), (absorbed)) w(who) where action = 'update'
  )
  insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, changes,
    candidates, object_id)
  select '${runId}', n.entry, n.line, n.action::plan_action, 'none', n.reason, n.survivor, n.version,
    case when n.action = 'update' then n.changes || jsonb_build_object('merging', jsonb_build_object(
      'level', n.level, 'next', w.next, 'prints',
      jsonb_build_object(n.survivor::text, n.survivor_print, n.absorbed::text, n.absorbed_print))) end,
    case when n.absorbed is not null then array[n.absorbed] end,
    case when n.action in ('update', 'skip') then n.merge_id end
  from numbered n
  left join way w on w.entry = n.entry and w.who = n.survivor`;
