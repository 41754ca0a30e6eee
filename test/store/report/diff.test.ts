import { diffEntries } from '../../../store/report/diff';
import { runDocument } from '../../support/runs/documents';
import { editPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows, planImport } from '../../support/runs/storeRun';
import { addReferences } from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

test('the diff of a new user shows every value that will be written, properties too', async () => {
  const { runId } = await planImport(store.db, {
    rows: rows({ code: 'a', firstName: 'Ana', 'properties.level': '3' }),
    dryRun: true,
  });

  const changes = [];
  for await (const entry of diffEntries(store.db, { runId })) changes.push(entry.changes);

  expect(changes).toEqual([
    {
      code: [null, 'a'],
      login: [null, 'a'],
      firstName: [null, 'Ana'],
      status: [null, 'active'],
      'properties.level': [null, expect.anything()],
    },
  ]);
});

test('what is kept by hand is reported once, and shown person by person on request', async () => {
  const two = rows(
    { code: 'a', firstName: 'Ann', department: 'IT' },
    { code: 'b', firstName: 'Bob', department: 'IT' },
  );
  await importRows(store.db, { rows: two });
  for (const id of (await readWorld(store.db.pool)).people.keys()) {
    await editPerson(store.db.pool, id, { firstName: 'Eve' });
  }
  const next = two.map((r, i) => ({
    ...r,
    values: { ...r.values, department: i === 0 ? 'HR' : 'IT' },
  }));

  const { runId } = await planImport(store.db, { rows: next, dryRun: true });
  const usual = [];
  const kept = [];
  for await (const entry of diffEntries(store.db, { runId })) usual.push(entry);
  for await (const entry of diffEntries(store.db, { runId, action: 'kept' })) kept.push(entry);
  const { counts, messages } = await runDocument(store.db, runId);

  expect(counts).toMatchObject({ updated: 1, unchanged: 1, keptByHand: 2 });
  expect(messages).toMatchObject([{ line: null, code: 'kept_by_hand' }]);
  expect(messages[0]?.message).toMatch(
    /^2 fields of 2 people were set by hand earlier and are not overwritten \(firstName 2\)/,
  );
  expect(usual).toMatchObject([{ code: 'a', changes: { department: ['IT', 'HR'] } }]);
  expect(kept).toMatchObject([
    { code: 'a', action: 'update', changes: {}, kept: { firstName: ['Eve', 'Ann'] } },
    { code: 'b', action: 'unchanged', changes: {}, kept: { firstName: ['Eve', 'Bob'] } },
  ]);
});

test('a person whom protection keeps active is shown as such, also when the row changes something else', async () => {
  await importRows(store.db, { rows: rows({ code: 'safe' }, { code: 'busy', department: 'IT' }) });
  await store.db.pool.query(`update "user" set protected = true where code in ('safe', 'busy')`);

  const { runId } = await planImport(store.db, {
    rows: rows(
      { code: 'safe', status: 'inactive' },
      { code: 'busy', status: 'inactive', department: 'HR' },
    ),
    dryRun: true,
  });
  const kept = [];
  for await (const entry of diffEntries(store.db, { runId, action: 'kept' })) kept.push(entry);
  const { messages } = await runDocument(store.db, runId);

  expect(kept).toMatchObject([
    { code: 'busy', reason: 'protected', kept: { status: ['active', 'inactive'] } },
    { code: 'safe', reason: 'protected', kept: { status: ['active', 'inactive'] } },
  ]);
  expect(messages).toMatchObject([
    {
      code: 'protected',
      message: expect.stringMatching(/^2 people are protected and stay active\./),
    },
  ]);
});

test('a manager who is not set is not shown: nobody has the code, or the row is in error', async () => {
  const { runId } = await planImport(store.db, {
    rows: [
      ...rows({ code: 'a', manager: 'nobody' }, { code: 'b', manager: 'wrong' }),
      row(4, { code: 'wrong' }, { fault: true }),
      row(5, { code: 'c', manager: 'a' }),
    ],
    dryRun: true,
  });

  const managers = [];
  for await (const entry of diffEntries(store.db, { runId, action: 'create' }))
    managers.push([entry.code, entry.changes['manager']]);

  expect(managers.sort()).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['c', [null, 'a']],
  ]);
});

test('an entry has the name of its person, as the store or else the row has it', async () => {
  await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann', lastName: 'Bay' }) });
  const { runId } = await planImport(store.db, {
    rows: rows(
      { code: 'a', department: 'HR' },
      { code: 'b', displayName: 'Bo', lastName: 'Low' },
      { code: 'c' },
    ),
    dryRun: true,
  });

  const names = [];
  for await (const { code, name } of diffEntries(store.db, { runId })) names.push([code, name]);

  expect(names.sort()).toEqual([
    ['a', 'Ann Bay'],
    ['b', 'Bo'],
    ['c', null],
  ]);
});
