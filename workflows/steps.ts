import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { EndState } from '../domain/runs/run';
import { CHANGES } from './changes';
import { NO_DECISION } from './messages';
import { setRunState, takeDecision } from './proxies';
import { show, type Answer, type RunInput, type RunScope } from './scope';

/** Thrown at the edge of a step when a decision ended the run. */
export class Stopped extends Error {
  constructor(readonly state: Extract<EndState, 'rejected' | 'cancelled'>) {
    super(state);
  }
}

/**
 * Beyond this many events an execution continues as new, at the next edge. The contract is 4,096
 * in all; one step in trouble adds some tens of events before the next edge.
 */
const MAX_EVENTS = 2_000;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

/**
 * Runs a step until it succeeds. When its three attempts are used up and the fault may pass, the
 * run shows `retrying`, sleeps (10 seconds, doubling, up to 5 minutes) and tries again, for ever:
 * a database that comes back on Monday finds its imports waiting. A fault that cannot pass is
 * thrown on. Decisions are taken between the tries, so that a run in trouble can be cancelled.
 */
export async function patient<T>(run: RunScope, step: () => Promise<T>): Promise<T> {
  return untilDone(run, step, async (ms) => {
    if (await wokenWithin(run, ms)) await edge(run);
  });
}

/**
 * Like {@link patient}, for steps that may take minutes. While one is under way, the only decision that
 * fits the run is to cancel it: so a decision ends the step (its heart beat tells the activity, which
 * ends its statement and rolls back) and is taken then. After one that was refused the step is done
 * again.
 */
export async function interruptible<T>(run: RunScope, step: () => Promise<T>): Promise<T> {
  return patient(run, async () => {
    for (;;) {
      const outcome = await untilDecided(run, step);
      if (outcome !== INTERRUPTED) return outcome;
      await edge(run);
    }
  });
}

const INTERRUPTED = Symbol('interrupted');

async function untilDecided<T>(
  run: RunScope,
  step: () => Promise<T>,
): Promise<T | typeof INTERRUPTED> {
  const state = { over: false, interrupted: false };
  const scope = new CancellationScope();
  const watch = async (): Promise<void> => {
    await condition(() => state.over || run.pending.length > 0);
    if (state.over || !patched(CHANGES.decisionsEndSteps)) return;
    state.interrupted = true;
    scope.cancel();
  };
  // Rejects when the workflow is cancelled from outside, which the step learns as well.
  watch().catch(() => undefined);
  try {
    return await scope.run(step);
  } catch (error) {
    // Ended by the server's word, or by the session that went away under it.
    if (state.interrupted && (isCancellation(error) || mayPass(error))) return INTERRUPTED;
    throw error;
  } finally {
    state.over = true;
  }
}

/** Like {@link patient}, for steps that end a run or take a decision: takes none between tries. */
export async function undisturbed<T>(run: RunScope, step: () => Promise<T>): Promise<T> {
  return untilDone(run, step, sleep);
}

async function untilDone<T>(
  run: RunScope,
  step: () => Promise<T>,
  pause: (ms: number) => Promise<void>,
): Promise<T> {
  const { state, trouble } = run.view;
  for (let round = 1; ; round += 1) {
    try {
      const result = await step();
      if (round === 1) return result;
      show(run, { state, trouble });
      // Only a run that had its slot goes back to `running`; others never left their state.
      if (state === 'running') await showInRow(run, 'running');
      return result;
    } catch (error) {
      if (!mayPass(error)) throw error;
      show(run, { state: 'retrying', trouble: { code: codeOf(error), rounds: round } });
      if (state === 'running') await showInRow(run, 'retrying');
      await pause(backoffMs(round));
    }
  }
}

/** Seconds between the tries of a step: 10, 20, 40, … 300. */
export function backoffMs(round: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(round - 1, 10), LONGEST_BACKOFF_MS);
}

async function showInRow(run: RunScope, state: 'running' | 'retrying'): Promise<void> {
  try {
    await setRunState({ runId: run.input.runId, state });
  } catch (error) {
    // The row is out of reach more often than not when there is trouble: the UI shows it anyway.
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  }
}

/** Waits for the time to pass or a decision to come in; true for the latter. */
export async function wokenWithin(run: RunScope, ms: number): Promise<boolean> {
  return condition(() => run.pending.length > 0, ms);
}

/**
 * The edge of a step, where nothing is being written: takes the decisions that came in meanwhile.
 * Throws {@link Stopped} when one of them ends the run.
 */
export async function edge(run: RunScope): Promise<void> {
  for (let id = run.pending[0]; id !== undefined; id = run.pending[0]) {
    await take(run, id);
  }
}

async function take(run: RunScope, decisionId: string): Promise<void> {
  const answer = await ask(run, decisionId);
  run.pending.shift();
  run.answers[decisionId] = answer;
  if ('refused' in answer) return;
  if (answer.outcome !== 'apply') throw new Stopped(answer.outcome);
  run.approved = true;
}

async function ask(run: RunScope, decisionId: string): Promise<Answer> {
  const { runId } = run.input;
  try {
    const { outcome } = await undisturbed(run, () => takeDecision({ runId, decisionId }));
    return outcome === 'ignored' ? { refused: NO_DECISION } : { outcome };
  } catch (error) {
    // A decision that is not allowed harms nobody but its sender: the run goes on.
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { refused: failureTypeOf(error) };
  }
}

/** Continues as new if the history is long; to be called at an edge. */
export async function breathe(run: RunScope): Promise<void> {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (continueAsNewSuggested || historyLength > (run.input.maxEvents ?? MAX_EVENTS)) {
    await moveOn(run, { held: false });
  }
}

/**
 * Continues as new. Decisions that come in until then are taken first: an update that a history
 * accepted must be answered in it.
 */
export async function moveOn(run: RunScope, to: { readonly held: boolean }): Promise<never> {
  const { input, identity } = run;
  if (identity === null) throw new Error('a run moves on only after it was opened');
  do {
    await edge(run);
    await condition(() => run.pending.length > 0 || allHandlersFinished());
  } while (run.pending.length > 0);
  // Approved on this very edge: nothing to wait for.
  const held = to.held && !run.approved;
  return continueAsNew<(next: RunInput) => Promise<unknown>>({
    ...input,
    carry: { identity, view: run.view, held },
  });
}

/** Ends the execution: whatever was decided too late is refused, and every update is answered. */
export async function close(run: RunScope): Promise<void> {
  run.ended = true;
  for (const decisionId of run.pending.splice(0)) {
    run.answers[decisionId] = { refused: NO_DECISION };
  }
  await condition(allHandlersFinished);
}

/** Whether trying the same step again can help. Anything but an activity's failure cannot. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return cause.nonRetryable !== true;
  return cause instanceof TimeoutFailure;
}

/** The code that an activity gave its failure; `timeout` where no worker answered in time. */
export function codeOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) return 'bug';
  const { cause } = error;
  if (cause instanceof TimeoutFailure) return 'timeout';
  const detail: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  if (typeof detail !== 'object' || detail === null || !('code' in detail)) return 'bug';
  return typeof detail.code === 'string' ? detail.code : 'bug';
}

/** The failure type of `activities/failures.ts`; `Bug` when there is none. */
export function failureTypeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Bug';
}
