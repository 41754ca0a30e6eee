import {
  addIdentity,
  addPerson,
  editPerson,
  emptyStore,
  readWorld,
  row,
  rows,
} from '../../../support/builders';
import { diffEntries } from '../../../../store/report/diff';
import type { ReadRow } from '../../../support/oracle';
import { storedOutcomes } from '../../../support/outcomes';
import { testDatabase } from '../../../support/postgres';
import { importFile } from '../../../support/runs/fileRun';
import { importRows, planImport, undoRun } from '../../../support/runs/storeRun';
import { addPolledSource, POLLED, syncRows } from '../../../support/runs/syncRun';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(() => emptyStore(store.db));

const ADA = { email: 'ada@x.org', firstName: 'Ada' };
const left = (code: string, rest: Record<string, string> = {}) => ({
  code,
  ...ADA,
  status: 'inactive',
  ...rest,
});
const works = (code: string, rest: Record<string, string> = {}) => ({
  code,
  ...ADA,
  status: 'active',
  ...rest,
});
const BO = { code: 'bo', email: 'bo@x.org', status: 'active' };

/** code → the keys and the status that the user has. */
async function people(): Promise<Record<string, unknown>> {
  const { people: all } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...all.values()].map(({ fields: f }) => [
      f['code'],
      [f['status'], f['email'] ?? null, f['login'] ?? null],
    ]),
  );
}

async function outcomes(all: readonly ReadRow[]): Promise<Record<number, string>> {
  const { runId } = await planImport(store.db, { rows: all, sourceId: LIST, dryRun: true });
  return Object.fromEntries((await storedOutcomes(store.db, runId)).outcomes.rows);
}

const imported = (...values: Record<string, string>[]) =>
  importRows(store.db, { rows: rows(...values), sourceId: LIST, missing: 'deactivate' });

const AFTER = {
  rh1: ['inactive', null, null],
  rh9: ['active', 'ada@x.org', 'ada@x.org'],
  bo: ['active', 'bo@x.org', 'bo@x.org'],
};

describe.each([
  ['the leaver first', [left('rh1'), works('rh9'), BO]],
  ['the leaver last', [BO, works('rh9'), left('rh1')]],
])('left and rehired under another number, %s', (_, file) => {
  test('the leaver gives up e-mail and login and is deactivated, the active row creates', async () => {
    await imported(works('rh1'), BO);

    const { counts, runId } = await imported(...file);

    expect(counts).toMatchObject({ created: 1, deactivated: 1, unchanged: 1, conflict: 0 });
    expect(await people()).toEqual(AFTER);
    const shown = [];
    for await (const e of diffEntries(store.db, { runId })) shown.push(e);
    expect(shown.find(({ action }) => action === 'deactivate')).toMatchObject({
      reason: 'yields',
      changes: { email: ['ada@x.org', null], login: ['ada@x.org', null] },
    });
  });

  test('the same file again changes nothing, in any order of its rows', async () => {
    await imported(works('rh1'), BO);
    await imported(...file);

    const again = await imported(...file);
    const third = await imported(...[...file].reverse());

    for (const { counts, messages } of [again, third]) {
      expect([counts.unchanged, messages]).toEqual([3, []]);
    }
    expect(await people()).toEqual(AFTER);
  });

  test('an undo gives the keys back', async () => {
    await imported(works('rh1'), BO);
    const { runId } = await imported(...file);

    await undoRun(store.db, runId);

    expect(await people()).toMatchObject({ rh1: ['active', 'ada@x.org', 'ada@x.org'] });
  });

  test('in a store that knows neither, both are created, the leaver without the e-mail', async () => {
    const { counts } = await imported(...file);

    expect(counts).toMatchObject({ created: 3, conflict: 0 });
    expect(await people()).toEqual({ ...AFTER, rh1: ['inactive', null, 'rh1'] });
    expect((await imported(...file)).counts).toMatchObject({ unchanged: 3 });
  });

  test('a row of the leaver that was read before, and is unchanged, gives way, too', async () => {
    await imported(works('rh1'), BO);
    await imported(left('rh1'), BO);

    const { counts } = await imported(...file);

    expect(counts).toMatchObject({ created: 1, updated: 1, conflict: 0 });
    expect(await people()).toEqual(AFTER);
  });
});

test('the rows of a changed leaver and of an unchanged successor stay apart', async () => {
  await imported(works('rh1'), BO);
  await imported(left('rh1'), works('rh9'), BO);

  const { counts } = await imported(left('rh1', { department: 'Old' }), works('rh9'), BO);

  expect(counts).toMatchObject({ updated: 1, unchanged: 2 });
  expect(await people()).toEqual(AFTER);
});

test('the same number twice: the active row counts, the inactive one is skipped', async () => {
  const file = [left('rs1'), works('rs1', { department: 'Sales' })];

  const first = await imported(...file);
  const again = await imported(...[...file].reverse());

  expect(first.counts).toMatchObject({ created: 1, skipped: 1 });
  expect(again.counts).toMatchObject({ unchanged: 1, skipped: 1, absent: 0 });
  expect(first.skippedFor).toEqual({ yields: 1 });
  expect(await people()).toEqual({ rs1: ['active', 'ada@x.org', 'ada@x.org'] });
});

test('an unchanged inactive row gives way to a new active one of its number', async () => {
  await imported(left('rs1'));

  const { counts } = await imported(left('rs1'), works('rs1'));

  expect(counts).toMatchObject({ reactivated: 1, skipped: 1 });
});

test.each([
  ['two are active', [works('a'), works('b'), left('c')]],
  ['one says nothing about the status', [{ code: 'a', ...ADA }, left('b')]],
  ['the leaver has no other key', [{ ...ADA, status: 'inactive' }, works('b')]],
  ['both rows of a number have left', [left('a'), left('a', { department: 'X' })]],
])('it is a conflict when %s', async (_, file) => {
  const found = await outcomes(rows(...file));

  expect(new Set(Object.values(found))).toEqual(new Set(['conflict']));
});

test('a conflict about the active row takes the leaver along', async () => {
  const found = await outcomes(rows(left('a'), works('b', { login: 'l' }), { ...BO, login: 'l' }));

  expect(found).toEqual({ 2: 'conflict', 3: 'conflict', 4: 'conflict' });
});

test('when all have left, the one who has the e-mail keeps it and is deactivated', async () => {
  await imported(works('rh1'));
  await imported(left('rh1'), works('rh9'));

  const { counts } = await imported(left('rh1', { department: 'X' }), left('rh9'));

  expect(counts).toMatchObject({ updated: 1, deactivated: 1, conflict: 0 });
  expect(await people()).toEqual({
    rh1: ['inactive', null, null],
    rh9: ['inactive', 'ada@x.org', 'ada@x.org'],
  });
});

test('a leaver keeps the e-mail that the active row does not get after all', async () => {
  await imported(works('rh1'), { code: 'zed', login: 'taken', status: 'active' });

  const { counts } = await importRows(store.db, {
    rows: rows(left('rh1'), works('rh9', { login: 'taken' })),
    sourceId: LIST,
  });

  expect(counts).toMatchObject({ deactivated: 1, conflict: 1, created: 0 });
  expect(await people()).toMatchObject({ rh1: ['inactive', 'ada@x.org', 'ada@x.org'] });
});

test('a run that creates nobody takes no key away', async () => {
  await imported(works('rh1'));

  await importRows(store.db, {
    rows: rows(left('rh1'), works('rh9')),
    sourceId: LIST,
    create: false,
  });

  expect(await people()).toEqual({ rh1: ['inactive', 'ada@x.org', 'ada@x.org'] });
});

test('an e-mail that was set by hand stays, and the active row is a conflict', async () => {
  await imported(works('rh1'));
  const [id = ''] = [...(await readWorld(store.db.pool)).people.keys()];
  await editPerson(store.db.pool, id, { email: 'ada@x.org' });

  const { counts } = await imported(left('rh1'), works('rh9'));

  expect(counts).toMatchObject({ conflict: 1, deactivated: 1 });
  expect(await people()).toMatchObject({ rh1: ['inactive', 'ada@x.org', 'ada@x.org'] });
});

test('the active row matches the person whom the store knows by the e-mail alone', async () => {
  await addPerson(store.db.pool, { fields: { email: 'ada@x.org', login: 'ada' } });

  const { counts } = await imported(left('rh1'), works('rh9'));

  expect(counts).toMatchObject({ created: 1, linked: 1, conflict: 0 });
});

test('a leaver whom the store knows by code gives up the e-mail, too', async () => {
  await addPerson(store.db.pool, { fields: { code: 'rh1', email: 'ada@x.org', login: 'ada' } });

  const { counts } = await imported(left('rh1'), works('rh9'));

  expect(counts).toMatchObject({ created: 1, deactivated: 1, conflict: 0 });
  expect(await people()).toEqual({
    rh1: ['inactive', null, 'ada'],
    rh9: ['active', 'ada@x.org', 'ada@x.org'],
  });
});

describe('in a system', () => {
  const sync = (...values: Record<string, string>[]) =>
    syncRows(store.db, {
      pages: [values.map(({ id = '', ...rest }, i) => row(i + 2, rest, { externalId: id }))],
    });

  test('a rehire with another id and the same e-mail gets an account', async () => {
    await sync({ id: '1', ...works('e1') });

    const first = await sync({ id: '1', ...left('e1') }, { id: '2', ...works('e2') });
    const again = await sync({ id: '2', ...works('e2') }, { id: '1', ...left('e1') });

    expect(first.counts).toMatchObject({ created: 1, deactivated: 1, conflict: 0 });
    expect(again.counts).toMatchObject({ unchanged: 2 });
  });

  test('a rehire with another id and the same code goes on with the account', async () => {
    await sync({ id: '1', ...works('e1') });

    const first = await sync({ id: '1', ...left('e1') }, { id: '2', ...works('e1') });
    const again = await sync({ id: '1', ...left('e1') }, { id: '2', ...works('e1') });
    const later = await sync(
      { id: '1', ...left('e1') },
      { id: '2', ...works('e1', { department: 'X' }) },
    );

    expect(first.counts).toMatchObject({ linked: 1, skipped: 1, conflict: 0, deactivated: 0 });
    expect(again.counts).toMatchObject({ unchanged: 1, skipped: 1 });
    expect(later.counts).toMatchObject({ updated: 1, skipped: 1 });
    expect(await people()).toEqual({ e1: ['active', 'ada@x.org', 'ada@x.org'] });
  });

  test('of two ids that an admin linked to one user, the active one counts', async () => {
    await sync({ id: '1', ...works('e1') });
    const [userId = ''] = [...(await readWorld(store.db.pool)).people.keys()];
    await addIdentity(store.db.pool, { sourceId: POLLED, externalId: '2', userId });

    const { counts } = await sync(
      { id: '1', code: 'e1', status: 'inactive' },
      { id: '2', code: 'e2', status: 'active' },
    );

    expect(counts).toMatchObject({ skipped: 1, updated: 1, deactivated: 0 });
  });
});

test('a row that yielded before counts again when a third row claims the e-mail', async () => {
  await imported(works('rh1'), BO);
  await imported(left('rh1'), works('rh9'), BO);

  const found = await outcomes(rows(left('rh1'), works('rh9'), BO, works('rh10')));

  expect(found).toEqual({ 2: 'conflict', 3: 'conflict', 4: 'unchanged', 5: 'conflict' });
});

test('a status that nobody knows leaves it open who is active, so the other row is a conflict', async () => {
  const text = [
    'code,email,status',
    'old,ada@x.org,On ice',
    'new,ada@x.org,active',
    'bo,bo@x.org,On ice',
    'cy,cy@x.org,active',
    '',
  ].join('\n');

  const { counts } = await importFile(store.db, { text, sourceId: LIST });

  expect(counts).toMatchObject({ error: 2, conflict: 1, created: 1 });
  expect(Object.keys(await people())).toEqual(['cy']);
});
