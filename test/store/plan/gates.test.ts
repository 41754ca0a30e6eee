import { existsSync, createReadStream } from 'node:fs';
import { join } from 'node:path';
import { readCsv } from '../../../connectors/csv/read';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import { applyBatch } from '../../../store/apply';
import { transaction } from '../../../store/database/db';
import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { readFile, storeFile } from '../../../store/reads/files';
import { stageRows } from '../../../store/reads/staging';
import { runDocument } from '../../support/runs/documents';
import { createRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import {
  addPerson,
  emptyStore,
  everything,
  readWorld,
  row,
  rowVersions,
  described,
} from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  applyBatches,
  decide,
  importRows,
  planImport,
  start,
  undoRun,
  type PlannedRun,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';
import { stepWords } from '../../support/words';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const many = (n: number, values: (i: number) => Record<string, string> = () => ({})): ReadRow[] =>
  Array.from({ length: n }, (_, i) => row(i + 2, { code: `p${String(i)}`, ...values(i) }));

test('the first run into a store that has users holds, and names how many', async () => {
  await addPerson(store.db.pool, { fields: { code: 'x' } });

  const { held } = await planImport(store.db, { rows: many(1) });

  expect(held).toEqual([{ gate: 'first_link', count: 1, limit: 0 }]);
});

test('a run that creates nobody is not held as the first run and does not count as it', async () => {
  await addPerson(store.db.pool, { fields: { code: 'x' } });
  const wrong = [row(2, { code: 'p0' }, { fault: true })];

  const dry = await importRows(store.db, { rows: wrong, dryRun: true });
  const none = await planImport(store.db, { rows: wrong });
  await applyPlan(store.db, none);
  const good = await planImport(store.db, { rows: many(2) });
  await applyPlan(store.db, good);
  const next = await planImport(store.db, { rows: many(3) });

  expect(dry).toMatchObject({ held: [], state: 'planned' });
  expect(stepWords(dry.next)).toMatch(/^rollcall runs report /);
  expect(none.held).toEqual([]);
  expect(good.held).toEqual([{ gate: 'first_link', count: 1, limit: 0 }]);
  expect(next.held).toEqual([]);
});

test('a dry run where nothing is to be changed offers no command to apply it', async () => {
  await importRows(store.db, { rows: many(2) });

  const same = await importRows(store.db, { rows: many(2), dryRun: true });
  const more = await importRows(store.db, { rows: many(3), dryRun: true });

  expect(same.next).toBeNull();
  expect(more.next).toEqual({ do: 'apply', run: more.runId });
});

test('deactivations, reactivations and key changes hold above 5, and change nothing', async () => {
  await importRows(store.db, {
    rows: many(20, (i) => ({
      status: i < 10 ? 'active' : 'inactive',
      email: `p${String(i)}@x.org`,
    })),
  });
  const before = await everything(store.db.pool);

  const run = await planImport(store.db, {
    rows: many(20, (i) => ({
      status: i < 10 ? (i < 6 ? 'inactive' : 'active') : i < 16 ? 'active' : 'inactive',
      email: i < 6 ? `new${String(i)}@x.org` : `p${String(i)}@x.org`,
    })),
  });
  await hold(store.db, run);

  expect(run.held).toEqual([
    { gate: 'deactivations', count: 6, limit: 5 },
    { gate: 'reactivations', count: 6, limit: 5 },
    { gate: 'key_changes', count: 6, limit: 5 },
  ]);
  expect(await everything(store.db.pool)).toBe(before);
});

test('a person missing counts among the deactivations; a raised gate lets this run through', async () => {
  await importRows(store.db, { rows: many(100), sourceId: LIST });
  const next = { rows: many(92), sourceId: LIST, missing: 'deactivate' } as const;

  const held = await planImport(store.db, next);
  await finish(store.db, { ...held, state: 'cancelled', undoDays: 90 });
  const raised = await planImport(store.db, { ...next, gates: { deactivations: 8 } });

  expect(held.held).toEqual([{ gate: 'deactivations', count: 8, limit: 5 }]);
  expect(raised.held).toEqual([]);
});

test('a file of fewer than nine tenths of the last one’s rows holds', async () => {
  await importRows(store.db, { rows: many(20), sourceId: LIST });

  const short = await planImport(store.db, {
    rows: many(17),
    sourceId: LIST,
    missing: 'deactivate',
  });

  expect(short.held).toEqual([{ gate: 'short_file', count: 17, limit: 18 }]);
});

test('a row whose key can’t be read holds what deactivates absent people, and nothing else', async () => {
  await importRows(store.db, { rows: many(20), sourceId: LIST });
  const bad = {
    line: 99,
    externalId: null,
    values: {},
    clears: [],
    fault: true,
    keyReadable: false,
  };

  const harmless = await planImport(store.db, {
    rows: [...many(20), bad],
    sourceId: LIST,
    missing: 'deactivate',
  });
  await finish(store.db, { ...harmless, state: 'cancelled', undoDays: 90 });
  const missing = await planImport(store.db, {
    rows: [...many(19), bad],
    sourceId: LIST,
    missing: 'deactivate',
  });

  expect(harmless.held).toEqual([]);
  expect(missing.held).toEqual([{ gate: 'unreadable_keys', count: 1, limit: 0 }]);
});

test('a header without rows is a read without people, which holds', async () => {
  await importRows(store.db, { rows: many(3) });

  const { held } = await planImport(store.db, { rows: [] });

  expect(held).toEqual([{ gate: 'empty_read', count: 0, limit: 1 }]);
});

test('a column that most people had and now nobody has holds a named list', async () => {
  const columns = ['code', 'department'];
  await importRows(store.db, {
    rows: many(4, () => ({ department: 'IT' })),
    sourceId: LIST,
    columns,
  });

  const { held } = await planImport(store.db, { rows: many(4), sourceId: LIST, columns });

  expect(held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
});

test('a column that was left out for a while holds when it comes back empty', async () => {
  const columns = ['code', 'department'];
  const filled = many(4, () => ({ department: 'IT' }));
  await importRows(store.db, { rows: filled, sourceId: LIST, columns });
  await importRows(store.db, { rows: many(4), sourceId: LIST, columns: ['code'] });

  const { held } = await planImport(store.db, {
    rows: many(4).map((r) => ({ ...r, clears: ['department'] })),
    sourceId: LIST,
    columns,
  });

  expect(held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
});

test('an approved read without people does not lower the bar for columns', async () => {
  const columns = ['code', 'department'];
  await importRows(store.db, {
    rows: many(4, () => ({ department: 'IT' })),
    sourceId: LIST,
    columns,
  });
  await importRows(store.db, { rows: [], sourceId: LIST, columns });

  const { held } = await planImport(store.db, { rows: many(4), sourceId: LIST, columns });

  expect(held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
});

test('a column that most people had and that is gone is reported once, and holds nothing', async () => {
  const headers = { department: 'Dept.' };
  const values = (): Record<string, string> => ({ department: 'IT' });
  const first = await planImport(store.db, { rows: many(4, values), sourceId: LIST, headers });
  await applyPlan(store.db, first);
  const without = { rows: many(4), sourceId: LIST, columns: ['code'] };

  const gone = await importRows(store.db, without);
  const after = await importRows(store.db, without);
  const upload = await importRows(store.db, { rows: many(4, values) });
  const ofUploads = await importRows(store.db, { rows: many(4), columns: ['code'] });

  expect(gone.messages).toEqual([
    {
      line: 1,
      column: 'Dept.',
      code: 'column_gone',
      message: `This file has no column Dept.; the last one (run ${first.runId}) had a value for it in 4 of 4 rows. Those values stay as they are. If it was left out by mistake, import the file again with that column.`,
    },
  ]);
  expect(gone.held).toEqual([]);
  expect([after.messages, upload.messages, ofUploads.messages]).toEqual([[], [], []]);
});

test('a small file that says nothing of the absent does not lower the bar for those that do', async () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  await importRows(store.db, { rows: many(20), ...absence });
  await importRows(store.db, { rows: many(3), sourceId: LIST });

  const { held } = await planImport(store.db, { rows: many(17), ...absence });

  expect(held).toEqual([{ gate: 'short_file', count: 17, limit: 18 }]);
});

test('a file whose missing people have not left, as an admin decided, is no measure', async () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  await importRows(store.db, { rows: many(20), ...absence });
  const short = await planImport(store.db, { rows: many(12), ...absence });
  await applyPlan(store.db, short, { approve: { only: ['create', 'update'] } });

  const { held } = await planImport(store.db, { rows: many(12), ...absence });

  expect(short.held.map(({ gate }) => gate)).toEqual(['deactivations', 'short_file']);
  expect(held.map(({ gate }) => gate)).toEqual(['deactivations', 'rejected_before', 'short_file']);
  expect(held.at(-1)).toEqual(short.held.at(-1));
});

test('the length of a file is its number of people: repeated rows and rows of unknown people do not count', async () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  const addressed = many(20, (i) => ({ email: `p${String(i)}@x.org` }));
  await importRows(store.db, { rows: addressed, ...absence });

  const { held } = await planImport(store.db, {
    rows: [
      ...addressed.slice(0, 14),
      // Repeated rows: the same row, twice; another one of the same number; one by an address
      // alone, twice.
      ...addressed.slice(2, 4).map((r) => ({ ...r, line: r.line + 100 })),
      ...addressed.slice(2, 4).map((r) => ({ ...r, line: r.line + 200 })),
      row(300, { code: 'p5', email: 'p5@x.org', department: 'IT' }),
      row(301, { email: 'p6@x.org' }),
      row(302, { email: 'p6@x.org' }),
      // Two numbers with one address are two people; a new address, given twice, is one.
      row(303, { code: 'n1', email: 'n@x.org' }),
      row(304, { code: 'n2', email: 'n@x.org' }),
      row(305, { email: 'm@x.org' }),
      row(306, { email: 'm@x.org' }),
      // In error, with a person known; in error, with an unreadable number.
      row(307, { code: 'p15' }, { fault: true }),
      { line: 308, externalId: null, values: {}, clears: [], fault: true, keyReadable: false },
    ],
    ...absence,
    gates: { deactivations: 20 },
  });

  // 14 + n1, n2, m and p15.
  expect(held.filter(({ gate }) => gate === 'short_file')).toEqual([]);
  const { rows: found } = await store.db.pool.query<{ people: number }>(
    `select (presence -> 'people')::int as people from run order by id desc limit 1`,
  );
  expect(found).toEqual([{ people: 18 }]);
});

test('a retry is no measure for the next complete file', async () => {
  const first = await importRows(store.db, { rows: many(20), sourceId: LIST });
  await importRows(store.db, { rows: many(1), sourceId: LIST, retryOf: first.runId });

  const { held } = await planImport(store.db, {
    rows: many(17),
    sourceId: LIST,
    missing: 'deactivate',
  });

  expect(held.map((h) => h.gate)).toEqual(['short_file']);
});

const STAFF = join(process.env['ROLLCALL_SHARED'] ?? '../shared', 'data');
const staff = existsSync(join(STAFF, 'staff-1990-01-01.csv')) ? describe : describe.skip;
if (staff === describe.skip) {
  process.stderr.write(
    `The staff files are not in ${STAFF} (ROLLCALL_SHARED): their tests are skipped.\n`,
  );
}

staff('the staff of 1990 and of 1995', () => {
  const OPTIONS: ImportOptions = {
    dryRun: false,
    missing: 'ignore',
    blank: 'keep',
    create: true,
    update: 'all',
    ignoreUnknown: false,
  };

  async function planFile(year: number): Promise<PlannedRun> {
    const { db } = store;
    const name = `staff-${String(year)}-01-01.csv`;
    const limits = { maxColumns: 500, maxCellChars: 32_768, maxFileBytes: 1e9 };
    const { fileId } = await storeFile(db, {
      name,
      chunks: createReadStream(join(STAFF, name)),
      maxBytes: limits.maxFileBytes,
    });
    const { runId } = await transaction(db, (tx) =>
      createRun(tx, {
        kind: 'import',
        sourceId: CSV_SOURCE_ID,
        actorId: OWNER_ID,
        options: OPTIONS,
        dryRun: false,
        fileId,
      }),
    );
    const fence = await start(db, runId);
    const csv = await readCsv({
      chunks: readFile(db.pool, fileId),
      name,
      options: OPTIONS,
      organizations: new Map(),
      properties: [],
      limits,
    });
    await stageRows(db, { runId, fence, batches: csv.batches, summary: () => csv.summary() });
    return { runId, fence, ...(await buildPlan(db, { runId, fence })) };
  }

  test('223 deactivations against 155 hold; approved, undone and brought back they come out exactly', async () => {
    const { db } = store;
    const first = await planFile(1990);
    await applyPlan(db, first, { maxEntries: 700 });
    const of1990 = await readWorld(db.pool);
    const old = new Set(of1990.people.keys());
    const statuses = await db.pool.query(
      `select status::text, count(*)::int as n from "user" group by 1 order by 1`,
    );
    expect(first.held).toEqual([]);
    expect(statuses.rows).toEqual([
      { status: 'active', n: 3111 },
      { status: 'inactive', n: 107 },
    ]);

    const second = await planFile(1995);
    const before = await everything(db.pool);
    await hold(db, second);
    expect(second.held).toEqual([{ gate: 'deactivations', count: 223, limit: 155 }]);
    await expect(applyBatch(db, { ...second, maxEntries: 10, undoDays: 90 })).rejects.toThrow();
    expect(await everything(db.pool)).toBe(before);

    await decide(db, { ...second, kind: 'approve' });
    await claim(db, second);
    await applyBatches(db, { ...second, maxEntries: 999 });
    await finish(db, { ...second, state: 'done', undoDays: 90 });
    const done = await runDocument(db, second.runId);
    expect(done.counts).toMatchObject({
      rows: 6620,
      absent: 0,
      created: 3402,
      updated: 2807,
      deactivated: 223,
      unchanged: 188,
      conflict: 0,
      error: 0,
    });
    const after = described(await readWorld(db.pool));

    const versions = await rowVersions(db.pool);
    const third = await planFile(1995);
    await applyPlan(db, third);
    expect((await runDocument(db, third.runId)).counts).toMatchObject({
      rows: 6620,
      unchanged: 6620,
    });
    expect(await rowVersions(db.pool)).toEqual(versions);

    const undo = await undoRun(db, second.runId, 1500);
    const undone = await readWorld(db.pool);
    expect(
      described({
        people: new Map([...undone.people].filter(([id]) => old.has(id))),
        identities: new Map([...undone.identities].filter(([, id]) => old.has(id))),
      }),
    ).toEqual(described(of1990));
    expect(
      [...undone.people.values()].filter((p) => !old.has(p.id)).map((p) => p.fields['status']),
    ).toEqual(Array.from({ length: 3402 }, () => 'inactive'));

    await undoRun(db, undo.runId, 1500);
    expect(described(await readWorld(db.pool))).toEqual(after);
  }, 240_000);
});
