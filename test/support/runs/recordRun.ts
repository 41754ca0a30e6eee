import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { readRecords } from '../../../connectors/records/read';
import type { RecordSubject } from '../../../domain/records/fileColumns';
import { newId, transaction, type Db } from '../../../store/database/db';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { stageRecords } from '../../../store/reads/staging';
import { createRun } from '../../../store/runs/runs';
import { OWNER_ID, RECORDS_SOURCE_ID } from '../../../store/sources/sources';
import { start, type PlannedRun } from './storeRun';

/** The day of a course that is completed without one. */
export const TODAY = '2026-06-15';

/** Reads a file of learner records, as the worker does, and plans it. */
export async function planRecords(
  db: Db,
  o: {
    readonly subject: RecordSubject;
    readonly csv: string;
    readonly dryRun?: boolean;
    readonly options?: object;
  },
): Promise<PlannedRun> {
  const dryRun = o.dryRun === true;
  const fileId = newId();
  await db.pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'records.csv', 0, '', true)`,
    [fileId],
  );
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'import',
      subject: o.subject,
      sourceId: RECORDS_SOURCE_ID,
      actorId: OWNER_ID,
      options: { dryRun, today: TODAY, recordColumns: {}, ignoreUnknown: false, ...o.options },
      dryRun,
      fileId,
    }),
  );
  const fence = await start(db, runId);
  const read = await readRecords({
    chunks: chunksOf(o.csv),
    name: 'records.csv',
    subject: o.subject,
    options: {},
    limits: DEFAULT_CSV_LIMITS,
  });
  await stageRecords(db, { runId, fence, batches: read.batches, summary: () => read.summary() });
  const { held, entries } = await buildPlan(db, { runId, fence });
  if (dryRun) await finish(db, { runId, fence, state: 'planned', undoDays: 90 });
  return { runId, fence, held, entries };
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from(text);
}
