import { ApplicationFailure } from '@temporalio/common';
import { createRunActivities } from '../../activities/runs';
import { createSyncActivities } from '../../activities/syncs';
import type { Time } from '../../activities/time';
import type { RunActivities, SyncActivities } from '../../activities/types';
import { createTokenCache } from '../../connectors/engine/auth';
import type { HeldGate } from '../../domain/runs/gates';
import { approveRun, cancelRun, rejectRun } from '../../operations/runs/decisions';
import { declaredOf, openSource } from '../../operations/sources/openSource';
import type { SourceContext } from '../../operations/sources/polledSource';
import { recordSync } from '../../operations/sources/recordSync';
import { bindStore } from '../../worker/runStore';
import { codeOf, stepsWith, type Step } from './steps';

/** How a sync ended. */
export interface SyncEnd {
  readonly runId: string;
  /** `retrying`: it would retry for ever, visibly; it was cancelled. */
  readonly state: 'done' | 'held' | 'failed' | 'retrying';
  /** Why it failed or is retrying. */
  readonly code: string | null;
  readonly held: readonly HeldGate[];
}

export interface FollowerInput {
  readonly context: SourceContext;
  /** The clock of this world; every wait moves it forward. */
  readonly clock: { ms: number };
  /** How long one activity reads pages, by that clock. */
  readonly readMs: number;
  /** Rows that are stored at once. */
  readonly rowsAtOnce?: number;
  /** How often a passing failure is retried before its run counts as one that retries for ever. */
  readonly tries?: number;
  /** Such a run is cancelled, unless the option leaves it as it is. */
  readonly cancels?: boolean;
  /** Wrapped around the store that the activities use. */
  readonly around?: (store: BoundStore) => BoundStore;
}

export type BoundStore = ReturnType<typeof bindStore>;

const RETRY_MS = 30_000;

/**
 * Runs syncs as the workflow does, step by step: the same activities over the same store, each in an
 * activity's context, with no Temporal in between and with its own clock.
 */
export class Follower {
  readonly #o: FollowerInput;
  readonly #does: RunActivities & SyncActivities;
  readonly #step: Step;

  constructor(o: FollowerInput) {
    this.#o = o;
    const { context, clock, readMs } = o;
    this.#step = stepsWith({
      ...(o.tries === undefined ? {} : { tries: o.tries }),
      again: () => {
        clock.ms += RETRY_MS;
      },
    });
    const now = (): Date => new Date(clock.ms);
    const bound = bindStore(context.db, { undoDays: 90, clock: now });
    const store = o.around?.(bound) ?? bound;
    const log = { warn: () => undefined };
    const sources = { ...context, tokens: createTokenCache(), clock: now };
    const time: Time = {
      now: () => clock.ms,
      wait: async (ms) => {
        clock.ms += ms;
      },
    };
    this.#does = {
      ...createRunActivities({ store, log }),
      ...createSyncActivities({
        store,
        log,
        readMs,
        ...(o.rowsAtOnce === undefined ? {} : { rowsAtOnce: o.rowsAtOnce }),
        time,
        openSource: (id) => openSource(sources, id),
        declared: (id) => declaredOf(sources, id),
      }),
    };
  }

  /** Reads a source and applies what no gate holds. */
  async sync(name: string, full: boolean): Promise<SyncEnd> {
    const { runId } = await recordSync(this.#o.context, { name, full });
    return this.goOn(runId);
  }

  /** Goes on with a recorded sync from its present state. */
  async goOn(runId: string): Promise<SyncEnd> {
    return this.#toItsEnd(runId, () => this.#read(runId));
  }

  /** Approves a held run, and applies it. */
  async approve(runId: string): Promise<SyncEnd> {
    const { decisionId } = await approveRun(this.#o.context, { run: runId });
    return this.#toItsEnd(runId, async () => {
      await this.#step(this.#does.takeDecision, { runId, decisionId });
      await this.#step(this.#does.claimRun, { runId });
      return this.#apply(runId);
    });
  }

  async reject(runId: string): Promise<void> {
    const { decisionId } = await rejectRun(this.#o.context, { run: runId });
    await this.#step(this.#does.takeDecision, { runId, decisionId });
    await this.#step(this.#does.finishRun, { runId, state: 'rejected' });
  }

  async #read(runId: string): Promise<SyncEnd> {
    await this.#step(this.#does.claimRun, { runId });
    for (;;) {
      const { done, waitUntil } = await this.#step(this.#does.readPages, { runId });
      if (done) break;
      this.#o.clock.ms = Math.max(this.#o.clock.ms + 1, waitUntil ?? 0);
    }
    const { held, dryRun } = await this.#step(this.#does.buildPlan, { runId });
    if (dryRun) throw new Error('nobody asked for a dry run');
    if (held.length === 0) return this.#apply(runId);
    await this.#step(this.#does.holdRun, { runId });
    return { runId, state: 'held', code: null, held };
  }

  async #apply(runId: string): Promise<SyncEnd> {
    for (;;) if ((await this.#step(this.#does.applySlices, { runId })).done) break;
    await this.#step(this.#does.finishRun, { runId, state: 'done' });
    return { runId, state: 'done', code: null, held: [] };
  }

  async #toItsEnd(runId: string, work: () => Promise<SyncEnd>): Promise<SyncEnd> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const code = codeOf(error);
      if (error.nonRetryable === true) {
        await this.#step(this.#does.failRun, { runId, code });
        return { runId, state: 'failed', code, held: [] };
      }
      if (this.#o.cancels === false) return { runId, state: 'retrying', code, held: [] };
      const { decisionId } = await cancelRun(this.#o.context, { run: runId });
      await this.#step(this.#does.takeDecision, { runId, decisionId });
      await this.#step(this.#does.finishRun, { runId, state: 'cancelled' });
      return { runId, state: 'retrying', code, held: [] };
    }
  }
}
