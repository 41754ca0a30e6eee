import { newId } from '../../../store/database/db';
import { buildPlan } from '../../../store/plan';
import { runDocument } from '../../support/runs/documents';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import {
  addIdentity,
  addPerson,
  editPerson,
  emptyStore,
  readWorld,
  row,
  rows,
} from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { askedOf, three } from '../../support/runs/reads';
import { importRows, planImport } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const { outcomes, fieldOf } = askedOf(store);
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('keys that change hands within one file', () => {
  test('two people swap their addresses', async () => {
    await importRows(store.db, { rows: three() });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', email: 'b@x.org' }, { code: 'b', email: 'a@x.org' }),
    });

    expect(counts.updated).toBe(2);
    expect(await fieldOf('email')).toEqual({ a: 'b@x.org', b: 'a@x.org', c: 'c@x.org' });
  });

  test('a circle of three keys comes out right, whatever the size of a batch', async () => {
    await importRows(store.db, { rows: three() });

    await importRows(store.db, {
      rows: rows(
        { code: 'a', email: 'b@x.org' },
        { code: 'b', email: 'c@x.org' },
        { code: 'c', email: 'a@x.org' },
      ),
      maxEntries: 1,
    });

    expect(await fieldOf('email')).toEqual({ a: 'b@x.org', b: 'c@x.org', c: 'a@x.org' });
  });

  test('a chain ends at a new user, who takes the address that was let go', async () => {
    await importRows(store.db, { rows: three() });

    await importRows(store.db, {
      rows: rows(
        { code: 'new', email: 'a@x.org' },
        { code: 'a', email: 'b@x.org' },
        { code: 'b', email: 'free@x.org' },
      ),
      maxEntries: 1,
    });

    expect(await fieldOf('email')).toEqual({
      a: 'b@x.org',
      b: 'free@x.org',
      c: 'c@x.org',
      new: 'a@x.org',
    });
  });

  test('a row that waits for a key that is not given up is a conflict, and so is a row that waits for its key', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({
      // b may not take c's address, so b's own address is not free for a.
      rows: rows({ code: 'a', email: 'b@x.org' }, { code: 'b', email: 'c@x.org' }),
    });

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict' });
  });

  test('a key that is sticky is not let go', async () => {
    await importRows(store.db, { rows: three() });
    const { people } = await readWorld(store.db.pool);
    const b = [...people.values()].find((p) => p.fields['code'] === 'b');
    await editPerson(store.db.pool, b?.id ?? '', { email: 'b@x.org' });

    const found = await outcomes({
      rows: rows({ code: 'a', email: 'b@x.org' }, { code: 'b', email: 'other@x.org' }),
    });

    expect(found).toEqual({ 2: 'conflict', 3: 'unchanged' });
  });

  test('a row that would lose its last key keeps it, and a row that waits for that key is a conflict', async () => {
    const u = await addPerson(store.db.pool, { fields: { email: 'u@x.org' } });
    await addIdentity(store.db.pool, { sourceId: CSV_SOURCE_ID, externalId: 'u', userId: u });

    const found = await outcomes({
      rows: [
        { line: 2, externalId: 'u', values: {}, clears: ['email'] },
        row(3, { code: 'v', email: 'u@x.org' }),
      ],
    });

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict' });
  });

  test('a login that a new user gets by default, and another one by name, goes to neither', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({
      rows: rows({ code: 'a', login: 'new@x.org' }, { code: 'new', email: 'new@x.org' }),
    });

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict' });
  });

  test('a login that was given on its own is a key too: who has it keeps it when the address goes', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org', login: 'a@x.org' }) });

    const found = await outcomes({
      rows: rows({ code: 'a', email: 'a2@x.org' }, { code: 'new', email: 'a@x.org' }),
    });

    expect(found).toEqual({ 2: 'update', 3: 'conflict' });
  });

  test('an address that differs only in case is an update of the shown value, not a key change', async () => {
    await importRows(store.db, { rows: three() });

    const run = await planImport(store.db, { rows: rows({ code: 'a', email: 'A@X.org' }) });
    const { rows: changed } = await store.db.pool.query<{ changes: unknown }>(
      `select changes from plan_entry where run_id = $1`,
      [run.runId],
    );

    expect(changed).toEqual([{ changes: { email: ['a@x.org', 'A@X.org'] } }]);
  });
});

describe('merged users', () => {
  async function mergedPair(): Promise<{ survivor: string; absorbed: string }> {
    const { db } = store;
    const survivor = await addPerson(db.pool, { fields: { code: 's', email: 's@x.org' } });
    const absorbed = await addPerson(db.pool, {
      fields: { code: 'm', email: 'm@x.org' },
      mergedInto: survivor,
    });
    await addIdentity(db.pool, { sourceId: LIST, externalId: 's', userId: survivor });
    await addIdentity(db.pool, { sourceId: LIST, externalId: 'm', userId: absorbed });
    return { survivor, absorbed };
  }

  test('a row under an absorbed identity is skipped when the survivor’s own is in the read', async () => {
    await mergedPair();

    const found = await outcomes({
      rows: rows({ code: 's', firstName: 'S' }, { code: 'm', status: 'inactive' }),
      sourceId: LIST,
      missing: 'deactivate',
    });

    expect(found).toEqual({ 2: 'update', 3: 'skip' });
  });

  test('alone it is the survivor, who is not missing then', async () => {
    await mergedPair();

    const { counts } = await importRows(store.db, {
      rows: [{ line: 2, externalId: 'm', values: { firstName: 'M' }, clears: [] }],
      sourceId: LIST,
      missing: 'deactivate',
    });

    expect(counts).toMatchObject({ updated: 1, absent: 0 });
    expect(await fieldOf('firstName')).toEqual({ s: 'M', m: null });
  });

  test('keys of an absorbed account lead to the survivor, who keeps its own', async () => {
    const { survivor } = await mergedPair();

    await importRows(store.db, { rows: rows({ email: 'm@x.org', firstName: 'M' }) });
    const said = { rows: rows({ code: 's', email: 'm@x.org' }), sourceId: LIST };
    const { counts } = await importRows(store.db, said);

    const { people } = await readWorld(store.db.pool);
    expect(people.get(survivor)?.fields).toMatchObject({ firstName: 'M', email: 's@x.org' });
    expect(await fieldOf('email')).toEqual({ s: 's@x.org', m: 'm@x.org' });
    expect(counts).toMatchObject({ updated: 0, unchanged: 1, skipped: 0 });
  });
});

describe('absent, empty, clear, and what is kept by hand', () => {
  const full = { code: 'a', firstName: 'Ann', department: 'Sales', 'properties.level': '1' };

  test('no column is no opinion, a clear empties the field', async () => {
    await importRows(store.db, { rows: rows(full) });

    const { counts } = await importRows(store.db, {
      rows: [row(2, { code: 'a' }, { clears: ['department', 'properties.level'] })],
    });

    expect(counts.updated).toBe(1);
    expect(await fieldOf('firstName')).toEqual({ a: 'Ann' });
    expect(await fieldOf('department')).toEqual({ a: null });
    expect(await fieldOf('properties.level')).toEqual({ a: null });
  });

  test('a sticky field is kept and counted each time', async () => {
    await importRows(store.db, { rows: rows(full) });
    const [id = ''] = (await readWorld(store.db.pool)).people.keys();
    await editPerson(store.db.pool, id, { firstName: 'Anna' });

    const first = await importRows(store.db, { rows: rows(full) });
    const second = await importRows(store.db, { rows: rows(full) });

    expect(first.counts).toMatchObject({ unchanged: 1, keptByHand: 1 });
    expect(second.counts).toMatchObject({ unchanged: 1, keptByHand: 1 });
    expect(await fieldOf('firstName')).toEqual({ a: 'Anna' });
  });

  test('fill writes empty fields only; off writes none and says so', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
    const said = rows({ code: 'a', firstName: 'Eve', department: 'IT' });

    const off = await importRows(store.db, { rows: said, update: 'off' });
    const fill = await importRows(store.db, { rows: said, update: 'fill' });

    expect(off.counts).toMatchObject({ skipped: 1, updated: 0 });
    expect(fill.counts).toMatchObject({ updated: 1 });
    expect(await fieldOf('firstName')).toEqual({ a: 'Ann' });
    expect(await fieldOf('department')).toEqual({ a: 'IT' });
  });

  test('without creation new people are skipped', async () => {
    const { counts } = await importRows(store.db, { rows: three(), create: false });

    expect(counts).toMatchObject({ skipped: 3, created: 0 });
    expect((await readWorld(store.db.pool)).people.size).toBe(0);
  });
});

test('a plan is made once: asking again gives the same one', async () => {
  const run = await planImport(store.db, { rows: three() });

  const again = await buildPlan(store.db, run);

  expect(again).toEqual({ entries: 3, rows: 3, held: [] });
});

test('the plan of an unknown run is refused', async () => {
  await expect(runDocument(store.db, newId())).rejects.toMatchObject({ kind: 'not_found' });
});
