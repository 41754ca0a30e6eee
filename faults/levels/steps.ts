import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createRunActivities } from '../../activities/runs';
import type { RunActivities } from '../../activities/types';
import { appliedCount } from '../../store/apply/applied';
import type { Db } from '../../store/database/db';
import { bindStore } from '../../worker/runStore';

/** How long one activity applies batches: many activities, in which more than one batch is written. */
const APPLY_MS = 500;

/** One activity that applied batches, by the clock of the database. */
export interface Applied {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Entries that were applied before and after it. */
  readonly from: number;
  readonly to: number;
  /** The type of its failure; `null`: it did not fail. */
  readonly failure: string | null;
  readonly done: boolean;
}

/** The activities of a worker, one after the other as a run's workflow calls them. */
export class LevelSteps {
  readonly #db: Db;
  readonly #activities: RunActivities;

  constructor(db: Db, sliceEntries: number) {
    this.#db = db;
    this.#activities = createRunActivities({
      store: bindStore(db, { undoDays: 90 }),
      log: { warn: () => undefined },
      pace: { applyMs: APPLY_MS, sliceEntries },
    });
  }

  /** Takes the slot and plans. */
  async begin(runId: string): Promise<void> {
    await this.#play(this.#activities.claimRun, { runId });
    await this.#play(this.#activities.buildPlan, { runId });
  }

  /** Applies until the run is through, or an activity fails for good; then ends the run. */
  async applyToEnd(runId: string): Promise<Applied[]> {
    const all: Applied[] = [];
    for (;;) {
      const one = await this.#applied(runId);
      all.push(one);
      if (one.failure !== null) return all;
      if (!one.done) continue;
      const ending = { runId, state: 'done' } as const;
      await this.#play(this.#activities.finishRun, ending);
      return all;
    }
  }

  async #applied(runId: string): Promise<Applied> {
    const before = await this.#mark(runId);
    const outcome = await this.#play(this.#activities.applySlices, { runId }).catch(
      (error: unknown) => {
        if (error instanceof ApplicationFailure) return error;
        throw error;
      },
    );
    const after = await this.#mark(runId);
    const failed = outcome instanceof ApplicationFailure;
    return {
      startedAt: before.at,
      endedAt: after.at,
      from: before.through,
      to: after.through,
      failure: failed ? (outcome.type ?? 'unknown') : null,
      done: !failed && outcome.done,
    };
  }

  async #mark(runId: string): Promise<{ readonly at: Date; readonly through: number }> {
    const { rows } = await this.#db.pool.query<{ at: Date; through: number }>(
      `select clock_timestamp() as at, ${appliedCount('run')} as through from run where id = $1`,
      [runId],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the run is gone');
    return row;
  }

  #play<I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> {
    const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    return env.run(activity, input);
  }
}
