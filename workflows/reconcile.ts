import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { EndState, StoredRunState } from '../domain/runs/run';
import type { RunCounts } from '../domain/runs/runDocument';
import * as activities from './proxies';
import { heldBy, openScope, show, type RunInput, type RunScope } from './scope';
import {
  breathe,
  close,
  codeOf,
  edge,
  failureTypeOf,
  interruptible,
  moveOn,
  patient,
  Stopped,
  undisturbed,
  wokenWithin,
} from './steps';
import { showIdentity } from './view';

/** What a run's workflow returns; the document of the run is in the database. */
export interface RunResult {
  readonly state: StoredRunState;
  readonly counts: Partial<RunCounts> | null;
}

export interface RunShape {
  /** What the run begins by reading: its stored file, pages of a polled source, or nothing. */
  readonly reads: 'file' | 'pages' | 'nothing';
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * The one way that every run goes: take the source's slot, read, plan, hold or apply, report.
 *
 * No step here remembers what an earlier one did: each asks the run row, so the same workflow with
 * the same input begins a run, carries out `runs apply` of a dry run, and takes up after a
 * termination (`runs resume`). Ends as `failed` with a failure that carries only code and run id.
 */
export async function reconcile(input: RunInput, shape: RunShape): Promise<RunResult> {
  const run = openScope(input);
  try {
    return await toItsEnd(run, shape);
  } catch (error) {
    // Not an activity's failure: continue-as-new, a cancellation, or a fault of this code, which
    // fails the workflow task only: Temporal repeats it until a mended worker comes.
    if (!(error instanceof ActivityFailure)) throw error;
    return CancellationScope.nonCancellable(() => fail(run, error));
  }
}

async function toItsEnd(run: RunScope, shape: RunShape): Promise<RunResult> {
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

async function work(run: RunScope, shape: RunShape): Promise<RunResult> {
  if (run.input.carry?.held === true) {
    await untilApproved(run);
    return apply(run);
  }

  const opened = await open(run);
  if (opened.finished) return end(run, { state: opened.state, counts: null });
  if (opened.state === 'held') {
    show(run, heldBy(opened.held));
    return moveOn(run, { held: true });
  }

  if (!(await claim(run))) return finishedElsewhere(run);
  if (shape.reads === 'file') await read(run);
  if (shape.reads === 'pages') await readAll(run);
  return plan(run);
}

async function open(run: RunScope): Promise<Awaited<ReturnType<typeof activities.openRun>>> {
  const { runId } = run.input;
  const opened = await patient(run, () => activities.openRun({ runId }));
  run.identity = { runId, kind: opened.kind, source: opened.source };
  // Only what is shown: `running` comes with the slot.
  const state = opened.state === 'held' || opened.finished ? opened.state : 'waiting';
  run.view = { ...run.view, state };
  showIdentity(run.identity, run.view);
  show(run, {});
  return opened;
}

/** Waits for the source's slot; false when the run was ended meanwhile by somebody else. */
async function claim(run: RunScope): Promise<boolean> {
  const { runId } = run.input;
  for (let round = 0; ; round += 1) {
    await edge(run);
    const { outcome } = await interruptible(run, () => activities.claimRun({ runId }));
    if (outcome === 'finished') return false;
    if (outcome === 'claimed') {
      show(run, { state: 'running' });
      return true;
    }
    show(run, { state: 'waiting', phase: 'waiting' });
    await wokenWithin(run, Math.min(FIRST_WAIT_MS * 2 ** Math.min(round, 10), LONGEST_WAIT_MS));
    await edge(run);
    await breathe(run);
  }
}

async function read(run: RunScope): Promise<void> {
  await edge(run);
  show(run, { phase: 'reading' });
  const { rows } = await interruptible(run, () => activities.stageFile({ runId: run.input.runId }));
  show(run, { rows });
}

/** Reads pages, a minute at a time; a source that wants to be left alone gives the worker's slot back. */
async function readAll(run: RunScope): Promise<void> {
  const { runId } = run.input;
  for (;;) {
    await edge(run);
    show(run, { phase: 'reading' });
    const { done, rows, waitUntil } = await interruptible(run, () =>
      activities.readPages({ runId }),
    );
    show(run, { rows });
    if (done) return;
    if (waitUntil !== null) await wokenWithin(run, Math.max(0, waitUntil - Date.now()));
    await edge(run);
    await breathe(run);
  }
}

async function plan(run: RunScope): Promise<RunResult> {
  const { runId } = run.input;
  await edge(run);
  show(run, { phase: 'planning' });
  const built = await interruptible(run, () => activities.buildPlan({ runId }));
  show(run, { rows: built.rows, entries: built.entries });
  await edge(run);
  // A dry run that would be held is `planned` all the same; its document names the gates.
  if (built.dryRun) return finish(run, 'planned');
  if (built.held.length === 0) return applyAll(run);

  await patient(run, () => activities.holdRun({ runId }));
  show(run, heldBy(built.held));
  return moveOn(run, { held: true });
}

/**
 * The waiting state of a held run: this, and nothing else, is what an upgraded worker replays,
 * however many weeks the decision takes.
 */
async function untilApproved(run: RunScope): Promise<void> {
  const identity = run.input.carry?.identity;
  if (identity !== undefined) showIdentity(identity, run.view);
  show(run, {});
  while (!run.approved) {
    await condition(() => run.pending.length > 0);
    await edge(run);
  }
}

/** Applies an approved plan: the slot was given back while it was held. */
async function apply(run: RunScope): Promise<RunResult> {
  show(run, { state: 'waiting', held: [] });
  if (!(await claim(run))) return finishedElsewhere(run);
  return applyAll(run);
}

async function applyAll(run: RunScope): Promise<RunResult> {
  const { runId } = run.input;
  show(run, { phase: 'applying' });
  for (;;) {
    await edge(run);
    const { done, applied, entries } = await interruptible(run, () =>
      activities.applySlices({ runId }),
    );
    show(run, { applied, entries });
    // No edge after the last slice: a cancellation that comes now comes too late.
    if (done) return finish(run, 'done');
    await breathe(run);
  }
}

async function finish(run: RunScope, wanted: EndState): Promise<RunResult> {
  const { runId } = run.input;
  const step = () => activities.finishRun({ runId, state: wanted });
  const { state, counts, held } = await undisturbed(run, step);
  if (state !== 'held') return end(run, { state, counts });

  // A part was kept held (`runs approve --only … --keep-held`): wait for the next decision.
  run.approved = false;
  show(run, { ...heldBy(held), counts });
  return moveOn(run, { held: true });
}

/** The workflow was cancelled from the UI: the same as `runs cancel`, but it ends as cancelled. */
async function cancel(run: RunScope): Promise<RunResult> {
  const result = await finish(run, 'cancelled');
  // The last write came before the cancellation: then the run is done, and says so.
  if (result.state !== 'cancelled') return result;
  throw new CancelledFailure(`cancelled: run ${run.input.runId}`);
}

async function finishedElsewhere(run: RunScope): Promise<RunResult> {
  const { runId } = run.input;
  const { state } = await undisturbed(run, () => activities.openRun({ runId }));
  return end(run, { state, counts: null });
}

async function end(run: RunScope, result: RunResult): Promise<RunResult> {
  show(run, { ...result, phase: 'finished', held: [], trouble: null });
  await close(run);
  return result;
}

async function fail(run: RunScope, error: ActivityFailure): Promise<never> {
  const { runId } = run.input;
  const code = codeOf(error);
  try {
    const failed = await undisturbed(run, () => activities.failRun({ runId, code }));
    // Shown with the end.
    if (failed?.setAside === true) run.view = { ...run.view, setAside: true };
  } catch (second) {
    // There is no such run, or it ended otherwise: the first fault is the one to tell.
    if (!(second instanceof ActivityFailure)) throw second;
  }
  await end(run, { state: 'failed', counts: null });
  throw ApplicationFailure.nonRetryable(`${code}: run ${runId}`, failureTypeOf(error));
}
