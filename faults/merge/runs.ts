import { ApplicationFailure } from '@temporalio/common';
import { DEFAULT_CSV_LIMITS } from '../../connectors/csv/limits';
import { approveRun } from '../../operations/runs/decisions';
import type { SourceContext } from '../../operations/sources/polledSource';
import { activitiesOf, type Activities } from '../../worker/activities';
import { codeOf, stepsWith } from '../sync/steps';

/** How a run ended: what became of its entries, `action` or `action (reason)` → how many. */
export interface Ended {
  readonly runId: string;
  readonly state: 'done' | 'failed';
  readonly code: string | null;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Carries runs out as their workflows do, with no Temporal in between; many of them may go on at once. */
export class Runs {
  readonly #context: SourceContext;
  readonly #does: Activities;
  readonly #step = stepsWith();

  constructor(context: SourceContext) {
    this.#context = context;
    const config = {
      limits: DEFAULT_CSV_LIMITS,
      sliceEntries: 1_000,
      retention: { plansDays: 90, filesDays: 30, deliveriesDays: 400 },
      allowPrivateHosts: [],
      timeZone: 'UTC',
    };
    const log = { warn: () => undefined };
    this.#does = activitiesOf({ ...context, log, config, clock: () => new Date() });
  }

  /** A recorded run, to its end; one that a gate holds is approved. */
  async toEnd(runId: string, reads: 'file' | 'nothing' = 'nothing'): Promise<Ended> {
    return this.#ending(runId, async () => {
      if (await this.#plan(runId, reads)) await this.#approve(runId);
      await this.#apply(runId);
    });
  }

  /** Takes the slot and plans. */
  async plan(runId: string): Promise<void> {
    await this.#plan(runId, 'nothing');
  }

  /** Applies what is planned. */
  async apply(runId: string): Promise<Ended> {
    return this.#ending(runId, () => this.#apply(runId));
  }

  async #plan(runId: string, reads: 'file' | 'nothing'): Promise<boolean> {
    await this.#claim(runId);
    if (reads === 'file') await this.#step(this.#does.stageFile, { runId });
    return (await this.#step(this.#does.buildPlan, { runId })).held.length > 0;
  }

  async #claim(runId: string): Promise<void> {
    for (;;) {
      const { outcome } = await this.#step(this.#does.claimRun, { runId });
      if (outcome === 'claimed') return;
      if (outcome !== 'waiting') throw new Error(`the slot of run ${runId} is ${outcome}`);
    }
  }

  async #approve(runId: string): Promise<void> {
    await this.#step(this.#does.holdRun, { runId });
    const { decisionId } = await approveRun(this.#context, { run: runId });
    await this.#step(this.#does.takeDecision, { runId, decisionId });
    await this.#claim(runId);
  }

  async #apply(runId: string): Promise<void> {
    while (!(await this.#step(this.#does.applySlices, { runId })).done);
    await this.#step(this.#does.finishRun, { runId, state: 'done' });
  }

  async #ending(runId: string, work: () => Promise<void>): Promise<Ended> {
    try {
      await work();
      return { runId, state: 'done', code: null, outcomes: await this.#outcomes(runId) };
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const code = codeOf(error);
      await this.#step(this.#does.failRun, { runId, code });
      return { runId, state: 'failed', code, outcomes: {} };
    }
  }

  async #outcomes(runId: string): Promise<Record<string, number>> {
    const { rows } = await this.#context.db.pool.query<{ outcome: string; n: number }>(
      `select coalesce(o.action, p.action) || coalesce(' (' || coalesce(o.reason, p.reason) || ')', '') as outcome,
         count(*)::int as n
       from plan_entry p left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
       where p.run_id = $1 group by 1`,
      [runId],
    );
    return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]));
  }
}
