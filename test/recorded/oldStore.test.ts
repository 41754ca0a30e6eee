import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ask, printRun, type PrintedRun } from '../e2e/client';
import { createDatabase, type Created } from '../support/postgres';
import { eventually, TestStack } from '../support/stack';
import { addTestToken } from '../support/token';
import { parseDump, restoreDatabase } from './oldStore/dump';
import { FILES, makeOldStore, readKnown, type Known } from './oldStore/make';

/*
 * A store and the file of Temporal's dev server, both of one moment, as an older build (commit 288e85f)
 * left them: with runs that are held, planned, undoable and done with rows that failed. This build
 * migrates the store and goes on with every one of them.
 *
 * To make them with another build (of which `bin/rollcall.js` runs):
 *
 *   ROLLCALL_RECORD_WITH=/path/of/its/clone npx jest test/recorded/oldStore.test.ts
 */
const other = process.env['ROLLCALL_RECORD_WITH'];

const folder = mkdtempSync(join(tmpdir(), 'rollcall-old-store-'));
interface Up {
  readonly stack: TestStack;
  readonly database: Created;
  readonly known: Known;
}
const state: { up?: Up } = {};

beforeAll(async () => {
  if (other !== undefined) await makeOldStore(other);
  const database = await createDatabase({ empty: true });
  await restoreDatabase(database.url, parseDump(unzipped(FILES.database).toString('utf8')));
  const stack = new TestStack({
    ROLLCALL_DATABASE_URL: database.url,
    // However long ago it was made.
    ROLLCALL_RETAIN_PLANS_DAYS: '36500',
    ROLLCALL_RETAIN_FILES_DAYS: '36500',
  });
  state.up = { stack, database, known: readKnown() };
  writeFileSync(join(stack.data, 'temporal.db'), unzipped(FILES.temporal));
  const migrated = await stack.run('db', 'migrate', '--json');
  if (migrated.exit !== 0) throw new Error(migrated.stdout + migrated.stderr);
  await addTestToken(database.db.pool);
  await stack.up();
}, 240_000);
afterAll(async () => {
  await state.up?.stack.remove();
  await state.up?.database.drop();
  rmSync(folder, { recursive: true });
}, 60_000);

function up(): Up {
  if (state.up === undefined) throw new Error('the stack is not up');
  return state.up;
}
const command = (...args: readonly string[]): Promise<PrintedRun> => printRun(up().stack, ...args);

test('messages and failures that were stored are shown as they stand', async () => {
  const { runs, said } = up().known;
  const failedRows = await command('runs', 'report', runs.failedRows);
  const refused = await command('runs', 'report', runs.refused);

  expect(failedRows.run.messages).toEqual(said.failedRows);
  expect(refused.run).toMatchObject({ state: 'failed', error: said.refused });
});

test('a plan that was shown is applied', async () => {
  const { exit, run } = await command('runs', 'apply', up().known.runs.planned);

  expect({ exit, state: run.state, counts: run.counts }).toMatchObject({
    exit: 0,
    state: 'done',
    counts: { rows: 3, created: 3 },
  });
  expect(await departments('S31', 'S33')).toEqual({ S31: 'New', S33: 'New' });
});

test('a run is undone', async () => {
  const before = await departments('S1', 'S4');
  const { exit, run } = await command('runs', 'undo', up().known.runs.undoable, '--yes');

  expect({ exit, state: run.state }).toEqual({ exit: 0, state: 'done' });
  expect(before).toEqual({ S1: 'Moved', S4: 'Moved' });
  expect(await departments('S1', 'S4')).toEqual({ S1: 'Works', S4: 'Works' });
});

test('an undo that was held is approved', async () => {
  const { exit, run } = await command('runs', 'approve', up().known.runs.heldUndo);

  expect({ exit, state: run.state }).toEqual({ exit: 0, state: 'done' });
  expect(await departments('S5', 'S8')).toEqual({ S5: 'Works', S8: 'Works' });
});

test('a held run is approved and ends, and the one that waited for it goes on', async () => {
  const { exit, run } = await command('runs', 'approve', up().known.runs.held);
  const next = await eventually(async () => {
    const shown = await command('runs', 'show', up().known.runs.waiting);
    return shown.run.state === 'done' || shown.run.state === 'held' ? shown : undefined;
  });

  expect({ exit, state: run.state, counts: run.counts }).toMatchObject({
    exit: 0,
    state: 'done',
    counts: { rows: 15, absent: 9, deactivated: 9 },
  });
  expect(next.run).toMatchObject({ counts: { rows: 24, reactivated: 9 } });
});

test('rows that failed are written, mended and imported', async () => {
  const failed = join(folder, 'failed.csv');
  const written = await up().stack.run(
    ...['runs', 'report', up().known.runs.failedRows, '--failed-rows', failed, '--json'],
  );
  const mended = join(folder, 'mended.csv');
  const [head = ''] = readFileSync(failed, 'utf8').split('\n');
  writeFileSync(
    mended,
    `code,login,email,first name,last name,department\nF1,f1,f1@example.org,Good,Mail,Works\n`,
  );
  const retried = await command('import', mended, '--retry-of', up().known.runs.failedRows);

  expect(written.exit).toBe(0);
  expect(head).toContain('code');
  expect(readFileSync(failed, 'utf8')).toContain('not an address');
  expect(retried).toMatchObject({ exit: 0, run: { state: 'done', counts: { created: 1 } } });
  expect(retried.run.retryOf).toBe(up().known.runs.failedRows);
});

async function departments(...codes: readonly string[]): Promise<Record<string, string>> {
  const rows = await ask<{ code: string; department: string }>(
    up().database.url,
    `select code, department from "user" where code in (${codes.map((code) => `'${code}'`).join(', ')})`,
  );
  return Object.fromEntries(rows.map(({ code, department }) => [code, department]));
}

function unzipped(file: string): Buffer {
  return gunzipSync(readFileSync(file));
}
