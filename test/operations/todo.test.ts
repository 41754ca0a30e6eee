import type { Todo } from '../../domain/todo';
import { addAdmin } from '../../operations/admins/admins';
import { createToken } from '../../operations/admins/tokens';
import { listTodo, type StoredTodo } from '../../operations/todo';
import { hold } from '../../store/lifecycle/decisions';
import { fail } from '../../store/lifecycle/fail';
import { emptyStore, row, rows } from '../support/builders';
import { mergeUsers } from '../support/merges/pairs';
import { testDatabase } from '../support/postgres';
import { WHOLE, holdImport, people } from '../support/runs/resolving';
import {
  applyPlan,
  importRows,
  planBulkOf,
  planImport,
  recordImport,
  undoRun,
} from '../support/runs/storeRun';
import { addPolledSource, beginSyncRun, syncRows } from '../support/runs/syncRun';
import { addUsers } from '../support/users';
import { LISTS, addReferences } from '../support/oracle/worlds';
import { ownerOf } from './support';

const store = testDatabase();
const LIST = LISTS[1];
const HOUR = 3_600_000;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
  await store.db.pool.query(
    `update connection set polling = 'ready', trouble = null, schedule = null, skipped_syncs = 0`,
  );
});

const ask = (o: { limit?: number; now?: Date } = {}): Promise<StoredTodo> =>
  listTodo(ownerOf(store), { limit: o.limit ?? 10, now: o.now ?? new Date() });

/** How many things each part has, the empty parts left out. */
async function counts(now?: Date): Promise<Partial<Record<keyof Todo, number>>> {
  const parts = Object.entries(await ask(now === undefined ? {} : { now }));
  return Object.fromEntries(
    parts.map(([name, { count }]) => [name, count] as const).filter(([, count]) => count > 0),
  );
}

const older = (runId: string, span: string): Promise<unknown> =>
  store.db.pool.query(`update run set created_at = created_at - $2::interval where id = $1`, [
    runId,
    span,
  ]);

const faulty = (code: string) => ({ ...row(2, { code }), fault: true });

test('nothing waits in a new store, and after runs that went well', async () => {
  await importRows(store.db, { rows: rows({ code: 'a' }) });
  await syncRows(store.db, { pages: [rows({ code: 'a' })] });

  expect(await counts()).toEqual({});
});

test('a run on hold waits, with its gates, its time and the runs behind it', async () => {
  const many = people(10, (i) => ({ code: `n${String(i)}` }));
  await importRows(store.db, { rows: many, ...WHOLE });
  const { runId } = await holdImport(store.db, many.slice(0, 2));
  await recordImport(store.db, { sourceId: WHOLE.sourceId });

  const { held, sources } = await ask();

  expect(held).toMatchObject({
    count: 1,
    runs: [
      {
        ...{ runId, kind: 'import', source: 'list0', file: 'people.csv', blocks: 1 },
        next: { do: 'showRun', run: runId },
      },
    ],
  });
  expect(held.runs[0]?.held.map(({ gate }) => gate)).toContain('deactivations');
  expect(Date.parse(held.runs[0]?.since ?? '')).toBeGreaterThan(Date.now() - HOUR);
  expect(sources.count).toBe(0);
});

test('a run waits for long only after ten minutes', async () => {
  const runId = await recordImport(store.db, {});

  const early = await counts();
  await older(runId, '11 minutes');

  expect(early).toEqual({});
  expect(await counts()).toEqual({ waiting: 1 });
});

test('a token that ends soon waits for its admin and for owners', async () => {
  const { pool } = store.db;
  const make = async (admin: string, days: number): Promise<string> => {
    const { prefix } = await createToken(ownerOf(store), { admin, name: `${String(days)} days` });
    await pool.query(
      `update api_token set created_at = now() - interval '80 days',
         expires_at = now() + make_interval(days => $2) where prefix = $1`,
      [prefix, days],
    );
    return prefix;
  };
  const { id: actorId } = await addAdmin(ownerOf(store), { name: 'ida', level: 'admin' });
  const [owners, own] = [await make('owner', 3), await make('ida', 5)];
  await make('ida', 20);

  const { tokens } = await ask();
  const { tokens: hers } = await listTodo(
    { ...ownerOf(store), actorId, level: 'admin' },
    { limit: 10, now: new Date() },
  );
  await pool.query(`update api_token set expires_at = created_at + interval '1 day'`);

  expect(tokens.tokens.map(({ prefix }) => prefix)).toEqual([owners, own]);
  expect(hers).toMatchObject({
    count: 1,
    tokens: [{ prefix: own, name: '5 days', next: { do: 'createToken', admin: 'ida' } }],
  });
});

describe('rows that did not go through', () => {
  test('wait until a retry, a newer read of the list or an undo takes care of them', async () => {
    const bad = [faulty('a'), row(3, { code: 'b' })];
    const retried = await importRows(store.db, { rows: bad });
    const listed = await importRows(store.db, { rows: bad, sourceId: LIST });
    const before = await ask();

    await importRows(store.db, { rows: rows({ code: 'a' }), retryOf: retried.runId });
    const afterRetry = await ask();
    await undoRun(store.db, listed.runId);
    const afterUndo = await counts();
    await importRows(store.db, { rows: bad, sourceId: LIST });
    await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }), sourceId: LIST });

    expect(before.failedRows).toMatchObject({
      count: 2,
      runs: [
        { runId: listed.runId, rows: 1, next: { do: 'writeFailedRows', run: listed.runId } },
        { runId: retried.runId, source: 'csv' },
      ],
    });
    expect(afterRetry.failedRows.runs.map(({ runId }) => runId)).toEqual([listed.runId]);
    expect(afterUndo).toEqual({});
    expect(await counts()).toEqual({});
  });

  test('wait again after an undo of the retry, and until each of them was retried', async () => {
    const { runId } = await importRows(store.db, {
      rows: [faulty('a'), { ...row(3, { code: 'b' }), fault: true }],
    });
    const retry = (code: string) => importRows(store.db, { rows: rows({ code }), retryOf: runId });
    await retry('a');
    const again = await retry('a');
    const one = await counts();
    const both = await retry('b');
    const none = await counts();
    await undoRun(store.db, both.runId);

    expect(one).toEqual({ failedRows: 1 });
    expect(again.retryOf).toBe(runId);
    expect(none).toEqual({});
    expect(await counts()).toEqual({ failedRows: 1 });
  });

  test('that a retry of a part brought again no longer wait: conflicts by their person, errors by number', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }) });
    const clash = ['b', 'c'].map((code, i) => row(i + 2, { code, email: 'a@x.org' }));
    const bad = ['d', 'e', 'f'].map((code, i) => ({ ...row(i + 4, { code }), fault: true }));
    const { runId } = await importRows(store.db, { rows: [...clash, ...bad] });
    const before = await counts();

    await importRows(store.db, { rows: rows({ code: 'c' }, { code: 'e' }), retryOf: runId });

    const { conflicts, failedRows } = await ask();
    expect(before).toEqual({ conflicts: 2, failedRows: 3 });
    expect(failedRows).toMatchObject({ count: 2, runs: [{ runId, rows: 2 }] });
    expect(conflicts).toMatchObject({ count: 1, conflicts: [{ line: 2 }] });
  });

  test('wait whatever another file of the same name brings', async () => {
    const file = [faulty('a'), row(3, { code: 'b' }), row(4, { code: 'c' })];
    await importRows(store.db, { rows: file });
    await importRows(store.db, { rows: rows({ code: 'x' }, { code: 'y' }) });
    const other = await counts();
    await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }, { code: 'd' }) });

    expect(other).toEqual({ failedRows: 1 });
    expect(await counts()).toEqual({});
  });

  test('are conflicts until somebody resolves them; a newer complete read replaces them', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }), sourceId: LIST });
    const clash = rows({ code: 'b', email: 'a@x.org' }, { code: 'c', email: 'a@x.org' });
    await importRows(store.db, { rows: clash.slice(0, 1), sourceId: LIST });
    const last = await importRows(store.db, { rows: clash, sourceId: LIST });

    const { conflicts } = await ask();
    const { conflicts: few } = await ask({ limit: 1 });
    await store.db.pool.query(
      `insert into decision (id, run_id, actor_id, kind, detail, taken_at)
       select gen_random_uuid(), $1, actor_id, 'resolve',
         jsonb_build_object('entry', $2::int, 'as', 'skip'), now() from run where id = $1`,
      [last.runId, conflicts.conflicts[0]?.entry],
    );

    expect(conflicts).toMatchObject({
      count: 2,
      conflicts: [{ runId: last.runId, source: 'list1', line: 2 }, { line: 3 }],
    });
    expect(conflicts.conflicts[0]?.next).toEqual({
      ...{ do: 'diff', run: last.runId, action: 'conflict' },
    });
    expect(few).toMatchObject({ count: 2, conflicts: [{ line: 2 }] });
    expect((await ask()).conflicts).toMatchObject({ count: 1, conflicts: [{ line: 3 }] });
  });
});

test('a dry run waits until it is replaced, and not for ever', async () => {
  const dry = { rows: rows({ code: 'a' }), dryRun: true };
  const { runId } = await importRows(store.db, { ...dry, sourceId: LIST });
  const first = await ask();
  await importRows(store.db, { ...dry, sourceId: LIST });
  const replaced = await ask();
  await importRows(store.db, { rows: dry.rows, sourceId: LIST });
  const applied = await counts();
  const again = await importRows(store.db, { rows: rows({ code: 'b' }), dryRun: true });
  const fresh = await counts();
  await older(again.runId, '31 days');

  expect(first.planned).toMatchObject({
    count: 1,
    runs: [{ runId, changes: 1, next: { do: 'apply', run: runId } }],
  });
  expect(replaced.planned.count).toBe(1);
  expect(replaced.planned.runs[0]?.runId).not.toBe(runId);
  expect(applied).toEqual({});
  expect(fresh).toEqual({ planned: 1 });
  expect(await counts()).toEqual({});
});

test('a dry run is over once its very file was imported under another name', async () => {
  await importRows(store.db, { rows: rows({ code: 'a' }), dryRun: true });
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }) });
  await store.db.pool.query(
    `with other as (
       insert into run_file (id, name, bytes, sha256, complete)
       values (gen_random_uuid(), 'other.csv', 5, 'same', true) returning id
     )
     update run set file_id = other.id from other where run.id = $1`,
    [runId],
  );
  const waits = await counts();
  const first = `id = (select file_id from run where dry_run)`;
  await store.db.pool.query(`update run_file set sha256 = 'same', bytes = 5 where ${first}`);

  expect(waits).toEqual({ planned: 1 });
  expect(await counts()).toEqual({});
  await store.db.pool.query(`update run_file set sha256 = '', bytes = 0 where ${first}`);
});

test('a dry run of a bulk change is replaced by that change, whatever count was confirmed', async () => {
  const { userId = '' } = await firstUser();
  const bulk = { users: [userId], change: { status: 'inactive' } };
  await planBulkOf(store.db, { ...bulk, dryRun: true });
  const waits = await counts();
  await applyPlan(store.db, await planBulkOf(store.db, { ...bulk, expect: 1 }));

  expect(waits).toEqual({ planned: 1 });
  expect(await counts()).toEqual({});
});

async function firstUser(): Promise<{ userId?: string }> {
  await importRows(store.db, { rows: rows({ code: 'a' }) });
  const { rows: found } = await store.db.pool.query<{ userId: string }>(
    `select id as "userId" from "user"`,
  );
  return found[0] ?? {};
}

test('a failed run waits until another one of its source goes through', async () => {
  const run = await planImport(store.db, { rows: rows({ code: 'a' }), sourceId: LIST });
  await fail(store.db, { ...run, failure: { code: 'file_gone', message: 'The file is gone.' } });

  const { failed } = await ask();
  await importRows(store.db, { rows: rows({ code: 'a' }), sourceId: LIST });

  expect(failed).toMatchObject({
    count: 1,
    runs: [{ runId: run.runId, code: 'file_gone', message: 'The file is gone.' }],
  });
  expect(await counts()).toEqual({});
});

test('a pair of a merge that did not go through waits until the two are merged', async () => {
  const [survivor = '', redundant = ''] = await addUsers(store.db.pool, [
    { code: 'M1' },
    { code: 'M2' },
  ]);
  const pairs = [{ survivor, redundant }];
  await mergeUsers(store.db, { pairs, asShown: 'another' });
  const before = await counts();

  await mergeUsers(store.db, { pairs });

  expect(before).toEqual({ conflicts: 1 });
  expect(await counts()).toEqual({});
});

describe('a source', () => {
  const set = (sql: string): Promise<unknown> =>
    store.db.pool.query(`update connection set ${sql}`);

  test('that is stopped waits with its reason, and its failed sync does not', async () => {
    const run = await beginSyncRun(store.db);
    const failure = { code: 'credentials_refused', message: 'The key was refused.' };
    await fail(store.db, { ...run, failure });

    expect(await counts()).toEqual({ sources: 1 });
    expect((await ask()).sources.sources).toMatchObject([
      {
        ...{ name: 'hr', trouble: 'quarantined', ...failure },
        next: { do: 'showSource', source: 'hr' },
      },
    ]);
  });

  test('that is overdue waits, and one that is paused does not', async () => {
    await set(`schedule = '{"everyMinutes": 60}'`);
    const later = new Date(Date.now() + 30 * HOUR);

    const inTime = await counts();
    const late = await ask({ now: later });
    await set(`polling = 'paused'`);

    expect(inTime).toEqual({});
    expect(late.sources.sources).toMatchObject([{ name: 'hr', trouble: 'overdue', code: null }]);
    expect(await counts(later)).toEqual({});
  });

  test('whose syncs were skipped behind a run on hold names that run', async () => {
    const many = people(8, (i) => ({ code: `n${String(i)}` }));
    await syncRows(store.db, { pages: [many] });
    const run = await planImport(store.db, {
      ...{ rows: many.slice(0, 1), sourceId: (await polledId()).id, gates: { updates: 0 } },
    });
    await hold(store.db, run);
    await set(`skipped_syncs = 3`);

    expect(await ask()).toMatchObject({
      held: { count: 1, runs: [{ blocks: 3 }] },
      sources: {
        sources: [{ name: 'hr', trouble: 'blocked', skipped: 3, next: { run: run.runId } }],
      },
    });
  });
});

async function polledId(): Promise<{ id: string }> {
  const { rows: found } = await store.db.pool.query<{ id: string }>(
    `select source_id as id from connection`,
  );
  const [only] = found;
  if (only === undefined) throw new Error('there is no system');
  return only;
}
