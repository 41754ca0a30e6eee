import { CSV_SOURCE_ID } from '../../../../store/sources/sources';
import {
  addIdentity,
  addPerson,
  emptyStore,
  readWorld,
  row,
  rows,
} from '../../../support/builders';
import { testDatabase } from '../../../support/postgres';
import { askedOf, three } from '../../../support/runs/reads';
import { importRows } from '../../../support/runs/storeRun';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const { outcomes, fieldOf, messagesOf } = askedOf(store);
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
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

  test('rows are counted as matched, whether their person was active or not', async () => {
    await addPerson(store.db.pool, { fields: { code: 'a' } });
    await addPerson(store.db.pool, { fields: { code: 'b', status: 'inactive' } });

    const { counts, matchedRows } = await importRows(store.db, {
      rows: rows({ code: 'a', status: 'active' }, { code: 'b', status: 'active' }),
      sourceId: LIST,
    });

    expect(counts).toMatchObject({ updated: 1, linked: 1, reactivated: 1 });
    expect(matchedRows).toBe(2);
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

describe('one mailbox for many', () => {
  const depot = (code: string) => ({ code, email: 'depot@x.org', firstName: code });

  test('three rows with numbers are one message with its cure', async () => {
    const { messages, counts } = await importRows(store.db, {
      rows: rows(depot('a'), depot('b'), { code: 'z', email: 'z@x.org' }, depot('c')),
    });

    expect(counts).toMatchObject({ created: 1, conflict: 3 });
    expect(messages.map(({ line, code }) => [line, code])).toEqual([[2, 'shared_email']]);
    expect(messages[0]?.message).toContain(
      '3 people share the e-mail "depot@x.org" (lines 2, 3, 5)',
    );
    expect(messages[0]?.message).toContain('--map email=properties.mailbox');
  });

  test('two rows stay a conflict each', async () => {
    const found = await messagesOf({ rows: rows(depot('a'), depot('b')) });

    expect(found).toEqual([
      [2, 'same_person_twice'],
      [3, 'same_person_twice'],
    ]);
  });
});
