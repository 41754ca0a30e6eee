import { ApplicationFailure } from '@temporalio/common';
import { DEFAULT_CSV_LIMITS } from '../../connectors/csv/limits';
import type { HeldGate } from '../../domain/runs/gates';
import { approveRun, rejectRun, type Decided } from '../../operations/runs/decisions';
import { createImport, prepareImport, type ImportRequest } from '../../operations/runs/imports';
import { recordSync } from '../../operations/sources/recordSync';
import type { SourceContext } from '../../operations/sources/polledSource';
import { activitiesOf, type Activities } from '../../worker/activities';
import { codeOf, stepsWith } from '../sync/steps';

/** How a run ended. */
export interface End {
  readonly runId: string;
  readonly state: 'done' | 'held' | 'rejected' | 'failed';
  /** Why it failed. */
  readonly code: string | null;
  readonly held: readonly HeldGate[];
}

const RETENTION = { plansDays: 90, filesDays: 30, deliveriesDays: 400 };

/**
 * Runs imports, syncs and due runs as their workflows do, step by step: the same activities over the
 * same store, each in an activity's context, with no Temporal in between and with its own clock.
 */
export class FileFollower {
  readonly #context: SourceContext;
  readonly #does: Activities;
  readonly #step = stepsWith();

  constructor(o: { readonly context: SourceContext; readonly clock: () => Date }) {
    this.#context = o.context;
    const { allowPrivateHosts } = o.context;
    const config = {
      limits: DEFAULT_CSV_LIMITS,
      sliceEntries: 1_000,
      retention: RETENTION,
      allowPrivateHosts,
      timeZone: 'UTC',
    };
    const log = { warn: () => undefined };
    this.#does = activitiesOf({ ...o.context, log, config, clock: o.clock });
  }

  /** Imports a file and applies what no gate holds. */
  async import(request: ImportRequest, text: string): Promise<End> {
    const prepared = await prepareImport(this.#context, request);
    const file = { name: 'people.csv', chunks: chunksOf(text), maxBytes: 1e9 };
    const { runId } = await createImport(this.#context, { prepared, file });
    return this.#toItsEnd(runId, () => this.#read(runId, 'file'));
  }

  /** Reads a system and applies what no gate holds. */
  async sync(name: string, full: boolean): Promise<End> {
    const { runId } = await recordSync(this.#context, { name, full });
    return this.#toItsEnd(runId, () => this.#read(runId, 'pages'));
  }

  /** Goes on with a recorded run that reads nothing. */
  async goOn(runId: string): Promise<End> {
    return this.#toItsEnd(runId, () => this.#read(runId, 'nothing'));
  }

  /** What an hourly look finds to be due. */
  async due(): Promise<End[]> {
    const ends: End[] = [];
    const { runIds } = await this.#step(() => this.#does.beginDue(), undefined);
    for (const runId of runIds) ends.push(await this.goOn(runId));
    return ends;
  }

  /** Approves a held run, or these entries of it, and applies it. */
  async approve(runId: string, entries?: readonly number[]): Promise<End> {
    const part = entries === undefined ? {} : { entries };
    return this.take(await approveRun(this.#context, { run: runId, ...part }));
  }

  /** Carries out an approval. */
  async take({ runId, decisionId }: Pick<Decided, 'runId' | 'decisionId'>): Promise<End> {
    return this.#toItsEnd(runId, async () => {
      await this.#step(this.#does.takeDecision, { runId, decisionId });
      await this.#step(this.#does.claimRun, { runId });
      return this.#apply(runId);
    });
  }

  async reject(runId: string): Promise<End> {
    const { decisionId } = await rejectRun(this.#context, { run: runId });
    await this.#step(this.#does.takeDecision, { runId, decisionId });
    await this.#step(this.#does.finishRun, { runId, state: 'rejected' });
    return { runId, state: 'rejected', code: null, held: [] };
  }

  async #read(runId: string, reads: 'file' | 'pages' | 'nothing'): Promise<End> {
    await this.#step(this.#does.claimRun, { runId });
    if (reads === 'file') await this.#step(this.#does.stageFile, { runId });
    if (reads === 'pages') {
      for (;;) if ((await this.#step(this.#does.readPages, { runId })).done) break;
    }
    const { held } = await this.#step(this.#does.buildPlan, { runId });
    if (held.length === 0) return this.#apply(runId);
    await this.#step(this.#does.holdRun, { runId });
    return { runId, state: 'held', code: null, held };
  }

  async #apply(runId: string): Promise<End> {
    for (;;) if ((await this.#step(this.#does.applySlices, { runId })).done) break;
    await this.#step(this.#does.finishRun, { runId, state: 'done' });
    return { runId, state: 'done', code: null, held: [] };
  }

  async #toItsEnd(runId: string, work: () => Promise<End>): Promise<End> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const code = codeOf(error);
      await this.#step(this.#does.failRun, { runId, code });
      return { runId, state: 'failed', code, held: [] };
    }
  }
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Promise.resolve(Buffer.from(text));
}
