import { finish } from '../../../store/lifecycle/finish';
import { addIdentity, emptyStore, row } from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { applyPlan, importRows, planImport } from '../../support/runs/storeRun';
import { addPolledSource, planSync, syncRows } from '../../support/runs/syncRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const many = (n: number, values: () => Record<string, string> = () => ({})): ReadRow[] =>
  Array.from({ length: n }, (_, i) => row(i + 2, { code: `p${String(i)}`, ...values() }));

test('the active people known to a list are a measure, too', async () => {
  await importRows(store.db, { rows: many(30), sourceId: LIST });
  await importRows(store.db, { rows: many(5), sourceId: LIST });

  const plan = async (n: number) =>
    planImport(store.db, {
      rows: many(n),
      sourceId: LIST,
      missing: 'deactivate',
      gates: { deactivations: 30 },
    });
  const short = await plan(26);
  await finish(store.db, { ...short, state: 'cancelled', undoDays: 90 });

  expect(short.held).toEqual([{ gate: 'short_file', count: 26, limit: 27 }]);
  expect((await plan(27)).held).toEqual([]);
});

test('two reads of a system that were cut short at other places deactivate nobody', async () => {
  const cut = async (from: number, to: number) =>
    planSync(store.db, { pages: [many(22).slice(from, to)] });
  await syncRows(store.db, { pages: [many(22)] });
  const first = await cut(16, 22);
  await applyPlan(store.db, first, { approve: { only: ['create', 'update'] } });

  const second = await cut(0, 14);

  expect(first.held).toEqual([{ gate: 'short_file', count: 6, limit: 20 }]);
  expect(second.held).toEqual([{ gate: 'short_file', count: 14, limit: 20 }]);
});

test('people who stay though they are missing, as a person said, do not make a file too short', async () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  await importRows(store.db, { rows: many(20), ...absence });
  await store.db.pool.query(
    `update "user" set protected = true where code in ('p17', 'p18', 'p19')`,
  );
  await importRows(store.db, { rows: many(17), ...absence });

  const { held } = await planImport(store.db, { rows: many(16), ...absence });

  expect(held).toEqual([]);
});

test('a partial file is no measure, has nobody missing and lacks no column', async () => {
  const columns = ['code', 'department'];
  const filled = (n: number) => ({ rows: many(n, () => ({ department: 'IT' })), columns });
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  await importRows(store.db, { ...filled(20), ...absence });

  const few = await importRows(store.db, {
    rows: many(3),
    columns: ['code'],
    sourceId: LIST,
    partial: true,
  });
  const gone = await importRows(store.db, { ...filled(20), ...absence });
  const { held } = await planImport(store.db, { ...filled(17), ...absence });

  expect([few.held, few.messages, gone.messages]).toEqual([[], [], []]);
  expect(held).toEqual([{ gate: 'short_file', count: 17, limit: 18 }]);
});

test('people of a list who are not in its file are counted, where nothing happens to them', async () => {
  const list = { sourceId: LIST } as const;
  const first = await importRows(store.db, { rows: many(20), ...list });
  const known = row(99, { code: 'p19' }, { fault: true });
  await addIdentity(store.db.pool, {
    sourceId: LIST,
    externalId: 'p18-old',
    userId: await idOf('p18'),
  });

  const short = await importRows(store.db, {
    rows: [...many(16), known, many(19)[18] ?? known],
    ...list,
  });
  const all = await importRows(store.db, { rows: many(20), ...list });
  const retry = await importRows(store.db, { rows: many(3), ...list, retryOf: first.runId });
  const upload = await importRows(store.db, { rows: many(3) });
  const decided = await importRows(store.db, { rows: many(19), ...list, missing: 'deactivate' });

  const words = short.messages.filter(({ code }) => code === 'not_in_file');
  expect(words.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^2 people of this list are not in this file; nothing happens to them/),
  ]);
  expect(
    [first, all, retry, upload, decided].flatMap(({ messages }) =>
      messages.map(({ code }) => code),
    ),
  ).not.toContain('not_in_file');
});

async function idOf(code: string): Promise<string> {
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from "user" where code = $1`,
    [code],
  );
  return rows[0]?.id ?? '';
}
