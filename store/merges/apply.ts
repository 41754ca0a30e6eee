import { DatabaseError } from 'pg';
import { sqlStateOf } from '../../domain/passing';
import type { PairProblem } from '../../domain/merges/rules';
import type { Upcoming } from '../apply/applier';
import type { BatchRange } from '../apply/batch';
import type { Tx } from '../database/db';
import { some } from '../database/some';
import { recordMerges } from './events';
import { lockCampaigns } from './letters';
import { userPrint } from './prints';
import { reportChanged } from './reports';
import { mergePairs } from './write';

/** The most pairs of one transaction. */
const MAX_PAIRS = 200;

/** A batch never holds a user twice: it ends with the pairs of its level. */
export async function lastOfBatch(tx: Tx, o: Upcoming): Promise<number> {
  const { rows } = await tx.query<{ last: number | null }>(
    `with upcoming as materialized (
       select entry, changes #>> '{merging,level}' as level from plan_entry
       where run_id = $1 and entry > $2 and entry <= $3
     ), first as (
       select level from upcoming order by entry limit 1
     )
     select coalesce(min(u.entry) filter (where u.level is distinct from f.level) - 1, max(u.entry)) as last
     from upcoming u, first f`,
    [o.runId, o.from, Math.min(o.to, o.from + Math.min(o.maxEntries, MAX_PAIRS))],
  );
  return rows[0]?.last ?? o.to;
}

/**
 * Merges the pairs of a batch. Each pair is merged as it was planned, or not at all: where one of its users,
 * their enrollments, credits or identities changed since, it ends as a conflict.
 *
 * Users are locked first, in the order of their ids and `for update`: only that waits for writers of rows that
 * refer to them (they hold `for key share`). What is judged and moved is read by later statements, which see
 * what those writers committed.
 */
export async function applyMerges(tx: Tx, o: BatchRange): Promise<void> {
  const { rowCount } = await tx.query(BATCH(o));
  if ((rowCount ?? 0) > 0) {
    await tx.query('analyze merge_batch (entry, survivor, absorbed)');
    await lockCampaigns(tx);
    await tx.query(LOCKS.join('; '));
    await tx.query(JUDGE);
    if (o.careful) await mergeOneByOne(tx, o);
    else await mergePairs(tx, { range: o, entries: null });
    if (await some(tx, `select from merge_batch where problem is not null`)) {
      await tx.query(OUTCOMES(o));
      await tx.query(MERGED_BEFORE(o));
      await reportChanged(tx, o.runId);
    }
    if (await some(tx, `select from merge_batch where next is not null`))
      await tx.query(PASS_ON(o));
    await recordMerges(tx, o);
  }
  await tx.query('drop table merge_batch');
}

const BATCH = (o: BatchRange): string => `
  create temp table merge_batch on commit drop as
  select p.entry, p.line, p.user_id as survivor, p.candidates[1] as absorbed, p.object_id as merge_id,
    coalesce(s.record -> 'take', '{}') as take, s.record ->> 'reason' as reason,
    p.changes #>> array['merging', 'prints', p.user_id::text] as survivor_print,
    p.changes #>> array['merging', 'prints', p.candidates[1]::text] as absorbed_print,
    (p.changes #>> '{merging,next}')::int as next, null::text as problem,
    null::jsonb as written
  from plan_entry p
  join staged_row s on s.run_id = p.run_id and s.line = p.line
  where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
    and p.action = 'update' and p.reason = 'merge' and ${o.decided}`;

/**
 * The order of every writer, after the campaigns: users, the users that these absorbed, identities. Enrollments
 * and credits need no locks of their own, because their writers hold a lock of the user first.
 */
const LOCKS = [
  `select from "user" u
   where u.id in (select survivor from merge_batch union all select absorbed from merge_batch)
   order by u.id for update`,
  `select from "user" u where u.merged_into_id in (select absorbed from merge_batch)
   order by u.id for update`,
  `select from identity i
   where i.user_id in (select survivor from merge_batch union all select absorbed from merge_batch)
   order by i.source_id, i.external_id for update`,
];

function problem(name: PairProblem): string {
  return `'${name}'`;
}

/** What keeps a pair from being merged now; null: nothing does. */
const JUDGE = `
  update merge_batch b set problem = case
      when a.merged_into_id = s.id or a.merged_into_id = s.merged_into_id then ${problem('merged_already')}
      when s.merged_into_id = a.id then ${problem('merged_elsewhere')}
      when b.survivor_print is distinct from ${userPrint('b.survivor')}
        or b.absorbed_print is distinct from ${userPrint('b.absorbed')} then ${problem('changed_since')}
      when s.status <> a.status and not b.take ? 'status' then ${problem('status_differs')} end
  from "user" s, "user" a
  where s.id = b.survivor and a.id = b.absorbed`;

/** Merges each pair for itself; one that the database refuses ends as a conflict. */
async function mergeOneByOne(tx: Tx, o: BatchRange): Promise<void> {
  const { rows } = await tx.query<{ entry: number }>(
    `select entry from merge_batch where problem is null order by entry`,
  );
  for (const { entry } of rows) {
    await tx.query('savepoint pair');
    try {
      await mergePairs(tx, { range: o, entries: [entry] });
      // What is judged at commit is judged here, where it is known which pair it is about.
      await tx.query('set constraints all immediate');
      await tx.query('set constraints all deferred');
      await tx.query('release savepoint pair');
    } catch (error) {
      await tx.query('rollback to savepoint pair');
      if (!REFUSALS.has(sqlStateOf(error) ?? '')) throw error;
      await tx.query(`update merge_batch set problem = $2 where entry = $1`, [entry, why(error)]);
    }
  }
}

function why(error: unknown): PairProblem {
  const owner = error instanceof DatabaseError && error.constraint === 'admin_keeps_an_owner';
  return owner ? 'last_owner' : 'changed_since';
}

/** A unique key, a reference or a check that does not hold. */
const REFUSALS = new Set(['23505', '23503', '23514']);

const OUTCOMES = (o: BatchRange): string => `
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}', entry,
    case when problem = ${problem('merged_already')} then 'skip' else 'conflict' end::plan_action,
    problem, '{}'
  from merge_batch where problem is not null`;

/** The entry of a pair that another run has merged names that merge. */
const MERGED_BEFORE = (o: BatchRange): string => `
  update plan_entry p set object_id = m.id
  from merge_batch b join merge m on m.absorbed_id = b.absorbed and m.unmerged_at is null
  where b.problem = ${problem('merged_already')} and p.run_id = '${o.runId}' and p.entry = b.entry`;

/**
 * A later pair of this run with the same user is judged by what this one left. Where this one was not merged,
 * by what it was judged by itself. Both users of a later pair may come from this batch, so its row is written
 * once with all of them: an update from several rows takes one of them.
 */
const PASS_ON = (o: BatchRange): string => `
  with left_by as (
    select b.next, jsonb_object_agg(b.survivor,
      case when b.problem is null then ${userPrint('b.survivor')} else b.survivor_print end) as prints
    from merge_batch b where b.next is not null
    group by b.next
  )
  update plan_entry p set
    changes = jsonb_set(p.changes, '{merging,prints}', p.changes #> '{merging,prints}' || l.prints)
  from left_by l where p.run_id = '${o.runId}' and p.entry = l.next`;
