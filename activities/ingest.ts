import type { CsvLimits } from '../connectors/csv/limits';
import { readCsv, type CsvRead } from '../connectors/csv/read';
import { readPairs } from '../connectors/merges/read';
import type { RecordsRead } from '../connectors/records/batches';
import { readRecords } from '../connectors/records/read';
import { Fault } from '../domain/faults';
import type { RecordSubject } from '../domain/records/fileColumns';
import { IMPORT_DEFAULTS, type ImportOptions } from '../domain/runs/runOptions';
import type { RunSubject } from '../domain/runs/subject';
import { atEdge, onceASecond, type EdgeDeps } from './edge';
import type { IngestStore, RunFacts } from './runStore';
import { refuseFailed } from './runs';
import type { IngestActivities, StagedRun } from './types';

export interface IngestDeps extends EdgeDeps {
  readonly store: IngestStore;
  readonly limits: CsvLimits;
}

/** The activities that read people. */
export function createIngestActivities(deps: IngestDeps): IngestActivities {
  const { store } = deps;
  return {
    stageFile: ({ runId }) =>
      atEdge(deps, { runId, failsRun: true }, async (signal) => {
        const fence = await store.takeFence(runId);
        const run = await store.getRun(runId);
        refuseFailed(run);
        if (run.stagedAt !== null) return { rows: run.rows };
        await store.reachOfRun(runId);
        return STAGES[run.subject](deps, { run, fence, signal });
      }),
  };
}

interface Staging {
  readonly run: RunFacts;
  readonly fence: bigint;
  readonly signal: AbortSignal;
}

type Stage = (deps: IngestDeps, o: Staging) => Promise<StagedRun>;

/** Reads the file of a run into the rows of its subject. */
const STAGES: Readonly<Record<RunSubject, Stage>> = {
  users: stageUsers,
  merges: stageMerges,
  enrollments: (deps, o) => stageRecords(deps, { ...o, subject: 'enrollments' }),
  credits: (deps, o) => stageRecords(deps, { ...o, subject: 'credits' }),
};

async function stageRecords(
  deps: IngestDeps,
  o: Staging & { readonly subject: RecordSubject },
): Promise<StagedRun> {
  const { id, fileId, options } = o.run;
  if (fileId === null) throw noFile(id);
  const file = await openStored(deps, { ...o, fileId });
  return stageRead(deps, o, await readRecords({ ...file, subject: o.subject, options }));
}

/** What every reader of a stored file is given. */
async function openStored(
  { store, limits }: IngestDeps,
  { fileId, signal }: { readonly fileId: string; readonly signal: AbortSignal },
) {
  const { name } = await store.getFile(fileId);
  const chunks = (): AsyncIterable<Buffer> => store.readFile(fileId);
  return { chunks: chunks(), reread: chunks, name, limits, signal };
}

/** Stages what was read of a subject other than users. */
function stageRead(
  { store }: IngestDeps,
  { run, fence }: Staging,
  read: RecordsRead,
): Promise<StagedRun> {
  const attempt = { runId: run.id, fence };
  return store.stageRecords({
    ...attempt,
    batches: read.batches,
    summary: () => read.summary(),
    onProgress: saysProgress(store, attempt),
  });
}

/** Saves how many rows are read, once a second. */
function saysProgress(
  store: IngestStore,
  attempt: { readonly runId: string; readonly fence: bigint },
): (rows: number) => void {
  return onceASecond((rows: number) =>
    store.saveProgress(attempt, { phase: 'reading', done: rows, total: null }),
  );
}

async function stageUsers(deps: IngestDeps, o: Staging): Promise<StagedRun> {
  const { store } = deps;
  const { id: runId, fileId } = o.run;
  if (fileId === null) throw noFile(runId);
  const read = await readCsv({
    ...(await openStored(deps, { ...o, fileId })),
    options: importOptions(o.run),
    organizations: await store.organizationKeys(),
    properties: await store.properties(),
    days: await store.daysOf(o.run.sourceId),
  });
  return store.stageRows({
    runId,
    fence: o.fence,
    batches: read.batches,
    tail: read.tail,
    summary: () => ({ ...read.summary(), headers: headersOf(read.columns) }),
    onProgress: saysProgress(store, { runId, fence: o.fence }),
  });
}

/** A pair that was named is staged with its run. */
async function stageMerges(deps: IngestDeps, o: Staging): Promise<StagedRun> {
  const { store } = deps;
  const { fileId, options, rows } = o.run;
  if (fileId === null) return { rows };
  const read = await readPairs({
    ...(await openStored(deps, { ...o, fileId })),
    options,
    properties: await store.properties(),
    courses: await store.courseKeys(),
  });
  return stageRead(deps, o, read);
}

/** The name of a field's column in messages about the field. */
function headersOf(columns: CsvRead['columns']): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap(({ field, header }) => (field === null ? [] : [[field, header]])),
  );
}

/** The options as they were given. An option that an older client did not know has its default. */
function importOptions({ options }: RunFacts): ImportOptions {
  const defaults: ImportOptions = { dryRun: false, ...IMPORT_DEFAULTS };
  // Only `operations/` writes this jsonb, from a value of this very type.
  return { ...defaults, ...options };
}

function noFile(runId: string): Fault {
  return new Fault('state', {
    code: 'no_file',
    message: `Run ${runId} has no file to read.`,
    next: { do: 'importAgain' },
  });
}
