import type { RunDocument } from '../../../domain/runs/runDocument';
import { transaction, type Db } from '../../../store/database/db';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { createRun } from '../../../store/runs/runs';
import { MERGES_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { runDocument } from '../runs/documents';
import { applyPlan, start, type PlannedRun } from '../runs/storeRun';
import { mergeUsers, type PairSeed } from './pairs';

/** Merges that a run takes back: one, or all of a run. */
export type Unmerge = ({ readonly merge: string } | { readonly run: string }) & {
  readonly dryRun?: boolean;
};

/** Plans a run that takes merges back. */
export async function planUnmerge(db: Db, o: Unmerge): Promise<PlannedRun> {
  const dryRun = o.dryRun === true;
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      subject: 'merges',
      sourceId: MERGES_SOURCE_ID,
      actorId: OWNER_ID,
      dryRun,
      ...('merge' in o
        ? { kind: 'merge', options: { unmerge: o.merge, expect: 1 } }
        : { kind: 'undo', undoOfId: o.run, options: { expect: null } }),
    }),
  );
  const fence = await start(db, runId);
  const { held, entries } = await buildPlan(db, { runId, fence });
  if (dryRun) await finish(db, { runId, fence, state: 'planned', undoDays: 90 });
  return { runId, fence, held, entries };
}

/** Takes merges back. */
export async function unmerge(db: Db, o: Unmerge): Promise<RunDocument> {
  const run = await planUnmerge(db, o);
  if (o.dryRun !== true) await applyPlan(db, run);
  return runDocument(db, run.runId);
}

/** Merges one pair; returns the merge. */
export async function mergePair(
  db: Db,
  o: {
    readonly survivor: string;
    readonly absorbed: string;
    readonly take?: PairSeed['take'];
  },
): Promise<{ readonly id: string; readonly runId: string }> {
  const pair = { survivor: o.survivor, redundant: o.absorbed, ...(o.take && { take: o.take }) };
  const { runId } = await mergeUsers(db, { pairs: [pair] });
  const { rows } = await db.pool.query<{ id: string }>(`select id from merge where run_id = $1`, [
    runId,
  ]);
  const [merge] = rows;
  if (merge === undefined) throw new Error(`run ${runId} merged nobody`);
  return { id: merge.id, runId };
}

/** What an entry of a plan says. */
export interface UnmergeEntry {
  readonly action: string;
  readonly reason: string | null;
  readonly changes: Readonly<Record<string, unknown>> | null;
  readonly kept: Readonly<Record<string, unknown>> | null;
}

/** The entries of a run, with what became of them. */
export async function entriesOf(db: Db, runId: string): Promise<UnmergeEntry[]> {
  const { rows } = await db.pool.query<UnmergeEntry>(
    `select coalesce(o.action, p.action) as action, coalesce(o.reason, p.reason) as reason, p.changes, p.kept
     from plan_entry p left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
     where p.run_id = $1 order by p.entry`,
    [runId],
  );
  return rows;
}
