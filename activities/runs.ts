import { setTimeout as delay } from 'node:timers/promises';
import { isFaultCode } from '../domain/faultCodes';
import { Fault } from '../domain/faults';
import type { UserScope } from '../domain/permissions';
import { isApproved, isClosed, isWorking } from '../domain/runs/run';
import { isNamed } from '../domain/sources/sourceKind';
import { atEdge, onceASecond, type EdgeDeps } from './edge';
import type { Attempt, RunFacts, RunStore } from './runStore';
import type { AppliedSlices, ClaimedRun, OpenedRun, RunActivities } from './types';

export interface RunDeps extends EdgeDeps {
  readonly store: RunStore;
  /** Shorter in tests. */
  readonly pace?: Partial<Pace>;
}

export interface Pace {
  /** How long one `applySlices` goes on: two beats of the UI a minute cost 12 events. */
  readonly applyMs: number;
  /** Entries of one transaction: 20,000 take 0.3 s to create (measured, 1 M rows in 15 s). */
  readonly sliceEntries: number;
  /** Transactions that apply the entries of a run at once. */
  readonly lanes: number;
  /** How long `claimRun` waits inside before it leaves the wait to a timer of the workflow. */
  readonly claimMs: number;
  readonly claimEveryMs: number;
}

const PACE: Pace = {
  applyMs: 10_000,
  sliceEntries: 20_000,
  lanes: 2,
  claimMs: 10_000,
  claimEveryMs: 250,
};

/**
 * Runs that wait inside an activity at once in one process. Each holds one of the worker's few
 * activity slots, which the run that it waits for needs; the others come back by a timer.
 */
const SEATS = 2;

/**
 * The activities that every run goes through. Each takes the fence and calls the store. Those that plan or
 * write people first ask whether the run's actor still may, and whom the actor reaches.
 */
export function createRunActivities(deps: RunDeps): RunActivities {
  const { store } = deps;
  const pace = { ...PACE, ...deps.pace };
  const waiting = { count: 0 };

  /** Runs `work` as a new attempt; a fault that cannot pass ends the run. */
  const asAttempt = <T>(
    runId: string,
    work: (attempt: Attempt, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    atEdge(deps, { runId, failsRun: true }, async (signal) =>
      work({ runId, fence: await store.takeFence(runId) }, signal),
    );

  return {
    openRun: ({ runId }) =>
      atEdge(deps, { runId, failsRun: false }, async () => opened(await store.getRun(runId))),

    claimRun: ({ runId }) =>
      asAttempt(runId, async (attempt, signal) => {
        const end = Date.now() + pace.claimMs;
        const seated = waiting.count < SEATS;
        if (seated) waiting.count += 1;
        try {
          for (;;) {
            const outcome = await claimFor(store, attempt);
            const waits = outcome === 'waiting' && seated && Date.now() < end && !signal.aborted;
            if (!waits) return { outcome };
            await delay(pace.claimEveryMs, undefined, { signal });
          }
        } finally {
          if (seated) waiting.count -= 1;
        }
      }),

    buildPlan: ({ runId }) =>
      asAttempt(runId, async (attempt) => {
        refuseFailed(await store.getRun(runId));
        const scope = await store.reachOfRun(runId);
        const { held, ...built } = await store.buildPlan({ ...attempt, scope });
        const { approvedAt, dryRun } = await store.getRun(runId);
        return { ...built, held: approvedAt === null ? held : [], dryRun };
      }),

    holdRun: ({ runId }) =>
      asAttempt(runId, async (attempt) => {
        await store.hold(attempt);
        return {};
      }),

    takeDecision: ({ runId, decisionId }) =>
      atEdge(deps, { runId, failsRun: false }, async () => ({
        outcome: await store.takeDecision({
          runId,
          decisionId,
          fence: await store.takeFence(runId),
        }),
      })),

    applySlices: ({ runId }) =>
      asAttempt(runId, async (attempt, signal) => {
        const scope = await scopeToApply(store, runId);
        return applyFor(deps, pace, { attempt, scope, signal });
      }),

    finishRun: ({ runId, state: wanted }) =>
      asAttempt(runId, async (attempt) => {
        const { state, counts } = await store.finish({ ...attempt, state: wanted });
        const held = state === 'held' ? (await store.getRun(runId)).held : [];
        return { state, counts, held };
      }),

    failRun: ({ runId, code, stored = false }) =>
      atEdge(deps, { runId, failsRun: false }, async () => {
        const { state } = await store.getRun(runId);
        // The activity that met the fault has already stored its sentence. A run that it ended and that
        // has another state was resumed in between: it belongs to its next workflow.
        if (state !== 'failed' && !stored) {
          const fence = await store.takeFence(runId);
          const next = { do: 'resume', run: runId } as const;
          await store.fail({ runId, fence, failure: { code, message: WORDLESS, next } });
        }
        return { setAside: await store.isSetAside(runId) };
      }),

    setRunState: ({ runId, state }) =>
      atEdge(deps, { runId, failsRun: false }, async () => {
        const run = await store.getRun(runId);
        if (!isWorking(run.state)) return;
        await store.setState({ runId, fence: await store.takeFence(runId), state });
      }),
  };
}

/** One try to take the slot; an actor who may no longer do what the run does does not get it. */
async function claimFor(store: RunStore, attempt: Attempt): Promise<ClaimedRun['outcome']> {
  const outcome = await store.claim(attempt);
  if (outcome === 'claimed') await store.reachOfRun(attempt.runId);
  return outcome;
}

const WORDLESS = 'A step of the run failed; the log of the worker has more.';

function opened(run: RunFacts): OpenedRun {
  const { kind, dryRun, sourceId, sourceKind, held } = run;
  // The run is approved, but its workflow moved on or went away before it had the slot: it goes on.
  const state = isApproved(run) ? 'waiting' : run.state;
  return {
    kind,
    dryRun,
    state,
    source: sourceId,
    named: isNamed(sourceKind),
    finished: isClosed(state) || (state === 'planned' && dryRun),
    held: state === 'held' ? held : [],
  };
}

/** A step of a run that has already failed (the attempt died after it had stored the reason). */
export function refuseFailed(run: RunFacts): void {
  if (run.state !== 'failed') return;
  const code = run.failure?.code ?? '';
  throw new Fault('state', {
    code: isFaultCode(code) ? code : 'run_is_failed',
    message: `Run ${run.id} has failed.`,
    next: { do: 'resume', run: run.id },
  });
}

/** Whose people are written. Where nothing is left to write, an actor who is gone stops nothing. */
async function scopeToApply(store: RunStore, runId: string): Promise<UserScope> {
  const run = await store.getRun(runId);
  refuseFailed(run);
  return run.appliedAt === null ? store.reachOfRun(run.id) : { kind: 'all' };
}

interface Applying {
  readonly attempt: Attempt;
  /** Whose people the actor reached when the activity began. */
  readonly scope: UserScope;
  readonly signal: AbortSignal;
}

async function applyFor(
  { store }: RunDeps,
  pace: Pace,
  { attempt, scope, signal }: Applying,
): Promise<AppliedSlices> {
  const tell = onceASecond(([done, total]: readonly [number, number]) =>
    store.saveProgress(attempt, { phase: 'applying', done, total }),
  );
  const end = Date.now() + pace.applyMs;
  const batches = {
    ...{ ...attempt, scope, maxEntries: pace.sliceEntries, lanes: pace.lanes },
    goOn: () => !signal.aborted && Date.now() < end,
    tell: ({ applied, entries }: AppliedSlices) => tell([applied, entries]),
  };
  for (;;) {
    const slice = await store.applySlice(batches);
    batches.tell(slice);
    if (slice.done || Date.now() >= end) return slice;
    signal.throwIfAborted();
  }
}
