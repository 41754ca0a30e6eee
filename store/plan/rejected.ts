import type { Queryable } from '../database/db';
import { collectRejected, REJECTABLE } from '../lifecycle/rejections';
import { messageCode, nextNumber } from '../runs/lines';

interface RejectedInput {
  readonly runId: string;
  readonly sourceId: string;
  readonly retryOfId: string | null;
  /** The run applies rows of `retryOfId` that an admin resolved. */
  readonly resolves: boolean;
}

/** How many runs a message and a gate name. */
const MAX_RUNS = 3;

/**
 * Marks the entries that do what a person rejected for this source before (gate
 * `rejected_before`), and says so. Called only where the source has rejections. The run that applies rows
 * which an admin resolved is not measured by what that resolution itself took out of the plan.
 */
export async function markRejected(tx: Queryable, run: RejectedInput): Promise<void> {
  const but = run.resolves && run.retryOfId !== null ? `and x.run_id <> '${run.retryOfId}'` : '';
  await collectRejected(tx, `where x.source_id = '${run.sourceId}' ${but}`);
  const { rowCount } = await tx.query(MARK, [run.runId]);
  if ((rowCount ?? 0) > 0) await tx.query(tell(run.runId));
}

const MARK = `
  update plan_entry e set rejected_in = again.run_id
  from (
    select p.entry, (array_agg(x.run_id order by x.run_id desc))[1] as run_id
    from rejected_person x
    join plan_entry p on p.run_id = $1 and p.user_id = x.survivor and p.action <> 'create'
    cross join lateral ${REJECTABLE} w
    where w.what = x.what
      and (x.what in ('deactivate', 'reactivate') or w.value is not distinct from x.value)
    group by p.entry
  ) again
  where e.run_id = $1 and e.entry = again.entry`;

const tell = (runId: string): string => `
  with again as (
    select rejected_in as run, count(*)::int as n,
      (count(*) filter (where action = 'deactivate'))::int as deactivations,
      (count(*) filter (where action = 'reactivate'))::int as reactivations
    from plan_entry where run_id = '${runId}' and rejected_in is not null group by 1
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + 1, null, null, ${messageCode('rejected_before')},
    jsonb_build_object('run', '${runId}', 'people', sum(n), 'deactivations', sum(deactivations),
      'reactivations', sum(reactivations),
      'runs', to_jsonb((array_agg(run order by run desc))[1:${String(MAX_RUNS)}]), 'more', count(*) > ${String(MAX_RUNS)})
  from again`;

/** What the gate counts: entries, one for each person, and the runs of the rejections, newest first. */
export async function countRejected(
  tx: Queryable,
  runId: string,
): Promise<{ readonly count: number; readonly runs: readonly string[] }> {
  const { rows } = await tx.query<{ count: number; runs: string[] }>(
    `select coalesce(sum(n), 0)::int as count,
       coalesce((array_agg(rejected_in order by rejected_in desc))[1:${String(MAX_RUNS)}], '{}') as runs
     from (
       select rejected_in, count(*) as n from plan_entry
       where run_id = $1 and rejected_in is not null group by 1
     ) again`,
    [runId],
  );
  return rows[0] ?? { count: 0, runs: [] };
}
