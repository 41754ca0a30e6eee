import { Context, type Info } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { codeOf } from '../domain/passing';
import { diagnose, type Diagnosis, isRetried, toFailure } from './failures';
import type { RunStore } from './runStore';
import { publicFailure } from './publicFailure';

/** A fifth of the heartbeat time-out (10 seconds, `workflows/proxies.ts`). */
export const BEAT_MS = 2_000;
const MS_PER_SECOND = 1_000;

/** What an activity needs of a log; pino's loggers have it. */
export interface EdgeLog {
  warn(object: object, message: string): void;
}

export interface EdgeDeps {
  readonly store: Pick<RunStore, 'takeFence' | 'getRun' | 'fail' | 'tellTrouble'>;
  readonly log: EdgeLog;
}

export interface EdgeOptions {
  readonly runId: string;
  /** True: a fault that cannot pass ends the run; false: it ends only this activity. */
  readonly failsRun: boolean;
}

/**
 * Runs `work` as an activity. The heart beats by a timer, because SQL that takes minutes has no
 * loop to beat in. A cancellation ends the SQL. Everything that is thrown is cast into one of the
 * failures of `failures.ts`, which carries no word of the original message. The message itself goes
 * into the run row, where `runs show` finds it.
 */
export async function atEdge<T>(
  deps: EdgeDeps,
  options: EdgeOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const { cancellationSignal: signal } = context;
  const beat = setInterval(() => context.heartbeat(), BEAT_MS);
  const ending: { done: Promise<void> } = { done: Promise.resolve() };
  const stop = (): void => {
    ending.done = endStatements(deps, options.runId, context);
  };
  signal.addEventListener('abort', stop);
  try {
    context.heartbeat();
    return await work(signal);
  } catch (error) {
    if (signal.aborted) throw new CancelledFailure(`stopped: run ${options.runId}`);
    const diagnosis = diagnose(error);
    report(deps.log, { runId: options.runId, info: context.info, diagnosis, error });
    const stored = options.failsRun && (await storeReason(deps, options.runId, diagnosis));
    throw toFailure({ ...diagnosis, stored }, options.runId);
  } finally {
    clearInterval(beat);
    signal.removeEventListener('abort', stop);
    // Waits, because the next step takes a fence of its own, which must be higher than this one.
    await ending.done;
  }
}

/**
 * Ends the statements that this attempt has under way: taking the fence ends the sessions of older
 * attempts, and this one is older from then on. Does nothing when the server gave this attempt up,
 * because the next attempt then has or takes the fence and would be fenced out.
 */
async function endStatements(deps: EdgeDeps, runId: string, context: Context): Promise<void> {
  const why = context.cancellationDetails;
  if (why !== undefined && (why.timedOut || why.notFound)) return;
  try {
    await deps.store.takeFence(runId);
  } catch {
    // The database is out of reach, and so is the statement that this would have ended.
  }
}

/**
 * Stores the sentence of a fault in the run row, because no failure of Temporal may carry it. True when
 * the run is failed by that: from then on it can be resumed.
 */
async function storeReason(deps: EdgeDeps, runId: string, diagnosis: Diagnosis): Promise<boolean> {
  const { kind, code, message, next } = diagnosis;
  // Another attempt has the run and stores its own faults.
  if (kind === 'fenced') return false;
  try {
    if (isRetried(diagnosis)) {
      await deps.store.tellTrouble(runId, { code, message });
      return false;
    }
    const { state } = await deps.store.getRun(runId);
    if (state === 'failed') return true;
    const fence = await deps.store.takeFence(runId);
    const failure = { code, message, next: next ?? { do: 'resume', run: runId } };
    await deps.store.fail({ runId, fence, failure });
    return true;
  } catch (error) {
    // The workflow's failRun follows in any case; only the sentence is missing then.
    deps.log.warn({ runId, code: codeOf(error) }, 'the reason of a failure could not be recorded');
    return false;
  }
}

interface Mishap {
  readonly runId: string;
  readonly info: Info;
  readonly diagnosis: Diagnosis;
  readonly error: unknown;
}

function report(log: EdgeLog, { runId, info, diagnosis, error }: Mishap): void {
  log.warn(
    {
      runId,
      activity: info.activityType,
      attempt: info.attempt,
      code: diagnosis.code,
      ...publicFailure(error),
    },
    diagnosis.code === 'run_not_found'
      ? 'an activity failed: is this another database? It is tried again'
      : 'an activity failed',
  );
}

/** Calls `send` at most once a second with the latest value; a call that fails is forgotten. */
export function onceASecond<T>(send: (value: T) => Promise<void>): (value: T) => void {
  const state = { next: 0, busy: false };
  return (value) => {
    const now = Date.now();
    if (state.busy || now < state.next) return;
    state.busy = true;
    state.next = now + MS_PER_SECOND;
    send(value)
      .catch(() => undefined)
      .finally(() => {
        state.busy = false;
      });
  };
}
