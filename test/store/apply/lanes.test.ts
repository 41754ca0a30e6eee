import { applyBatch } from '../../../store/apply';
import { cut, runLanes } from '../../../store/apply/lanes';
import { takeFence, writing } from '../../../store/database/fence';
import { finish } from '../../../store/lifecycle/finish';
import { getRun } from '../../../store/runs/runs';
import { untilBlocked } from '../../support/blocked';
import { emptyStore, readWorld, row, rows, described } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import {
  applyBatches,
  importRows,
  planImport,
  undoRun,
  type PlannedRun,
} from '../../support/runs/storeRun';

const store = testDatabase({ maxConnections: 12 });
beforeEach(() => emptyStore(store.db));

describe('batches of lanes', () => {
  test.each([
    ['as many for each lane', 100, { maxEntries: 30, lanes: 2 }, [25, 25, 25, 25]],
    ['none larger than a batch may be', 90, { maxEntries: 30, lanes: 2 }, [23, 23, 23, 21]],
    ['one, where a second lane is not worth it', 90, { maxEntries: 1_000, lanes: 2 }, [90]],
    [
      'one for each lane, of a few thousand',
      2_000,
      { maxEntries: 20_000, lanes: 2 },
      [1_000, 1_000],
    ],
    ['as without lanes', 50, { maxEntries: 20, lanes: 1 }, [20, 20, 10]],
  ])('%s', (_, entries, o, sizes) => {
    const batches = cut([{ from: 10, to: 10 + entries }], o);

    expect(batches.map(({ from, to }) => to - from)).toEqual(sizes);
    expect(batches.map(({ from }) => from).slice(1)).toEqual(
      batches.map(({ to }) => to).slice(0, -1),
    );
  });

  test('fill gaps, and nothing else', () => {
    const gaps = [
      { from: 0, to: 3 },
      { from: 5, to: 9 },
    ];

    expect(cut(gaps, { maxEntries: 2, lanes: 2 })).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 3 },
      { from: 5, to: 7 },
      { from: 7, to: 9 },
    ]);
  });
});

describe('lanes', () => {
  const spans = [1, 2, 3, 4, 5].map((n) => ({ from: n, to: n + 1 }));

  /** Runs lanes whose batches end as `ends` says; returns what was begun, with `!` where carefully. */
  async function play(
    lanes: number,
    ends: (from: number) => string,
  ): Promise<{ begun: string[]; failure: unknown }> {
    const begun: string[] = [];
    const played = runLanes({
      lanes,
      spans,
      goOn: () => true,
      isRace: (error) => error instanceof Error && error.message === 'race',
      apply: async ({ from }, careful) => {
        begun.push(`${String(from)}${careful ? '!' : ''}`);
        await new Promise((resolve) => setImmediate(resolve));
        const end = careful ? '' : ends(from);
        if (end !== '') throw new Error(end);
      },
    });
    const failure = await played.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : error),
    );
    return { begun, failure };
  }

  test('take one batch after the other', async () => {
    expect(await play(2, () => '')).toEqual({ begun: ['1', '2', '3', '4', '5'], failure: null });
  });

  test('end at a race, which is done again once all of them have ended', async () => {
    const raced = await play(2, (from) => (from <= 2 ? 'race' : ''));

    expect(raced).toEqual({ begun: ['1', '2', '1!', '2!'], failure: null });
  });

  test('end at a failure, and nothing is done again', async () => {
    const failed = await play(2, (from) => ({ 1: 'race', 2: 'away' })[from] ?? '');

    expect(failed).toEqual({ begun: ['1', '2'], failure: 'away' });
  });
});

const CODES = ['a', 'b', 'c', 'd', 'e', 'f'];
const people = (firstName: string) => rows(...CODES.map((code) => ({ code, firstName })));

/** Plans a change of everybody whose first batch of two waits, while the other lane does the rest. */
async function stopFirstBatch(): Promise<{ run: PlannedRun; applied: Promise<string> }> {
  await importRows(store.db, { rows: people('Old') });
  const run = await planImport(store.db, { rows: people('New') });
  const holder = await store.db.pool.connect();
  await holder.query('begin');
  await holder.query(`select from "user" where code = 'a' for update`);
  const applied = applyBatch(store.db, {
    ...{ runId: run.runId, fence: run.fence, undoDays: 90, maxEntries: 2, lanes: 2 },
    goOn: () => true,
  }).then(
    () => 'applied',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'failed'),
  );
  await untilBlocked(store.db);
  await until(async () => (await getRun(store.db, run.runId)).applied === 4);
  const fence = await takeFence(store.db, run.runId);
  await holder.query('rollback');
  holder.release();
  return { run: { ...run, fence }, applied };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function named(): Promise<Record<string, string | null | undefined>> {
  const { people: all } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...all.values()].map(({ fields }) => [fields['code'], fields['firstName']]),
  );
}

describe('a lane that is killed', () => {
  const HALF = { a: 'Old', b: 'Old', c: 'New', d: 'New', e: 'New', f: 'New' };

  test('leaves its batch undone and those of others done; the next attempt does the rest', async () => {
    const { run, applied } = await stopFirstBatch();
    const half = await named();
    await applyBatches(store.db, { ...run, maxEntries: 2, lanes: 2 });
    await finish(store.db, { ...run, state: 'done', undoDays: 90 });

    // Its session is ended, before or after the new attempt has its number.
    expect(await applied).toMatch(/^(57P01|fenced)$/);
    expect(half).toEqual(HALF);
    expect(await named()).toEqual(Object.fromEntries(CODES.map((code) => [code, 'New'])));
    expect((await runDocument(store.db, run.runId)).counts).toMatchObject({ updated: 6 });
  });

  test.each([1, 3])('is made up for by %d lanes', async (lanes) => {
    const { run } = await stopFirstBatch();
    await applyBatches(store.db, { ...run, maxEntries: 3, lanes });

    expect(await getRun(store.db, run.runId)).toMatchObject({ applied: 6, entries: 6 });
    expect(await named()).toEqual(Object.fromEntries(CODES.map((code) => [code, 'New'])));
  });

  test('and a run that is cancelled then: counts and undo are those of the batches that are done', async () => {
    const { run } = await stopFirstBatch();
    const before = described(await readWorld(store.db.pool));
    await finish(store.db, { ...run, state: 'cancelled', undoDays: 90 });
    const { counts } = await runDocument(store.db, run.runId);
    const shown = await named();
    const undone = await undoRun(store.db, run.runId);

    expect(shown).toEqual(HALF);
    expect(counts).toMatchObject({ updated: 4, skipped: 2 });
    expect(undone).toMatchObject({ state: 'done', counts: { updated: 4 } });
    expect(await named()).toEqual(Object.fromEntries(CODES.map((code) => [code, 'Old'])));
    expect(before).toHaveLength(2 * CODES.length);
  });
});

test('two transactions of an attempt with outcomes of their own do not wait for each other', async () => {
  const run = await planImport(store.db, { rows: people('New') });
  const outcome = (entry: number): string =>
    `insert into entry_outcome (run_id, entry, action, reason) values ('${run.runId}', ${String(entry)}, 'skip', 'x')`;
  const other = await store.db.pool.connect();
  await other.query('begin');
  await other.query(outcome(1));
  await writing(store.db, { ...run, together: true }, async (tx) => {
    await tx.query(outcome(2));
  });
  await other.query('rollback');
  other.release();

  const { rowCount } = await store.db.pool.query(`select from entry_outcome where run_id = $1`, [
    run.runId,
  ]);
  expect(rowCount).toBe(1);
});

test('managers whom the run creates are there before the lanes begin', async () => {
  const chain = Array.from({ length: 12 }, (_, i) =>
    row(i + 2, { code: `m${String(i)}`, ...(i === 0 ? {} : { manager: `m${String(i - 1)}` }) }),
  );
  const led = Array.from({ length: 12 }, (_, i) =>
    row(i + 20, { code: `p${String(i)}`, manager: `m${String(i)}` }),
  );
  const run = await planImport(store.db, { rows: [...led, ...chain] });
  await applyBatches(store.db, { ...run, maxEntries: 2, lanes: 3 });

  const { rows: leads } = await store.db.pool.query<{ n: number; outcomes: number }>(
    `select count(*)::int as n, (select count(*)::int from entry_outcome) as outcomes
     from "user" where manager_id is not null`,
  );
  expect(leads).toEqual([{ n: 23, outcomes: 0 }]);
});
