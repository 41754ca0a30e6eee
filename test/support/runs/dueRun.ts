import type { RunDocument } from '../../../domain/runs/runDocument';
import type { Db } from '../../../store/database/db';
import { beginDue } from '../../../store/lifecycle/due';
import { buildPlan } from '../../../store/plan';
import { runDocument } from './documents';
import { applyPlan, start, type PlannedRun } from './storeRun';

/** Plans a recorded due run. */
export async function planDueRun(db: Db, runId: string): Promise<PlannedRun> {
  const fence = await start(db, runId);
  const { held, entries } = await buildPlan(db, { runId, fence });
  return { runId, fence, held, entries };
}

/**
 * What the schedule does at a moment: every run that begins goes to its end; gates are approved.
 */
export async function dueAt(db: Db, now: string): Promise<RunDocument[]> {
  const { runIds } = await beginDue(db, { now: new Date(now) });
  const done: RunDocument[] = [];
  for (const runId of runIds) {
    await applyPlan(db, await planDueRun(db, runId));
    done.push(await runDocument(db, runId));
  }
  return done;
}
