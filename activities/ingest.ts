import { Fault } from '../domain/faults';
import type { PropertyDefinition } from '../domain/fields';
import type { ReadSummary, StagedRow } from '../domain/staged';
import { atEdge, type EdgeDeps, onceASecond } from './edge';
import { refuseFailed } from './runs';
import type { IngestStore } from './runStore';
import type { IngestActivities } from './types';

export interface IngestDeps extends EdgeDeps {
  readonly store: IngestStore;
  /** What a row may refer to; read once per file. */
  readonly references: () => Promise<References>;
  readonly readCsv: (input: CsvInput) => CsvRead | Promise<CsvRead>;
}

export interface References {
  /** Key of an organization's code → its id. */
  readonly organizations: ReadonlyMap<string, string>;
  readonly properties: readonly PropertyDefinition[];
}

export interface CsvInput extends References {
  readonly chunks: AsyncIterable<Buffer>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A read under way: `summary` holds after the last batch. */
export interface CsvRead {
  readonly batches: AsyncIterable<readonly StagedRow[]>;
  readonly summary: () => ReadSummary;
}

/** The activities that read people in. */
export function createIngestActivities(deps: IngestDeps): IngestActivities {
  const { store } = deps;
  return {
    stageFile: ({ runId }) =>
      atEdge(deps, { runId, failsRun: true }, async (signal) => {
        const fence = await store.takeFence(runId);
        const run = await store.getRun(runId);
        refuseFailed(run);
        if (run.stagedAt !== null) return { rows: run.rows };
        if (run.fileId === null) throw fileGone(runId);

        const read = await deps.readCsv({
          chunks: stoppable(store.readFile(run.fileId), signal),
          options: run.options,
          ...(await deps.references()),
        });
        const tell = onceASecond((rows: number) =>
          store.saveProgress(runId, { phase: 'reading', done: rows, total: null }),
        );
        return store.stageRows({ runId, fence, ...read, onProgress: tell });
      }),
  };
}

/** Ends a read between two chunks of the file: parsing has no SQL that could be ended. */
async function* stoppable(
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

function fileGone(runId: string): Fault {
  return new Fault('state', {
    code: 'file_gone',
    message: `The file of run ${runId} is no longer kept.`,
    next: 'Import the file again: rollcall import FILE',
  });
}
