import { CHANGED_COUNTS, CLOSED_STATES, OPEN_STATES } from '../../domain/runs/run';
import type { StoredMessage } from '../../domain/runs/messages';
import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import type { Db } from '../database/db';
import { sqlArray, sqlList } from '../database/sqlList';
import { ownRuns, type OwnRuns } from '../runs/runs';
import { awaitsDecision } from '../runs/settles';
import { IS_MERGED_SINCE, isBrought, sequelsOf, SETTLED } from './sequels';

/** How long a run may wait before it counts as waiting for long. */
const LONG = `interval '10 minutes'`;
/** What stays undone for longer than this is no longer to do; of a list or a system, a newer read ends it. */
const RECENT = `interval '30 days'`;

/** The parts of what waits that a run's own row decides. */
export type OpenPart = 'held' | 'waiting' | 'failed' | 'planned';

/** Runs of one part, the newest first: how many they are, and the first of them. */
export interface OpenRuns {
  readonly count: number;
  readonly ids: readonly string[];
}

/** Runs that wait for something, by part. `limit`: how many ids each part has at most. */
export async function openRuns(
  db: Pick<Db, 'pool'>,
  o: { readonly limit: number; readonly own?: OwnRuns | null },
): Promise<ReadonlyMap<OpenPart, OpenRuns>> {
  const { rows } = await db.pool.query<OpenRuns & { part: OpenPart }>(OPEN, [
    o.limit,
    o.own?.actorId ?? null,
  ]);
  return new Map(rows.map(({ part, ...runs }) => [part, runs]));
}

/** As the index `run_open_idx` says it, so that the finished runs of years are not read. */
const NOT_OVER = `r.state <> all (${sqlArray(CLOSED_STATES)}::run_state[])`;

/** Options of a run that do not say what it does. */
const PLAYED = `array['dryRun', 'expect']`;

/** People that a plan would change. */
const CHANGES = CHANGED_COUNTS.map((name) => `coalesce((r.counts ->> '${name}')::int, 0)`).join(
  ' + ',
);

/** The first rows of a file, and how many of a later file they are looked for in. */
const [FIRST_ROWS, LATER_ROWS] = [100, 1_000];

const firstPeople = (run: string, limit: number): string => `(
    select distinct person from (
      select coalesce(external_id, email_key, login_key) as person
      from staged_row where run_id = ${run}.id order by line limit ${String(limit)}) s
    where person is not null)`;

/**
 * SQL: the file of the run n has the name of the run r's, and is about the same people: two files of one
 * name may have nothing else in common. Of a run that read nobody, the name decides.
 */
const SAME_FILE = `(g.name is not distinct from f.name and (
    select case when count(*) > 0 then 2 * count(later.person) >= count(*)
      else r.state = 'failed' or f.name <> 'stdin' end
    from ${firstPeople('r', FIRST_ROWS)} first
    left join ${firstPeople('n', LATER_ROWS)} later using (person)))`;

/**
 * SQL: a later run does what this one was to do. A list and a system send the same people again; files
 * without a list, bulk changes and undos are repeated as they were.
 */
const REPLACED = (states: string): string => `exists (
    select from run n left join run_file g on g.id = n.file_id
    where n.source_id = r.source_id and n.created_at >= r.created_at and n.id > r.id
      and n.kind = r.kind and ${states}
      and (s.kind in ${sqlList(NAMED_SOURCE_KINDS)}
        or n.undo_of_id is not distinct from r.undo_of_id
          and n.retry_of_id is not distinct from r.retry_of_id
          and (n.file_id is not null and ${SAME_FILE}
            or n.file_id is null and f.id is null and n.options - ${PLAYED} = r.options - ${PLAYED})))`;

/** SQL: the very file of the dry run r was imported since, under whatever name. */
const IMPORTED_SINCE = `exists (
    select from run n join run_file g on g.id = n.file_id
    where n.source_id = r.source_id and n.applied_at >= r.planned_at and n.id <> r.id
      and g.sha256 = f.sha256 and f.bytes > 0)`;

const OPEN = `
  with standing as (
    select r.id, case
        when ${awaitsDecision('r')} then 'held'
        when r.state in ${sqlList(OPEN_STATES)} and r.created_at < now() - ${LONG} then 'waiting'
        when r.forgotten_at is not null or r.created_at < now() - ${RECENT} then null
        when r.state = 'failed' and not r.dry_run
          -- The source says so itself.
          and not (r.kind = 'sync' and coalesce(c.polling in ('quarantined', 'disabled'), false))
          and not ${REPLACED(`n.state in ('done', 'held', 'failed') and not n.dry_run`)} then 'failed'
        when r.state = 'planned' and ${CHANGES} > 0
          and not ${REPLACED(`n.state in ('done', 'held', 'planned')`)}
          and not ${IMPORTED_SINCE} then 'planned'
      end as part
    from run r
    join source s on s.id = r.source_id
    left join connection c on c.source_id = s.id
    left join run_file f on f.id = r.file_id
    where ${NOT_OVER} and ${ownRuns('r', '$2')}
  )
  select part, count(*)::int as count, (array_agg(id order by id desc))[1:$1] as ids
  from standing where part is not null group by part`;

/** An applied run with rows that did not go through and that nobody took care of since. */
export interface FaultyRun {
  readonly id: string;
  /** Rows in error that no retry brought again. */
  readonly errors: number;
  /** Conflicts that nobody resolved. */
  readonly conflicts: number;
}

/** More of them are not looked at: far more than a person goes through. */
const MAX_FAULTY = 500;

/**
 * The applied runs with rows in error or conflict, newest first. What a later complete read of the
 * source was to bring again, what was undone, retried or resolved is left out.
 */
export async function faultyRuns(db: Pick<Db, 'pool'>): Promise<FaultyRun[]> {
  const { rows } = await db.pool.query<FaultyRun>(FAULTY);
  const sequels = await sequelsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.flatMap(({ id, errors, conflicts }) => {
    const after = sequels.get(id);
    if (after === undefined) return [{ id, errors, conflicts }];
    const { undoneBy, mendedBy, settled, brought, broughtConflicts, mergedSince } = after;
    if (undoneBy !== null || mendedBy !== null) return [];
    const open = Math.max(conflicts - settled - broughtConflicts - mergedSince, 0);
    const bad = Math.max(errors - (brought - broughtConflicts), 0);
    return bad + open === 0 ? [] : [{ id, errors: bad, conflicts: open }];
  });
}

/** Before the id of every run. */
const FIRST_ID = `'00000000-0000-0000-0000-000000000000'::uuid`;

const FAULTY = `
  with found as (
    select f.* from source s cross join lateral (
      select r.id, coalesce((r.counts ->> 'error')::int, 0) as errors,
        coalesce((r.counts ->> 'conflict')::int, 0) as conflicts
      from run r left join run_file f on f.id = r.file_id
      where r.source_id = s.id and r.state = 'done'
        and ((r.counts ->> 'error')::int > 0 or (r.counts ->> 'conflict')::int > 0)
        and r.forgotten_at is null
        and r.id >= case when s.kind in ${sqlList(NAMED_SOURCE_KINDS)}
          then coalesce(s.last_good_run_id, ${FIRST_ID}) else ${FIRST_ID} end
        and (s.kind in ${sqlList(NAMED_SOURCE_KINDS)} or r.created_at > now() - ${RECENT}
          and not (r.kind = 'import' and ${REPLACED(`n.state = 'done' and not n.dry_run`)}))
      order by r.id desc limit ${String(MAX_FAULTY)}
    ) f
  )
  select * from found order by id desc limit ${String(MAX_FAULTY)}`;

/** A conflict that nobody resolved. */
export interface OpenConflict {
  readonly runId: string;
  readonly entry: number;
  readonly message: StoredMessage;
}

/** The conflicts of these runs that nobody resolved, the first of the newest run first. */
export async function openConflicts(
  db: Pick<Db, 'pool'>,
  o: { readonly runs: readonly string[]; readonly limit: number },
): Promise<OpenConflict[]> {
  if (o.runs.length === 0) return [];
  const { rows } = await db.pool.query<OpenConflict>(CONFLICTS, [o.runs, o.limit]);
  return rows;
}

/** A conflict without a message of its own is spoken for by that of another row. */
const CONFLICTS = `
  with conflict as (
    select run_id, entry from plan_entry where run_id = any ($1) and action = 'conflict'
    union all
    select run_id, entry from entry_outcome where run_id = any ($1) and action = 'conflict'
  )
  select e.run_id as "runId", e.entry, m.message
  from conflict e
  join plan_entry p on p.run_id = e.run_id and p.entry = e.entry
  left join entry_outcome o on o.run_id = e.run_id and o.entry = e.entry
  cross join lateral (
    select jsonb_build_object('line', m.line, 'column', m."column", 'code', m.code,
      'message', m.message, 'facts', m.facts, 'settled', null) as message
    from run_message m where m.run_id = e.run_id and m.line = p.line
    order by m.code = coalesce(o.reason, p.reason) desc, m.n limit 1
  ) m
  where not exists (
    select from (${SETTLED}) t where t.run_id = e.run_id and t.entry = e.entry)
    and not ${isBrought('e')} and not ${IS_MERGED_SINCE}
  order by e.run_id desc, e.entry limit $2`;

/** How many runs wait behind each of these held runs: recorded ones, and scheduled syncs that were skipped. */
export async function blockedBehind(
  db: Pick<Db, 'pool'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.pool.query<{ id: string; n: number }>(
    `select r.id, (coalesce(c.skipped_syncs, 0) + (
         select count(*) from run w where w.source_id = r.source_id and w.state = 'waiting'))::int as n
     from run r left join connection c on c.source_id = r.source_id
     where r.id = any ($1) and r.blocking`,
    [ids],
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}
