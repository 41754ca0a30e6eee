import { applyBatch } from '../../store/apply';
import { transaction, type Db } from '../../store/database/db';
import { takeFence } from '../../store/database/fence';
import { claim } from '../../store/lifecycle/claim';
import { finish } from '../../store/lifecycle/finish';
import { buildPlan } from '../../store/plan';
import { analyzeRows } from '../../store/reads/staging';
import { createRun } from '../../store/runs/runs';
import { MERGES_SOURCE_ID, OWNER_ID } from '../../store/sources/sources';
import type { PairsToAdd } from './people';

/** A run of merges that is planned. */
export interface PlannedMerges {
  readonly runId: string;
  readonly fence: bigint;
}

/** Stages and plans the merges of these pairs. */
export async function planPairs(db: Db, o: PairsToAdd): Promise<PlannedMerges> {
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'merge',
      subject: 'merges',
      sourceId: MERGES_SOURCE_ID,
      actorId: OWNER_ID,
      options: { expect: o.pairs },
      dryRun: false,
    }),
  );
  const fence = await takeFence(db, runId);
  await claim(db, { runId, fence });
  await db.pool.query(
    `insert into staged_row (run_id, line, user_ref, other_ref, record)
     select $1, n, s, a, jsonb_build_object('userKey', s, 'otherKey', a, 'take', '{}'::jsonb)
     from generate_series($2::int, $2::int + $3::int - 1) n,
       lateral (select '${o.prefix}s' || n as s, '${o.prefix}a' || n as a) p`,
    [runId, o.first ?? 1, o.pairs],
  );
  await transaction(db, (tx) => analyzeRows(tx, runId));
  await db.pool.query(`update run set rows = $2, staged_at = now() where id = $1`, [
    runId,
    o.pairs,
  ]);
  await buildPlan(db, { runId, fence });
  return { runId, fence };
}

/** Applies a planned run; the seconds of each transaction that merges pairs. */
export async function applyTimed(db: Db, run: PlannedMerges): Promise<number[]> {
  const times: number[] = [];
  for (;;) {
    const start = process.hrtime.bigint();
    const { done } = await applyBatch(db, { ...run, maxEntries: 1000, undoDays: 90 });
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
    if (done) break;
  }
  await finish(db, { ...run, state: 'done', undoDays: 90 });
  return times;
}
