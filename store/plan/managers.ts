import { userKey } from '../../domain/keys';
import { CHANGING_ACTIONS } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { lineOfFile, messageCode, nextNumber } from '../runs/lines';
import type { MatchInput } from './input';

/**
 * Resolves `manager_ref`: a person of the same source by external id (known, or created or linked by
 * this read), else by code, by e-mail or by login; returns whether some are found by the latter two. Leaves `mgr(ref, user_id, line)`: `line` when the manager is created by that
 * row of the read, `user_id` null when no person matches.
 */
export async function resolveManagers(tx: Queryable, o: MatchInput): Promise<boolean> {
  await tx.query(`
    create temp table mgr on commit drop as
    with ref as (
      select distinct manager_ref as ref from work where manager_ref is not null and problem is null
    ), in_read as (
      -- People that this read creates, or links to this id; an id has priority over a code.
      select distinct on (r.ref) r.ref, w.user_id, case when w.user_id is null then w.line end as line
      from ${byNumber(o)} join ref r on r.ref = w.ref
      where w.problem is null and (w.user_id is not null and w.external_id is not null
        or w.user_id is null and ${String(o.create)})
      order by r.ref, w.ref is distinct from w.external_id
    ), known as (
      select r.ref, coalesce(u.merged_into_id, u.id) as user_id
      from ref r
      join identity i on i.source_id = '${o.sourceId}' and i.external_id = r.ref
      join "user" u on u.id = i.user_id
    ), by_code as (
      select r.ref, coalesce(u.merged_into_id, u.id) as user_id
      from ref r join "user" u on u.code = r.ref
    )
    select r.ref,
      coalesce(k.user_id, c.user_id,
        case when c.line is not null then ${newUserId('c.line', o.idPrefix)} end,
        b.user_id) as user_id,
      case when k.user_id is null then c.line end as line
    from ref r
    left join known k on k.ref = r.ref
    left join in_read c on c.ref = r.ref
    left join by_code b on b.ref = r.ref`);
  await tx.query(`analyze mgr`);
  return byEmailOrLogin(tx, o);
}

/** SQL: rows and the numbers that name them; where the key of the list is not the code, a code does, too. */
function byNumber({ key }: MatchInput): string {
  const rows = (ref: string, only = ''): string =>
    `select line, user_id, external_id, problem, ${ref} as ref from work ${only}`;
  if (key === 'code') return `(${rows('coalesce(external_id, code)')}) w`;
  return `(${rows('external_id')} union all ${rows('code', 'where code is distinct from external_id')}) w`;
}

/** References whose keys are computed and looked up at once. */
const MAX_REFS = 20_000;

/**
 * Managers who are named by e-mail or login: as this read says them, else as the users have them. Leaves
 * `mgr_key(ref, key, found)`: the references that are no number, and whether somebody has the key.
 */
async function byEmailOrLogin(tx: Queryable, o: MatchInput): Promise<boolean> {
  await tx.query(`create temp table mgr_key (ref text, key text, found bool) on commit drop`);
  let after = '';
  for (;;) {
    const { rows } = await tx.query<{ ref: string }>(
      `select ref from mgr where user_id is null and ref > $1 order by ref limit ${String(MAX_REFS)}`,
      [after],
    );
    const refs = rows.map(({ ref }) => ref);
    if (refs.length > 0) {
      await tx.query(
        `insert into mgr_key select ref, key, false from unnest($1::text[], $2::text[]) r(ref, key)`,
        [refs, refs.map(userKey)],
      );
    }
    after = refs[refs.length - 1] ?? after;
    if (refs.length < MAX_REFS) break;
  }
  if (after === '') return false;
  const { rowCount } = await tx.query(`
    with in_read as (
      select distinct on (r.ref) r.ref, w.user_id, case when w.user_id is null then w.line end as line, k.n
      from mgr_key r
      join work w on w.problem is null and (w.user_id is not null or ${String(o.create)})
      cross join lateral (values (1, w.email_key), (2, w.login_key)) k(n, key)
      where k.key = r.key
      order by r.ref, k.n
    ), known as (
      select distinct on (ref) ref, user_id, n from (
        select r.ref, coalesce(u.merged_into_id, u.id) as user_id, 1 as n
        from mgr_key r join "user" u on u.email_key = r.key
        union all
        select r.ref, coalesce(u.merged_into_id, u.id), 2 from mgr_key r join "user" u on u.login_key = r.key
      ) held order by ref, n
    ), found as (
      -- An e-mail goes before a login, and what this read says before what stands.
      select ref, coalesce(user_id, ${newUserId('line', o.idPrefix)}) as user_id, line
      from (
        select distinct on (ref) * from (
          select ref, user_id, line, n, 1 as m from in_read
          union all select ref, user_id, null, n, 2 from known
        ) both_ways order by ref, n, m
      ) first
    ), marked as (
      update mgr_key k set found = true from found f where f.ref = k.ref
    )
    update mgr m set user_id = f.user_id, line = f.line from found f where f.ref = m.ref`);
  if ((rowCount ?? 0) === 0) return false;
  await tx.query(`analyze mgr`);
  return true;
}

/**
 * The id of the user that a row creates: the run's prefix, then the line in 8 hex digits. Derived,
 * so that nothing is stored or generated for each row, and ascending, so that every insert into the index
 * goes to its right edge.
 */
export function newUserId(line: string, idPrefix: string): string {
  return `('${idPrefix}' || lpad(to_hex(${line}), 8, '0'))::uuid`;
}

/**
 * A message for every person who, once the plan is applied, is among their own managers: the cycle,
 * the fact that it is set all the same, and how to break it.
 * Only people who lead somebody, and whose own manager changes, can close a cycle: they are few.
 * From them the path upwards is doubled: to the manager's manager, to that one's manager's manager, …; a
 * person whose path ends drops out. Four or five short joins for a company; 15 for a chain of 20,000, where
 * a walk from each person would take hours.
 */
export async function reportManagerCycles(tx: Queryable, runId: string): Promise<void> {
  await tx.query(MOVED_LEADERS(runId));
  await addStanding(tx, runId);
  // With an estimate of a million rows, Postgres would build a hash table of 256 MB: 0.3 s at any size.
  await tx.query(`analyze moved_leader`);
  await tx.query(WAY_UP);
  const { rows } = await tx.query<{ people: number }>(`select count(*)::int as people from way_up`);
  const people = rows[0]?.people ?? 0;
  for (let steps = 1, left = people; left > 0 && steps <= people; steps *= 2) {
    const { rowCount } = await tx.query(`
      create temp table twice_up on commit drop as
      select a.user_id, b.at from way_up a join way_up b on b.user_id = a.at`);
    left = rowCount ?? 0;
    await tx.query(`drop table way_up; alter table twice_up rename to way_up; analyze way_up`);
  }
  // A person who still has a path after as many steps as there are people is on a cycle, or leads to one.
  // The person they have reached is on a cycle, and every person of each cycle is reached.
  if (people > 0) await tx.query(TOLD(runId));
}

/** Members of a cycle that a message names, besides the person itself. */
const MAX_NAMED = 5;

/** The people on the cycle, each seen from their own line. */
const TOLD = (runId: string): string => `
  with recursive circle as materialized (
    select c.user_id, l.line, l.stands,
      case when l.user_id is not null then l.manager_id else u.manager_id end as up,
      left(coalesce(u.code, s.code, s.external_id, u.login, c.user_id::text), 60) as who
    from (select distinct at as user_id from way_up) c
    left join moved_leader l on l.user_id = c.user_id
    left join "user" u on u.id = c.user_id
    left join staged_row s on s.run_id = '${runId}' and s.line = l.line and u.id is null
  ), walk as (
    select user_id as start, up as at, 0 as steps, '[]'::jsonb as names from circle
    where line is not null
    union all
    select w.start, c.up, w.steps + 1, w.names || jsonb_build_array(jsonb_strip_nulls(
      jsonb_build_object('who', c.who, 'line', ${lineOfFile('c.line')})))
    from walk w join circle c on c.user_id = w.at
    where w.at <> w.start and w.steps < ${String(MAX_NAMED)}
  ), round as (
    select distinct on (w.start) c.line, c.who, c.stands, w.names, w.at <> w.start as more,
      case when c.who ~ '^[[:alnum:]][[:alnum:]._@-]*$' then c.who else c.user_id::text end as named
    from walk w join circle c on c.user_id = w.start
    order by w.start, w.steps desc
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + row_number() over (order by o.line),
    ${lineOfFile('o.line')}, coalesce(r.headers ->> 'manager', 'manager'),
    case when stands then ${messageCode('manager_cycle_stands')}
      else ${messageCode('manager_cycle')} end,
    jsonb_build_object('who', who, 'named', named, 'circle', names, 'more', more)
  from round o join run r on r.id = '${runId}'`;

/**
 * People who were on a cycle in the last import of this source, and whose manager stays: reported again
 * while the cycle exists. Reads only the people of the earlier messages.
 */
async function addStanding(tx: Queryable, runId: string): Promise<void> {
  const { rowCount } = await tx.query(`
    create temp table standing on commit drop as
    select distinct u.id as user_id, u.manager_id, i.external_id
    from run r
    join source s on s.id = r.source_id
    join run q on q.source_id = r.source_id and q.id >= s.last_good_run_id and q.approved_at is not null
    join run_message m on m.run_id = q.id and m.code in (
      ${messageCode('manager_cycle')}, ${messageCode('manager_cycle_stands')})
    join staged_row t on t.run_id = m.run_id and t.line = m.line
    join identity i on i.source_id = r.source_id and i.external_id = t.external_id
    join "user" u on u.id = i.user_id and u.manager_id is not null
    where r.id = '${runId}' and not exists (select from plan_entry p
      where p.run_id = r.id and p.user_id = u.id and p.action <> 'create' and p.changes ? 'manager')`);
  if ((rowCount ?? 0) === 0) return;
  await tx.query(`
    insert into moved_leader
    select distinct on (g.user_id) g.user_id, n.line, g.manager_id, true
    from standing g join staged_row n on n.run_id = '${runId}' and n.external_id = g.external_id
    order by g.user_id, n.line`);
}

const MOVED_LEADERS = (runId: string): string => `
  create temp table moved_leader on commit drop as
  with changed as (
    select p.user_id, p.line, p.action,
      case when p.action = 'create' then p.manager_id
        else (p.changes -> 'manager' ->> 1)::uuid end as manager_id
    from plan_entry p
    where p.run_id = '${runId}' and p.action in ${sqlList(CHANGING_ACTIONS)}
      and (p.action = 'create' and p.manager_id is not null or p.changes ? 'manager')
  ), leads as (
    select distinct manager_id as id from changed where manager_id is not null
  )
  select user_id, line, manager_id, false as stands from changed where user_id in (select id from leads)
  union
  select c.user_id, c.line, c.manager_id, false
  from changed c join "user" led on led.manager_id = c.user_id
  where c.action <> 'create'`;

/** Every person on a path upwards from them, with the manager that they have after the plan. */
const WAY_UP = `
  create temp table way_up on commit drop as
  with recursive person as (
    select user_id, manager_id as at from moved_leader where manager_id is not null
    union
    select p.at, case when l.user_id is not null then l.manager_id else u.manager_id end
    from person p
    left join moved_leader l on l.user_id = p.at
    left join "user" u on u.id = p.at
    where p.at is not null
  )
  select user_id, at from person where at is not null`;
