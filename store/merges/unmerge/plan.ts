import type { Tx } from '../../database/db';
import { sqlList } from '../../database/sqlList';
import type { PlanInput } from '../../plan/planner';
import { HIDDEN_FIELDS } from '../../users/fieldValue';
import { beginUnmerges, type Unmerging } from './apply';
import { CONFLICTS, findObstacles } from './obstacles';
import { reportObstacles } from './reports';
import { goingHome, images, unchanged } from './rows';
import { judgeUsers, loadUsers } from './users';

/**
 * Plans to take merges back: the one that the run's options name, or all of a run that is undone, newest
 * first. From the images of the merges; a plan that was removed is not needed. An entry has what comes back
 * on the survivor (`changes`, with the fields of the absorbed user as `absorbed.…`), and what stays because it
 * was changed since (`kept`).
 */
export async function planUnmerges(tx: Tx, { run }: Pick<PlanInput, 'run'>): Promise<void> {
  const merges = await mergesOf(tx, run);
  await beginUnmerges(tx, merges);
  await loadUsers(tx);
  const levels = await tx.query<{ level: number }>(
    `select distinct level from unmerging order by 1`,
  );
  for (const { level } of levels.rows) {
    await findObstacles(tx, level);
    await judgeUsers(tx, level);
  }
  await tx.query(`update unmerging set at_work = problem is null`);
  await tx.query(`analyze unmerge_field`);
  await tx.query(ENTRIES, [run.runId]);
  await reportObstacles(tx, run.runId);
  await tx.query(`update run set rows = (select count(*) from unmerging) where id = $1`, [
    run.runId,
  ]);
}

/** True for a run that takes merges back. */
export function isUnmerge(run: PlanInput['run']): boolean {
  return run.undoOfId !== null || typeof run.options['unmerge'] === 'string';
}

async function mergesOf(tx: Tx, run: PlanInput['run']): Promise<Unmerging[]> {
  const { unmerge } = run.options;
  const { rows } = await tx.query<Unmerging>(
    `select m.id as "mergeId", m.survivor_id as "survivorId", m.absorbed_id as "absorbedId",
       row_number() over (order by m.merged_at desc, m.id desc)::int as entry
     from merge m where ${run.undoOfId === null ? 'm.id' : 'm.run_id'} = $1
     order by m.merged_at desc, m.id desc`,
    [run.undoOfId ?? unmerge],
  );
  return rows;
}

/** SQL: fields of the users of a pair; those of the absorbed user are named so. */
const FIELDS = (shown: string): string => `
  select f.merge_id, case when f.survives then f.field else 'absorbed.' || f.field end as field,
    jsonb_build_array(f.now, f.old) as pair
  from unmerge_field f where f.field not in ${sqlList(HIDDEN_FIELDS)} and ${shown}`;

const ENROLLMENTS = { what: 'enrollment', table: 'enrollment' } as const;
const COURSE = `'enrollments.' || (select c.code from course c where c.id = r.course_id)`;
const CREDITS = { what: 'credit', table: 'external_credit' } as const;

/** SQL: values of an enrollment of the survivor, one by one, as the plan of a merge shows them. */
const VALUES_OF = (rows: string): string => `
  select b.merge_id, ${COURSE} || case e.key when 'completed_at' then '.completedAt'
    else '.' || e.key end, jsonb_build_array(b.now -> e.key, e.value)
  from (${rows}) b join enrollment r on r.id = b.id cross join lateral jsonb_each(b.old) e
  where e.key <> 'enrolled_at' and b.now -> e.key is distinct from e.value`;

const CHANGES = `
  ${FIELDS('f.stands and f.taken is null')}
  union all
  select i.merge_id, 'identities.' || s.name, jsonb_build_array(i.key -> 'external_id', null)
  from (${images('identity', 'moved')}) i
  join identity n on n.source_id = (i.key ->> 'source_id')::uuid
    and n.external_id = i.key ->> 'external_id' and n.user_id = i.survivor_id
  join source s on s.id = n.source_id
  union all
  select h.merge_id, ${COURSE} || '.status', jsonb_build_array(r.status, null)
  from (${goingHome(ENROLLMENTS)}) h join enrollment r on r.id = h.id
  union all
  select h.merge_id, 'credits', jsonb_build_array(c.n, c.n - count(*))
  from (${goingHome(CREDITS)}) h cross join lateral (select count(*)::int as n from external_credit x
    where x.user_id = h.survivor_id and x.tombstoned_by is null) c
  group by h.merge_id, c.n
  union all
  ${VALUES_OF(unchanged(ENROLLMENTS, true))}
  union all
  select i.merge_id, 'absorbed.' || ${COURSE} || '.status', jsonb_build_array(null, r.status)
  from (${images('enrollment', 'tombstoned')}) i
  join enrollment r on r.id = (i.key ->> 'id')::uuid and r.tombstoned_by = i.merge_id
  union all
  select h.merge_id, 'absorbed.' || ${COURSE} || '.status', jsonb_build_array(null, r.status)
  from (${goingHome(ENROLLMENTS)}) h join enrollment r on r.id = h.id
  union all
  select b.merge_id, 'absorbed.credits', jsonb_build_array(0, count(*))
  from (
    select h.merge_id, h.id from (${goingHome(CREDITS)}) h
    union
    select i.merge_id, r.id from (${images('credit', 'tombstoned')}) i
    join external_credit r on r.id = (i.key ->> 'id')::uuid and r.tombstoned_by = i.merge_id
  ) b group by b.merge_id`;

const KEPT = `
  ${FIELDS('(not f.stands or f.taken is not null)')}
  union all
  ${VALUES_OF(unchanged(ENROLLMENTS, false))}
  union all
  select i.merge_id, 'identities.' || s.name, jsonb_build_array(null, i.key -> 'external_id')
  from (${images('identity', 'moved')}) i
  join source s on s.id = (i.key ->> 'source_id')::uuid
  where not exists (select from identity n where n.source_id = s.id
    and n.external_id = i.key ->> 'external_id' and n.user_id = i.survivor_id)`;

const ENTRIES = `
  with changes as (
    select merge_id, jsonb_object_agg(field, pair) as changes from (${CHANGES}) c group by merge_id
  ), kept as (
    select merge_id, jsonb_object_agg(field, pair) as kept from (${KEPT}) k group by merge_id
  )
  insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, candidates,
    object_id, changes, kept)
  select $1, row_number() over (order by m.problem is not null, m.level, m.place), m.place,
    case when m.problem is null then 'update' when m.problem in ${sqlList(CONFLICTS)} then 'conflict'
      else 'skip' end::plan_action, 'none',
    coalesce(m.problem, 'unmerge'), m.survivor_id, u.version, array[m.absorbed_id], m.merge_id,
    case when m.problem is null then coalesce(c.changes, '{}') end, k.kept
  from unmerging m join "user" u on u.id = m.survivor_id
  left join changes c using (merge_id) left join kept k using (merge_id)`;
