import { diffRun, failedRows, readRun, runMessages } from '../../../operations/runs/runs';
import { prepareImport } from '../../../operations/runs/imports';
import { createUndo } from '../../../operations/runs/undo';
import { resumeRun } from '../../../operations/runs/decisions';
import { newId } from '../../../store/database/db';
import { hold } from '../../../store/lifecycle/decisions';
import { retain, type Forgotten } from '../../../store/lifecycle/retention';
import { getRun } from '../../../store/runs/runs';
import { faultOf, ownerOf } from '../../operations/support';
import { emptyStore, readWorld, rows, described } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows, planImport, planUndoOf } from '../../support/runs/storeRun';

const store = testDatabase();
const DAY_MS = 24 * 3600 * 1000;
const FORGOTTEN: unknown = expect.objectContaining({ code: 'run_forgotten' });
const NOTHING: Forgotten = { days: [], runs: 0, files: 0 };

beforeEach(async () => {
  await emptyStore(store.db);
});

/** Moves runs this many days into the past, because runs are made, and end, today. */
function keepFor(
  o: { readonly plans?: number; readonly files?: number },
  gone: number,
): Promise<Forgotten> {
  return retain(store.db, {
    now: new Date(Date.now() + gone * DAY_MS),
    plansDays: o.plans ?? 90,
    filesDays: o.files ?? 10_000,
  });
}

async function rowsOf(table: string): Promise<number> {
  const { rows: found } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from ${table}`,
  );
  return found[0]?.n ?? 0;
}

/** Gives a run a stored file of its own. */
async function storedFileOf(runId: string): Promise<string> {
  const fileId = newId();
  const { pool } = store.db;
  await pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'a.csv', 4, '', true)`,
    [fileId],
  );
  await pool.query(`insert into run_file_chunk (file_id, n, data) values ($1, 0, 'code')`, [
    fileId,
  ]);
  await pool.query(`update run set file_id = $2 where id = $1`, [runId, fileId]);
  return fileId;
}

test('the details of a run go; its counts and the users that it created stay', async () => {
  const { runId } = await importRows(store.db, {
    rows: rows({ code: 'a' }, { code: 'b', manager: 'nobody' }),
  });
  const before = described(await readWorld(store.db.pool));
  expect(await rowsOf('run_message')).toBeGreaterThan(0);

  const forgotten = await keepFor({}, 92);

  expect(forgotten).toMatchObject({ runs: 1, days: [expect.stringMatching(/^\d{4}-\d\d-\d\d$/)] });
  for (const table of ['staged_row', 'plan_entry', 'run_message', 'entry_outcome']) {
    expect([table, await rowsOf(table)]).toEqual([table, 0]);
  }
  expect(described(await readWorld(store.db.pool))).toEqual(before);
  expect(await readRun(ownerOf(store), runId)).toMatchObject({
    state: 'done',
    counts: { created: 2 },
    next: null,
    reason: { text: expect.stringContaining('not kept any more'), next: null },
  });
  expect(await keepFor({}, 93)).toEqual(NOTHING);
});

test('who was made by a forgotten run is unchanged by the same rows', async () => {
  const people = rows({ code: 'a' }, { code: 'b' });
  await importRows(store.db, { rows: people });
  await keepFor({}, 92);

  const again = await importRows(store.db, { rows: people });

  expect(again.counts).toMatchObject({ rows: 2, unchanged: 2 });
});

test('what needs the plan of a forgotten run says that it is gone', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }) });
  await keepFor({}, 92);
  const context = ownerOf(store);

  const faults = await Promise.all([
    faultOf(diffRun(context, { run: runId })),
    faultOf(failedRows(context, runId)),
    faultOf(runMessages(context, runId)),
    faultOf(createUndo(context, { run: runId, dryRun: true, expect: null })),
    faultOf(prepareImport(context, { retryOf: runId, dryRun: false })),
  ]);

  expect(faults).toEqual(faults.map(() => FORGOTTEN));
});

test('a failed run whose rows are gone cannot go on', async () => {
  const { runId } = await planImport(store.db, { rows: rows({ code: 'a' }) });
  await store.db.pool.query(
    `update run set state = 'failed', active = false, finished_at = now() where id = $1`,
    [runId],
  );
  await keepFor({}, 92);

  const fault = await faultOf(resumeRun(ownerOf(store), { run: runId }));

  expect(fault).toEqual(FORGOTTEN);
});

test('a day is kept as long as one of its runs waits for a decision', async () => {
  await importRows(store.db, { rows: rows({ code: 'a' }) });
  const held = await planImport(store.db, { rows: rows({ code: 'b' }), gates: { creations: 0 } });
  await hold(store.db, held);

  expect(await keepFor({}, 400)).toEqual(NOTHING);
  expect(await rowsOf('plan_entry')).toBe(2);
});

test('a plan is kept as long as it can be undone, and as long as an undo of it is under way', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }) });

  expect(await keepFor({ plans: 30 }, 80)).toEqual(NOTHING);

  await planUndoOf(store.db, { runId });
  expect(await keepFor({ plans: 30 }, 92)).toEqual(NOTHING);
});

test('a run that ended late is kept from its end', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }) });
  await store.db.pool.query(
    `update run set finished_at = now() + interval '50 days' where id = $1`,
    [runId],
  );

  expect(await keepFor({}, 100)).toEqual(NOTHING);
  expect(await keepFor({}, 145)).toMatchObject({ runs: 1 });
});

test('the content of a file goes after its own time, its name and digest stay', async () => {
  const done = await importRows(store.db, { rows: rows({ code: 'a' }) });
  const held = await planImport(store.db, { rows: rows({ code: 'b' }), gates: { creations: 0 } });
  await hold(store.db, held);
  const kept = await storedFileOf(held.runId);
  await storedFileOf(done.runId);

  expect(await keepFor({ files: 30 }, 29)).toEqual(NOTHING);
  expect(await keepFor({ files: 30 }, 31)).toMatchObject({ files: 1 });

  const { rows: chunks } = await store.db.pool.query(`select file_id as id from run_file_chunk`);
  expect(chunks).toEqual([{ id: kept }]);
  expect(await faultOf(failedRows(ownerOf(store), done.runId))).toMatchObject({
    code: 'file_gone',
  });
  expect((await getRun(store.db, done.runId)).fileName).not.toBeNull();
});
