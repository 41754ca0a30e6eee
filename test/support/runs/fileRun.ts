import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { readCsv } from '../../../connectors/csv/read';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import type { RunDocument } from '../../../domain/runs/runDocument';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { transaction, type Db } from '../../../store/database/db';
import { buildPlan } from '../../../store/plan';
import { readFile, storeFile } from '../../../store/reads/files';
import { stageRows } from '../../../store/reads/staging';
import { createRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { runDocument } from './documents';
import { applyPlan, start, type PlannedRun } from './storeRun';

export interface FileInput {
  /** The content of the file. */
  readonly text: string;
  readonly options?: Partial<ImportOptions>;
  readonly sourceId?: string;
  readonly properties?: readonly PropertyDefinition[];
  /** `userKey(code)` → id. */
  readonly organizations?: ReadonlyMap<string, string>;
}

const OPTIONS: ImportOptions = {
  dryRun: false,
  missing: 'ignore',
  blank: 'keep',
  create: true,
  update: 'all',
  ignoreUnknown: false,
};

/** Stores a file and plans its import, through the reader and the store that a worker uses. */
export async function planFile(db: Db, o: FileInput): Promise<PlannedRun> {
  const options = { ...OPTIONS, ...o.options };
  const name = 'people.csv';
  const { fileId } = await storeFile(db, {
    name,
    chunks: chunks(o.text),
    maxBytes: DEFAULT_CSV_LIMITS.maxFileBytes,
  });
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'import',
      sourceId: o.sourceId ?? CSV_SOURCE_ID,
      actorId: OWNER_ID,
      options,
      dryRun: options.dryRun,
      fileId,
      ...(options.retryOf === undefined ? {} : { retryOfId: options.retryOf }),
    }),
  );
  const fence = await start(db, runId);
  const csv = await readCsv({
    chunks: readFile(db.pool, fileId),
    reread: () => readFile(db.pool, fileId),
    name,
    options,
    organizations: o.organizations ?? new Map(),
    properties: o.properties ?? [],
    limits: DEFAULT_CSV_LIMITS,
  });
  await stageRows(db, { runId, fence, batches: csv.batches, summary: () => csv.summary() });
  const { held, entries } = await buildPlan(db, { runId, fence });
  return { runId, fence, held, entries };
}

/** Plans and applies the import of a file; gates are approved. */
export async function importFile(db: Db, o: FileInput): Promise<RunDocument> {
  const run = await planFile(db, o);
  await applyPlan(db, run);
  return runDocument(db, run.runId);
}

async function* chunks(text: string): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from(text);
}
