import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { EndState, StoredRunState } from '../domain/runs/run';
import type { RunCounts } from '../domain/runs/runDocument';
import * as activities from './proxies';
import { RunExecution, type RunInput, Stopped } from './execution';
import { codeOf, endedRun, failureTypeOf } from './failures';

/** What a run's workflow returns; the document of the run is in the database. */
export interface RunResult {
  readonly state: StoredRunState;
  readonly counts: Partial<RunCounts> | null;
}

export interface RunShape {
  /** What the run reads first: its stored file, pages of a polled source, or nothing. */
  readonly reads: 'file' | 'pages' | 'nothing';
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * The one way that every run goes: take the source's slot, read, plan, hold or apply, report.
 *
 * No step here remembers what an earlier one did: each reads the run row. So the same workflow with
 * the same input begins a run, carries out `runs apply` of a dry run, and goes on after a
 * termination (`runs resume`). Ends as `failed` with a failure that carries only code and run id.
 */
export async function reconcile(input: RunInput, shape: RunShape): Promise<RunResult> {
  const run = new RunExecution(input);
  try {
    return await toItsEnd(run, shape);
  } catch (error) {
    // Not an activity's failure: continue-as-new, a cancellation, or a fault of this code, which
    // fails only the workflow task: Temporal repeats it until a corrected worker comes.
    // fails the workflow task only: Temporal repeats it until a mended worker comes.
    if (!(error instanceof ActivityFailure)) throw error;
    return CancellationScope.nonCancellable(() => fail(run, error));
  }
}

async function toItsEnd(run: RunExecution, shape: RunShape): Promise<RunResult> {
  try {
    return await work(run, shape);
  } catch (error) {
    if (error instanceof Stopped) {
      return CancellationScope.nonCancellable(() => finish(run, error.state));
    }
    if (isCancellation(error)) return CancellationScope.nonCancellable(() => cancel(run));
    throw error;
  }
}

async function work(run: RunExecution, shape: RunShape): Promise<RunResult> {
  if (run.beginsHeld) {
    await run.untilApproved();
    return apply(run);
  }

  const opened = await open(run);
  if (opened.finished) return end(run, { state: opened.state, counts: null });
  if (opened.state === 'held') return run.hold(opened.held);

  if (!(await claim(run))) return finishedElsewhere(run);
  if (shape.reads === 'file') await read(run);
  if (shape.reads === 'pages') await readAll(run);
  return plan(run);
}

async function open(run: RunExecution): Promise<Awaited<ReturnType<typeof activities.openRun>>> {
  const { runId } = run;
  const opened = await run.patient(() => activities.openRun({ runId }));
  // This state is only shown: `running` comes with the slot.
  const state = opened.state === 'held' || opened.finished ? opened.state : 'waiting';
  run.identify({ runId, kind: opened.kind, source: opened.source }, state);
  return opened;
}

/** Waits for the source's slot; false when the run was ended from elsewhere in the meantime. */
async function claim(run: RunExecution): Promise<boolean> {
  const { runId } = run;
  for (let round = 0; ; round += 1) {
    await run.edge();
    const { outcome } = await run.interruptible(() => activities.claimRun({ runId }));
    if (outcome === 'finished') return false;
    if (outcome === 'claimed') {
      run.show({ state: 'running' });
      return true;
    }
    run.show({ state: 'waiting', phase: 'waiting' });
    await run.wokenWithin(Math.min(FIRST_WAIT_MS * 2 ** Math.min(round, 10), LONGEST_WAIT_MS));
    await run.edge();
    await run.breathe();
  }
}

async function read(run: RunExecution): Promise<void> {
  await run.edge();
  run.show({ phase: 'reading' });
  const { rows } = await run.interruptible(() => activities.stageFile({ runId: run.runId }));
  run.show({ rows });
}

/**
 * Reads pages, a minute at a time. When the source must not be called for a while, the wait happens
 * here, so that the worker's slot is free.
 */
async function readAll(run: RunExecution): Promise<void> {
  const { runId } = run;
  for (;;) {
    await run.edge();
    run.show({ phase: 'reading' });
    const { done, rows, waitUntil } = await run.interruptible(() =>
      activities.readPages({ runId }),
    );
    run.show({ rows });
    if (done) return;
    if (waitUntil !== null) await run.wokenWithin(Math.max(0, waitUntil - Date.now()));
    await run.edge();
    await run.breathe();
  }
}

async function plan(run: RunExecution): Promise<RunResult> {
  const { runId } = run;
  await run.edge();
  run.show({ phase: 'planning' });
  const built = await run.interruptible(() => activities.buildPlan({ runId }));
  run.show({ rows: built.rows, entries: built.entries });
  await run.edge();
  // A dry run that would be held is `planned` all the same; its document names the gates.
  if (built.dryRun) return finish(run, 'planned');
  if (built.held.length === 0) return applyAll(run);

  await run.patient(() => activities.holdRun({ runId }));
  return run.hold(built.held);
}

/** Applies an approved plan. The slot was given back while the run was held. */
async function apply(run: RunExecution): Promise<RunResult> {
  run.show({ state: 'waiting', held: [] });
  if (!(await claim(run))) return finishedElsewhere(run);
  return applyAll(run);
}

async function applyAll(run: RunExecution): Promise<RunResult> {
  const { runId } = run;
  run.show({ phase: 'applying' });
  for (;;) {
    await run.edge();
    const { done, applied, entries } = await run.interruptible(() =>
      activities.applySlices({ runId }),
    );
    run.show({ applied, entries });
    // No decision is taken after the last batch: a cancellation that comes then comes too late.
    if (done) return finish(run, 'done');
    await run.breathe();
  }
}

async function finish(run: RunExecution, wanted: EndState): Promise<RunResult> {
  const { runId } = run;
  const step = () => activities.finishRun({ runId, state: wanted });
  const { state, counts, held } = await run.undisturbed(step);
  if (state !== 'held') return end(run, { state, counts });

  // A part was kept held: `runs approve --only … --keep-held`.
  return run.holdRest(held, counts);
}

/**
 * Ends a run whose workflow was cancelled in the UI: like `runs cancel`, but the workflow ends as
 * cancelled.
 */
async function cancel(run: RunExecution): Promise<RunResult> {
  const result = await finish(run, 'cancelled');
  // The last write came before the cancellation: then the run is done, and shows it.
  if (result.state !== 'cancelled') return result;
  throw new CancelledFailure(`cancelled: run ${run.runId}`);
}

async function finishedElsewhere(run: RunExecution): Promise<RunResult> {
  const { runId } = run;
  const { state } = await run.undisturbed(() => activities.openRun({ runId }));
  return end(run, { state, counts: null });
}

async function end(run: RunExecution, result: RunResult): Promise<RunResult> {
  run.show({ ...result, phase: 'finished', held: [], trouble: null });
  await run.close();
  return result;
}

async function fail(run: RunExecution, error: ActivityFailure): Promise<never> {
  const { runId } = run;
  const code = codeOf(error);
  try {
    const stored = endedRun(error) ? { stored: true } : {};
    const failed = await run.undisturbed(() => activities.failRun({ runId, code, ...stored }));
    if (failed?.setAside === true) run.show({ setAside: true });
  } catch (second) {
    // The run does not exist, or ended otherwise: the first fault is the one to report.
    if (!(second instanceof ActivityFailure)) throw second;
  }
  await end(run, { state: 'failed', counts: null });
  throw ApplicationFailure.nonRetryable(`${code}: run ${runId}`, failureTypeOf(error));
}
