import { EDITED_COUNTS } from '../../domain/runs/run';
import type { Db, Queryable } from '../database/db';
import { sqlArray } from '../database/sqlList';
import { isOfFile, messageCode } from '../runs/lines';

/** An undo that reverted something: one that came too late for everything undid nothing. */
const undid = (run: string): string => `${run}.state = 'done' and exists (
    select from unnest(${sqlArray(EDITED_COUNTS)}) c(name)
    where (${run}.counts ->> c.name)::int > 0)`;

/** Undos of undos that {@link isUndone} follows. */
const MAX_DEPTH = 6;

/** SQL: the run (by its alias) was undone, and its undo was not: see {@link undoneBy}. */
export function isUndone(run: string, depth = 1): string {
  const undo = `undo_${String(depth)}`;
  return `exists (select from run ${undo} where ${undo}.undo_of_id = ${run}.id and ${undid(undo)}
    ${depth < MAX_DEPTH ? `and not ${isUndone(undo, depth + 1)}` : ''})`;
}

/**
 * The run that undid each of these: its newest undo that was not itself undone. Runs whose effect
 * is still in force are not in the answer.
 */
export async function undoneBy(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ id: string; of: string }>(
    `with recursive undo as (
       select r.id, r.undo_of_id from run r where r.undo_of_id = any ($1) and ${undid('r')}
       union all
       select r.id, r.undo_of_id from undo u join run r on r.undo_of_id = u.id where ${undid('r')}
     )
     select id, undo_of_id as of from undo order by id desc`,
    [ids],
  );
  // An undo is younger than what it undoes: newest first, each is judged before its run is.
  const by = new Map<string, string>();
  for (const { id, of } of rows) if (!by.has(id) && !by.has(of)) by.set(of, id);
  return by;
}

/**
 * Conflicts of runs that an admin resolved, one by one or many at once, an entry once: left out, or
 * applied by a run in which the row went through and that is not undone. `how`: a `Settlement`. `runs`: SQL that ends
 * `run_id = …`.
 */
export function settledOf(runs: string): string {
  return `
  select distinct on (d.run_id, e.entry) d.run_id, e.entry,
    jsonb_build_object('by', a.name, 'run', f.id,
      'as', case when d.detail ->> 'as' in ('skip', 'create') then d.detail ->> 'as' else 'user' end,
      'user', coalesce(u.code, e.user_id::text)) as how
  from decision d
  join admin a on a.id = d.actor_id
  left join run f on f.id = (d.detail ->> 'followUp')::uuid
  cross join lateral (
    select (d.detail ->> 'entry')::int as entry, (d.detail ->> 'userId')::uuid as user_id,
      coalesce((f.counts ->> 'conflict')::int, 0) + coalesce((f.counts ->> 'error')::int, 0) = 0 as went
    where d.detail ? 'entry'
    union all
    select p.entry, p.candidates[1], not exists (select from plan_entry q
      where q.run_id = f.id and q.line = p.line and q.action <> 'create'
        and q.action in ('conflict', 'error'))
    from jsonb_array_elements(d.detail -> 'entries') n(entry)
    join plan_entry p on p.run_id = d.run_id and p.entry = n.entry::int and p.action = 'conflict'
  ) e
  left join "user" u on u.id = e.user_id
  where d.run_id = ${runs} and d.kind = 'resolve'
    and (d.detail ->> 'as' = 'skip' or f.state = 'done' and e.went and not ${isUndone('f')})
  order by d.run_id, e.entry, d.created_at desc`;
}

/** {@link settledOf} the runs whose ids are `$1`. */
export const SETTLED = settledOf('any ($1)');

/** What came after a run. */
export interface Sequels {
  readonly undoneBy: string | null;
  /** Conflicts that an admin resolved. */
  readonly settled: number;
  /** The newest retry, where the retries that stand had as many different rows as did not go through. */
  readonly mendedBy: string | null;
  /** Rows that did not go through and that such retries brought again; of these, conflicts. */
  readonly brought: number;
  readonly broughtConflicts: number;
  /** Conflicts of merges whose two people were merged since. */
  readonly mergedSince: number;
}

export const NO_SEQUELS: Sequels = {
  ...{ undoneBy: null, settled: 0, mendedBy: null, brought: 0, broughtConflicts: 0 },
  mergedSince: 0,
};

/** SQL: the rows of a retry's own file; the others are of people whose managers come with it. */
const OWN_ROWS = `(r.rows - coalesce((select (m.facts ->> 'people')::int from run_message m
  where m.run_id = r.id and m.code = ${messageCode('managers_came')}), 0))`;

/** SQL: what names the person of a staged row, or both people of a pair. */
const named = (row: string): string =>
  `coalesce(${row}.external_id, ${row}.email_key, ${row}.login_key,
    case when ${row}.other_ref is not null then concat(${row}.user_ref, chr(10), ${row}.other_ref) end)`;

/** SQL: how many rows that differ in what names their person these runs (their ids) read. */
const differentRows = (ids: string): string => `(
  select count(distinct coalesce(${named('s')}, s.run_id || '/' || s.line))
  from staged_row s where s.run_id = any (${ids}) and ${isOfFile('s.line')})`;

/** SQL: the run `r` is a retry that stands. A follow-up of one resolved row is no retry of a corrected file. */
const STANDS = `(r.state = 'done' and not ${isUndone('r')} and not exists (
  select from decision d where d.run_id = r.retry_of_id and d.detail ->> 'followUp' = r.id::text))`;

/** SQL: a retry that stands has a row of the person of the conflict `conflict` (`run_id`, `entry`). */
export function isBrought(conflict: string): string {
  return `exists (
    select from plan_entry c
    join staged_row s on s.run_id = c.run_id and s.line = c.line
    join run r on r.retry_of_id = c.run_id and ${STANDS}
    join staged_row x on x.run_id = r.id and ${isOfFile('x.line')} and ${named('x')} = ${named('s')}
    where c.run_id = ${conflict}.run_id and c.entry = ${conflict}.entry)`;
}

/** SQL: the two people of the conflict `p` (an entry of a run of merges) were merged after that run began. */
export const IS_MERGED_SINCE = `exists (
  select from run r join merge m on m.merged_at > r.created_at
    and (m.survivor_id = p.user_id and m.absorbed_id = any (p.candidates)
      or m.absorbed_id = p.user_id and m.survivor_id = any (p.candidates))
  where r.id = p.run_id and r.kind = 'merge')`;

/** The {@link Sequels} of those runs that have any. */
export async function sequelsOf(
  db: Pick<Db, 'pool'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Sequels>> {
  const undone = await undoneBy(db.pool, ids);
  const { rows } = await db.pool.query<Omit<Sequels, 'undoneBy'> & { id: string }>(
    `with settled as (
       select s.run_id as id, count(*)::int as n from (${SETTLED}) s
       join plan_entry p on p.run_id = s.run_id and p.entry = s.entry group by s.run_id
     ), retried as (
       select r.retry_of_id as id, r.id as by, ${OWN_ROWS} as rows, r.forgotten_at from run r
       where r.retry_of_id = any ($1) and ${STANDS}
     ), brought as (
       select id, max(by::text)::uuid as by,
         -- A row that several retries brought counts once.
         case when count(*) = 1 or bool_or(forgotten_at is not null) then sum(rows)
           else ${differentRows('array_agg(by)')} end as rows
       from retried group by id
     ), again as (
       select p.run_id as id, count(*)::int as n from plan_entry p
       where p.run_id in (select id from brought) and p.action = 'conflict' and ${isBrought('p')}
         and (p.run_id, p.entry) not in (select run_id, entry from (${SETTLED}) s)
       group by p.run_id
     ), merged as (
       select p.run_id as id, count(*)::int as n from run r
       join plan_entry p on p.run_id = r.id
       left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
       where r.id = any ($1) and r.kind = 'merge' and coalesce(o.action, p.action) = 'conflict'
         and ${IS_MERGED_SINCE}
         and (p.run_id, p.entry) not in (select run_id, entry from (${SETTLED}) s)
         and not (p.action = 'conflict' and ${isBrought('p')})
       group by p.run_id
     )
     select r.id, coalesce(s.n, 0) as settled, coalesce(b.rows, 0)::int as brought,
       coalesce(a.n, 0) as "broughtConflicts", coalesce(m.n, 0) as "mergedSince",
       case when b.rows >= coalesce((r.counts ->> 'error')::int, 0)
         + coalesce((r.counts ->> 'conflict')::int, 0) - coalesce(s.n, 0) then b.by end as "mendedBy"
     from run r left join settled s using (id) left join brought b using (id)
       left join again a using (id) left join merged m using (id)
     where r.id = any ($1)
       and coalesce((r.counts ->> 'error')::int, 0) + coalesce((r.counts ->> 'conflict')::int, 0) > 0`,
    [ids],
  );
  const found = new Map<string, Sequels>(
    [...undone].map(([id, by]) => [id, { ...NO_SEQUELS, undoneBy: by }]),
  );
  for (const { id, ...faulty } of rows) {
    found.set(id, { ...faulty, undoneBy: undone.get(id) ?? null });
  }
  return found;
}
