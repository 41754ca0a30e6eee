import { runDocument } from '../../support/runs/documents';
import {
  addPerson,
  editPerson,
  emptyStore,
  readWorld,
  row,
  rows,
  described,
} from '../../support/builders';
import { readPlan } from '../../support/oracle/apply';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  importRows,
  planBulkOf,
  planImport,
  planUndoOf,
  undoRun,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

async function personOf(code: string) {
  const { people } = await readWorld(store.db.pool);
  const person = [...people.values()].find((p) => p.fields['code'] === code);
  if (person === undefined) throw new Error(`nobody has the code ${code}`);
  return person;
}

async function tellAll(): Promise<string[]> {
  return described(await readWorld(store.db.pool));
}

test('users whom the run created are deactivated, never deleted, and keep their link', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }) });

  const undone = await undoRun(store.db, runId);

  expect(undone.counts).toMatchObject({ rows: 2, deactivated: 2 });
  const { people, identities } = await readWorld(store.db.pool);
  expect([...people.values()].map((p) => p.fields['status'])).toEqual(['inactive', 'inactive']);
  expect(identities.size).toBe(2);
});

test('an undo says how many of its people are in later files of the source', async () => {
  const list = { sourceId: LIST };
  const old = await importRows(store.db, { ...list, rows: rows({ code: 'a' }, { code: 'b' }) });
  await importRows(store.db, { ...list, rows: rows({ code: 'b' }, { code: 'c' }) });

  const { runId } = await planUndoOf(store.db, { runId: old.runId, dryRun: true });

  const { counts, messages } = await runDocument(store.db, runId);
  expect(counts).toMatchObject({ deactivated: 2 });
  expect(messages).toMatchObject([
    { code: 'listed_later', message: expect.stringMatching(/^1 person .*--action deactivate/) },
  ]);
});

describe('people whose creation was undone', () => {
  const FILE = { rows: rows({ code: 'a' }, { code: 'b' }), sourceId: LIST };

  async function inactiveFor(): Promise<unknown[]> {
    const { rows: all } = await store.db.pool.query(
      `select code, deactivated_reason as why from "user" where status = 'inactive' order by code`,
    );
    return all;
  }

  test('are active again by the next file that has them, until that is undone, too', async () => {
    const { runId } = await importRows(store.db, FILE);
    await undoRun(store.db, runId);
    const undone = await inactiveFor();

    const { counts, runId: again } = await importRows(store.db, FILE);

    expect(undone).toMatchObject([{ why: 'undone_creation' }, { why: 'undone_creation' }]);
    expect(counts).toMatchObject({ reactivated: 2, unchanged: 0 });
    expect(await inactiveFor()).toEqual([]);
    await undoRun(store.db, again);
    expect(await inactiveFor()).toEqual(undone);
    expect((await importRows(store.db, FILE)).counts).toMatchObject({ reactivated: 2 });
  });

  test('stay inactive for other sources, where the row says so, and where a hand set the status', async () => {
    const { runId } = await importRows(store.db, FILE);
    await undoRun(store.db, runId);
    await editPerson(store.db.pool, (await personOf('a')).id, { status: 'inactive' });

    const other = await importRows(store.db, { rows: FILE.rows });
    const said = await importRows(store.db, {
      ...FILE,
      rows: rows({ code: 'a' }, { code: 'b', status: 'inactive' }),
    });

    expect([other.counts, said.counts]).toMatchObject([{ reactivated: 0 }, { reactivated: 0 }]);
  });

  test('are counted by the gate reactivations', async () => {
    const many = rows(...Array.from({ length: 6 }, (_, i) => ({ code: `p${String(i)}` })));
    const { runId } = await importRows(store.db, { rows: many, sourceId: LIST });
    await undoRun(store.db, runId);

    const { held } = await planImport(store.db, { rows: many, sourceId: LIST });

    expect(held).toEqual([{ gate: 'reactivations', count: 6, limit: 5 }]);
  });
});

test('a swap of addresses is swapped back, in batches of one', async () => {
  await importRows(store.db, {
    rows: rows(
      { code: 'a', email: 'a@x.org', login: 'a' },
      { code: 'b', email: 'b@x.org', login: 'b' },
    ),
  });
  const before = await tellAll();
  const { runId } = await importRows(store.db, {
    rows: rows({ code: 'a', email: 'b@x.org' }, { code: 'b', email: 'a@x.org' }),
  });

  await undoRun(store.db, runId, 1);

  expect(await tellAll()).toEqual(before);
});

test('a link that the run made is removed, and made again by undoing the undo', async () => {
  await addPerson(store.db.pool, { fields: { email: 'a@x.org' } });
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }) });
  const after = await tellAll();

  const undo = await undoRun(store.db, runId);
  expect((await readWorld(store.db.pool)).identities.size).toBe(0);
  await undoRun(store.db, undo.runId);

  expect(await tellAll()).toEqual(after);
});

test('what was changed since stays and is named, everything else goes back', async () => {
  await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann', department: 'IT' }) });
  const { runId } = await importRows(store.db, {
    rows: rows({ code: 'a', firstName: 'Eve', department: 'Sales' }),
  });
  await editPerson(store.db.pool, (await personOf('a')).id, { firstName: 'Zoe' });

  const { messages } = await undoRun(store.db, runId);

  expect((await personOf('a')).fields).toMatchObject({ firstName: 'Zoe', department: 'IT' });
  expect(messages.map(({ column, code }) => [column, code])).toEqual([
    ['firstName', 'changed_since'],
  ]);
});

test('an entry of which nothing stands is a skip', async () => {
  await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Eve' }) });
  await editPerson(store.db.pool, (await personOf('a')).id, { firstName: 'Zoe' });

  const { counts } = await undoRun(store.db, runId);

  expect(counts).toMatchObject({ rows: 1, skipped: 1, updated: 0 });
});

test('an address whose shown value was changed since stays, its key too', async () => {
  await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org', login: 'a' }) });
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a', email: 'b@x.org' }) });
  await editPerson(store.db.pool, (await personOf('a')).id, { email: 'B@x.org' });

  await undoRun(store.db, runId);

  const { rows: found } = await store.db.pool.query(`select email, email_key from "user"`);
  expect(found).toEqual([{ email: 'B@x.org', email_key: 'b@x.org' }]);
});

test('a user who does not get an address back keeps the current one, and so does the user who waits for it', async () => {
  await importRows(store.db, {
    rows: rows(
      { code: 'a', email: '1@x.org', login: 'a' },
      { code: 'b', email: '2@x.org', login: 'b' },
    ),
  });
  const { runId } = await importRows(store.db, {
    rows: rows({ code: 'a', email: '2@x.org' }, { code: 'b', email: '3@x.org' }),
  });
  await addPerson(store.db.pool, { fields: { email: '1@x.org' } });

  const dry = await planUndoOf(store.db, { runId, dryRun: true });
  const { counts } = await undoRun(store.db, runId);

  expect((await runDocument(store.db, dry.runId)).counts).toEqual(counts);
  expect(counts).toMatchObject({ skipped: 2 });
  expect((await personOf('a')).fields['email']).toBe('2@x.org');
  expect((await personOf('b')).fields['email']).toBe('3@x.org');
});

test('a new user gives up the address that its former owner gets back, inactive or not', async () => {
  await importRows(store.db, {
    rows: rows(
      { code: 'a', email: 'a@x.org', login: 'a' },
      { code: 'b', email: 'b@x.org', login: 'b' },
    ),
  });
  const { runId } = await importRows(store.db, {
    rows: rows(
      { code: 'a', email: 'a2@x.org' },
      { code: 'b', email: 'b2@x.org' },
      { code: 'new', email: 'a@x.org', login: 'new' },
      { code: 'old', email: 'b@x.org', login: 'old', status: 'inactive' },
    ),
  });
  const after = await tellAll();

  const undo = await undoRun(store.db, runId);

  expect((await personOf('a')).fields['email']).toBe('a@x.org');
  expect((await personOf('b')).fields['email']).toBe('b@x.org');
  expect((await personOf('new')).fields).toMatchObject({ email: null, status: 'inactive' });
  expect((await personOf('old')).fields).toMatchObject({ email: null, status: 'inactive' });
  await undoRun(store.db, undo.runId);
  expect(await tellAll()).toEqual(after);
});

test('a new user gives up the code that its former owner gets back, and has it again by undoing the undo', async () => {
  const x1 = { externalId: 'x1' };
  await importRows(store.db, {
    rows: [row(2, { code: 'c5', email: 'old@x.org' }, x1)],
    sourceId: LIST,
  });
  const { runId, counts } = await importRows(store.db, {
    rows: [
      row(2, { code: 'c8', email: 'old@x.org' }, x1),
      row(3, { code: 'c5', email: 'new@x.org' }, { externalId: 'x2' }),
    ],
    sourceId: LIST,
  });
  const after = await tellAll();

  const undo = await undoRun(store.db, runId);

  expect(counts).toMatchObject({ created: 1, updated: 1 });
  expect((await personOf('c5')).fields).toMatchObject({ email: 'old@x.org', status: 'active' });
  await undoRun(store.db, undo.runId);
  expect(await tellAll()).toEqual(after);
});

test('who was missing is active again, and inactive again by undoing the undo', async () => {
  await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }), sourceId: LIST });
  const { runId } = await importRows(store.db, {
    rows: rows({ code: 'a' }),
    sourceId: LIST,
    missing: 'deactivate',
  });
  const { rows: before } = await store.db.pool.query(`select deactivated_at, deactivated_reason
    from "user" where code = 'b'`);

  const undo = await undoRun(store.db, runId);
  expect((await personOf('b')).fields['status']).toBe('active');
  await undoRun(store.db, undo.runId);

  const { rows: after } = await store.db.pool.query(`select deactivated_at, deactivated_reason
    from "user" where code = 'b'`);
  expect(after).toEqual(before);
  expect(after).toMatchObject([{ deactivated_reason: 'absent' }]);
});

test('entries that were rejected or left alone are not undone', async () => {
  await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
  const planned = await planImport(store.db, {
    rows: rows({ code: 'a', firstName: 'Eve' }, { code: 'b' }),
    gates: { updates: 0 },
  });
  await applyPlan(store.db, planned, { approve: { only: ['create'] } });

  const { counts } = await undoRun(store.db, planned.runId);

  expect(counts).toMatchObject({ rows: 1, deactivated: 1, updated: 0 });
});

test('an undo holds unless its count was confirmed', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }) });

  const { held } = await planUndoOf(store.db, { runId });

  expect(held).toEqual([{ gate: 'expect', count: 2, limit: 0 }]);
});

describe('bulk changes', () => {
  test('a user who is deactivated by hand stays inactive, whatever a source says, until that is undone', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', status: 'active' }, { code: 'b' }) });
    const { id } = await personOf('a');

    const run = await planBulkOf(store.db, {
      users: [id, id],
      change: { status: 'inactive' },
      expect: 1,
    });
    await applyPlan(store.db, run);
    const again = await importRows(store.db, {
      rows: [row(2, { code: 'a', status: 'active' }), row(3, { code: 'b' })],
    });

    expect(run.held).toEqual([]);
    expect((await runDocument(store.db, run.runId)).counts).toMatchObject({
      rows: 2,
      deactivated: 1,
      duplicate: 1,
    });
    expect(again.counts).toMatchObject({ unchanged: 2, keptByHand: 1 });
    await undoRun(store.db, run.runId);
    expect(await personOf('a')).toMatchObject({ sticky: [], fields: { status: 'active' } });
  });

  test('another count than the confirmed one holds', async () => {
    await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }) });
    const ids = [...(await readWorld(store.db.pool)).people.keys()];

    const run = await planBulkOf(store.db, {
      users: ids,
      change: { status: 'inactive' },
      expect: 1,
    });

    expect(run.held).toEqual([{ gate: 'expect', count: 2, limit: 1 }]);
    expect((await readPlan(store.db, run.runId)).map((e) => e.action)).toEqual([
      'deactivate',
      'deactivate',
    ]);
  });
});
