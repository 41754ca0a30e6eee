import { newId } from '../../store/db';
import { buildPlan } from '../../store/plan';
import { runDocument } from '../../store/report/document';
import { CSV_SOURCE_ID } from '../../store/sources';
import {
  addIdentity,
  addPerson,
  editPerson,
  emptyStore,
  readWorld,
  row,
  rows,
} from '../support/builders';
import type { ReadRow } from '../support/oracle';
import { storedOutcomes } from '../support/outcomes';
import { testDatabase } from '../support/postgres';
import { importRows, planImport, type ImportInput } from '../support/storeRun';
import { addReferences, LISTS } from '../support/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** line → outcome of a read that is planned only. */
async function outcomes(input: ImportInput): Promise<Record<number, string>> {
  const { runId } = await planImport(store.db, { ...input, dryRun: true });
  return Object.fromEntries((await storedOutcomes(store.db, runId)).outcomes.rows);
}

/** A field of the people who have one of these codes. */
async function fieldOf(field: string): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields[field] ?? null]),
  );
}

async function messagesOf(
  input: Parameters<typeof importRows>[1],
): Promise<(readonly [number | null, string])[]> {
  const { messages } = await importRows(store.db, input);
  return messages.map((m) => [m.line, m.code]);
}

const three = (): ReadRow[] =>
  rows(
    { code: 'a', email: 'a@x.org', login: 'a' },
    { code: 'b', email: 'b@x.org', login: 'b' },
    { code: 'c', email: 'c@x.org', login: 'c' },
  );

describe('keys that change hands within one file', () => {
  test('two people swap their addresses', async () => {
    await importRows(store.db, { rows: three() });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', email: 'b@x.org' }, { code: 'b', email: 'a@x.org' }),
    });

    expect(counts.updated).toBe(2);
    expect(await fieldOf('email')).toEqual({ a: 'b@x.org', b: 'a@x.org', c: 'c@x.org' });
  });

  test('a ring of three comes out right, whatever the size of a slice', async () => {
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

  test('who waits for a key that is not let go is a conflict, and so is who waits for theirs', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({
      // b may not take c's address, so b's own is not free for a.
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

  test('a row that would lose its last key keeps it, and whoever waits for it is a conflict', async () => {
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

  test('a login that a new user gets by default, and somebody else by name, is nobody’s', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({
      rows: rows({ code: 'a', login: 'new@x.org' }, { code: 'new', email: 'new@x.org' }),
    });

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict' });
  });

  test('a login by default is a key too: who has it keeps it when the address goes', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }) });

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

describe('who a row is', () => {
  test('a known id decides alone; the other keys are then just values', async () => {
    await importRows(store.db, { rows: three() });

    const { counts, matchedBy } = await importRows(store.db, {
      rows: rows({ code: 'a', email: 'new@x.org' }),
    });

    expect(counts.updated).toBe(1);
    expect(matchedBy.identity).toBe(1);
  });

  test('keys that name two users are a conflict, and nobody is changed', async () => {
    await addPerson(store.db.pool, { fields: { code: 'a', email: 'a@x.org' } });
    await addPerson(store.db.pool, { fields: { code: 'b', email: 'b@x.org' } });

    const found = await messagesOf({ rows: rows({ code: 'a', email: 'b@x.org' }) });

    expect(found).toEqual([[2, 'ambiguous']]);
    expect(await fieldOf('email')).toEqual({ a: 'a@x.org', b: 'b@x.org' });
  });

  test('a recycled address, its former owner known under another id, is a conflict', async () => {
    await importRows(store.db, { rows: three() });

    const found = await messagesOf({ rows: rows({ code: 'd', email: 'a@x.org' }) });

    expect(found).toEqual([[2, 'other_identity']]);
  });

  test('a recycled address is free when its former owner gives it up in the same file', async () => {
    await importRows(store.db, { rows: three() });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'd', email: 'a@x.org' }, { code: 'a', email: 'a2@x.org' }),
    });

    expect({ created: counts.created, updated: counts.updated }).toEqual({
      created: 1,
      updated: 1,
    });
  });

  test('a rehire with a new number is a conflict, and the old number is not missing', async () => {
    await importRows(store.db, { rows: three(), sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: rows(
        { code: 'a2', email: 'a@x.org' },
        { code: 'b', email: 'b@x.org' },
        { code: 'c', email: 'c@x.org' },
      ),
      sourceId: LIST,
      missing: 'deactivate',
    });

    expect(counts).toMatchObject({ conflict: 1, absent: 0, deactivated: 0 });
  });

  test('identical rows: the later is a duplicate; different ones: all are conflicts', async () => {
    const found = await outcomes({
      rows: rows(
        { code: 'a', email: 'a@x.org' },
        { code: 'a', email: 'a@x.org' },
        { code: 'b', email: 'b@x.org' },
        { code: 'b', email: 'b2@x.org' },
        { code: 'c', email: 'b@x.org' },
      ),
    });

    expect(found).toEqual({
      2: 'create',
      3: 'duplicate',
      4: 'conflict',
      5: 'conflict',
      6: 'conflict',
    });
  });

  test('a row that shares a key with a row said before is a conflict, like any two', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({ rows: [...three(), row(9, { code: 'd', email: 'a@x.org' })] });

    expect(found).toEqual({ 2: 'conflict', 3: 'unchanged', 4: 'unchanged', 9: 'conflict' });
  });

  test('a row that is a conflict anyway drags the rows whose keys it shares with it', async () => {
    await importRows(store.db, { rows: three() });

    const found = await outcomes({ rows: [...three(), row(9, { code: 'b', email: 'a@x.org' })] });

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict', 4: 'unchanged', 9: 'conflict' });
  });

  test('two ids of one person in one read are a conflict, changed or not', async () => {
    await importRows(store.db, { rows: three() });
    const { people } = await readWorld(store.db.pool);
    const a = [...people.values()].find((p) => p.fields['code'] === 'a');
    await addIdentity(store.db.pool, {
      sourceId: CSV_SOURCE_ID,
      externalId: 'old-a',
      userId: a?.id ?? '',
    });

    const found = await outcomes({ rows: [...three(), row(9, { code: 'old-a' })] });

    expect(found).toEqual({ 2: 'conflict', 3: 'unchanged', 4: 'unchanged', 9: 'conflict' });
  });

  test('a row without a code is who its address says; a second row of theirs is a conflict', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', login: 'anna' }, { code: 'b' }) });

    const alone = await outcomes({ rows: rows({ login: 'anna', firstName: 'Anna' }) });
    const both = await outcomes({
      rows: rows({ login: 'anna', firstName: 'Anna' }, { code: 'a', firstName: 'Ann' }),
    });

    expect(alone).toEqual({ 2: 'update' });
    expect(both).toEqual({ 2: 'conflict', 3: 'conflict' });
  });

  test('a new user needs one of code, login and e-mail', async () => {
    const found = await messagesOf({
      rows: [{ line: 2, externalId: '7', values: {}, clears: [] }],
    });

    expect(found).toEqual([[2, 'no_key']]);
  });

  test('a new user’s login is the e-mail, else the code; status is active', async () => {
    await importRows(store.db, {
      rows: rows({ code: 'a', email: 'A@x.org' }, { code: 'B' }, { code: 'c', login: 'cc' }),
    });

    expect(await fieldOf('login')).toEqual({ a: 'A@x.org', B: 'B', c: 'cc' });
    expect(await fieldOf('status')).toEqual({ a: 'active', B: 'active', c: 'active' });
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

  test('keys of an absorbed account lead to the survivor, who may take them', async () => {
    const { survivor } = await mergedPair();

    await importRows(store.db, { rows: rows({ email: 'm@x.org', firstName: 'M' }) });
    await importRows(store.db, { rows: rows({ code: 's', email: 'm@x.org' }), sourceId: LIST });

    const { people } = await readWorld(store.db.pool);
    expect(people.get(survivor)?.fields).toMatchObject({ firstName: 'M', email: 'm@x.org' });
    expect(await fieldOf('email')).toEqual({ s: 'm@x.org', m: null });
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

describe('absence', () => {
  const missing = { sourceId: LIST, missing: 'deactivate' } as const;

  test('who is missing is deactivated and stays, protected people and a status by hand are kept', async () => {
    await importRows(store.db, {
      rows: rows({ code: 'a' }, { code: 'b' }, { code: 'c' }, { code: 'd' }),
      sourceId: LIST,
    });
    const ids = [...(await readWorld(store.db.pool)).people.keys()];
    await store.db.pool.query(`update "user" set protected = true where code = 'b'`);
    await editPerson(store.db.pool, ids[2] ?? '', { status: 'active' });

    const { counts } = await importRows(store.db, { rows: rows({ code: 'd' }), ...missing });

    expect(counts).toMatchObject({
      absent: 3,
      deactivated: 1,
      skipped: 2,
      keptByHand: 2,
      unchanged: 1,
    });
    expect(await fieldOf('status')).toEqual({
      a: 'inactive',
      b: 'active',
      c: 'active',
      d: 'active',
    });
  });

  test('rows in error, conflict or duplicate prove presence, by any of their keys', async () => {
    await importRows(store.db, { rows: three(), sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: [
        row(2, { code: 'a' }, { fault: true }),
        row(3, { email: 'b@x.org', firstName: 'B' }),
        row(4, { code: 'x', email: 'c@x.org' }),
        row(5, { code: 'x', email: 'c@x.org', firstName: 'C' }),
      ],
      ...missing,
    });

    expect(counts).toMatchObject({ error: 1, updated: 1, conflict: 2, absent: 0 });
  });

  test('a retry computes no absence', async () => {
    const first = await importRows(store.db, { rows: three(), sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', firstName: 'Ann' }),
      ...missing,
      retryOf: first.runId,
    });

    expect(counts).toMatchObject({ updated: 1, absent: 0 });
  });
});

describe('managers', () => {
  test('a manager is found by id or code, before and after in the file, in slices of any size', async () => {
    await addPerson(store.db.pool, { fields: { code: 'boss' } });

    await importRows(store.db, {
      rows: rows(
        { code: 'a', manager: 'c' },
        { code: 'b', manager: 'boss' },
        { code: 'c', manager: 'd' },
        { code: 'd' },
      ),
      maxEntries: 1,
    });

    const { people } = await readWorld(store.db.pool);
    const code = new Map([...people.values()].map((p) => [p.id, p.fields['code']]));
    const managers = [...people.values()].map((p) => [
      p.fields['code'],
      code.get(p.fields['manager'] ?? '') ?? null,
    ]);
    expect(Object.fromEntries(managers)).toEqual({
      a: 'c',
      b: 'boss',
      c: 'd',
      d: null,
      boss: null,
    });
  });

  test('somebody whom this very read links to an id can be named by it', async () => {
    const boss = await addPerson(store.db.pool, { fields: { email: 'boss@x.org' } });

    const found = await messagesOf({
      rows: rows({ code: 'a', manager: '77' }, { code: '77', email: 'boss@x.org' }),
    });

    expect(found).toEqual([]);
    expect(await fieldOf('manager')).toEqual({ a: boss, 77: null });
  });

  test('nobody’s id is a message, as is somebody who will not be created', async () => {
    await importRows(store.db, { rows: rows({ code: 'a' }) });

    const found = await messagesOf({
      rows: rows({ code: 'a', manager: 'new' }, { code: 'new' }),
      create: false,
    });

    expect(found).toEqual([[2, 'manager_unknown']]);
    expect(await fieldOf('manager')).toEqual({ a: null });
  });

  test('a cycle is a message and never an error', async () => {
    const found = await messagesOf({
      rows: rows(
        { code: 'a', manager: 'b' },
        { code: 'b', manager: 'a' },
        { code: 'c', manager: 'c' },
        { code: 'd', manager: 'a' },
      ),
      maxEntries: 1,
    });

    expect(found).toEqual([
      [2, 'manager_cycle'],
      [3, 'manager_cycle'],
      [4, 'manager_cycle'],
    ]);
    expect(Object.values(await fieldOf('manager')).filter((m) => m === null)).toEqual([]);
  });

  test('a manager who comes with a later file is set then, though the row says the same', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', manager: 'b' }) });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', manager: 'b' }, { code: 'b' }),
    });

    expect(counts).toMatchObject({ created: 1, updated: 1 });
  });
});

test('a plan is made once: asking again gives the same one', async () => {
  const run = await planImport(store.db, { rows: three() });

  const again = await buildPlan(store.db, run);

  expect(again).toEqual({ entries: 3, rows: 3, held: [] });
});

test('the plan of a run that is not there is refused', async () => {
  await expect(runDocument(store.db, newId())).rejects.toMatchObject({ kind: 'not_found' });
});
