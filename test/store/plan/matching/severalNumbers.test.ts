import { missingIds } from '../../../../store/lifecycle/missing';
import { addIdentity, addPerson, emptyStore, readWorld, rows } from '../../../support/builders';
import { testDatabase } from '../../../support/postgres';
import { importRows } from '../../../support/runs/storeRun';
import { addPolledSource, planSync, POLLED, syncRows } from '../../../support/runs/syncRun';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(() => emptyStore(store.db));

const ANN = { code: 'ann', email: 'ann@x.org' };
const read = (...codes: string[]) =>
  syncRows(store.db, {
    pages: [rows(...codes.map((code) => (code === 'ann' ? ANN : { code })))],
  });

async function annId(): Promise<string> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find(({ fields }) => fields['email'] === ANN.email)?.id ?? '';
}

async function annStatus(): Promise<unknown> {
  return (await readWorld(store.db.pool)).people.get(await annId())?.fields['status'];
}

/** Ann was `ann`, left that number long ago, and is linked by hand to `n1`, under which she is read. */
async function annUnderHerNewNumber(): Promise<void> {
  await read('ann', 'bob');
  await addIdentity(store.db.pool, { sourceId: POLLED, externalId: 'n1', userId: await annId() });
  for (let n = 0; n < 3; n++) {
    await syncRows(store.db, { pages: [rows({ code: 'n1', email: ANN.email }, { code: 'bob' })] });
  }
}

test('a person with an old number is missing only after as many reads as any other person', async () => {
  await annUnderHerNewNumber();

  const once = await read('bob');
  const afterOne = await annStatus();
  const twice = await read('bob');

  expect([once.counts.deactivated, afterOne]).toEqual([0, 'active']);
  expect([twice.counts.deactivated, await annStatus()]).toEqual([1, 'inactive']);
});

test('a person who is read under the old number once more is there', async () => {
  await annUnderHerNewNumber();
  await read('bob');
  await read('ann', 'bob');

  const { counts } = await read('bob');

  expect([counts.deactivated, await annStatus()]).toEqual([0, 'active']);
});

test('the number of an account that was merged into the person counts, too', async () => {
  await read('ann', 'bob');
  const absorbed = await addPerson(store.db.pool, {
    fields: { code: 'old' },
    mergedInto: await annId(),
  });
  await addIdentity(store.db.pool, { sourceId: POLLED, externalId: 'old', userId: absorbed });
  const old = () => syncRows(store.db, { pages: [rows({ code: 'old' }, { code: 'bob' })] });
  await old();
  await old();

  const { counts } = await read('bob');

  expect([counts.deactivated, await annStatus()]).toEqual([0, 'active']);
});

test('a read that has the person only in a row that does not go through is no read without them', async () => {
  await read('ann', 'bob');
  await read('bob');
  await syncRows(store.db, { pages: [rows({ code: 'n2', email: ANN.email }, { code: 'bob' })] });

  const { counts } = await read('bob');

  expect([counts.deactivated, await annStatus()]).toEqual([0, 'active']);
});

test('each number of a person who would count as gone is asked for, up to a number of people', async () => {
  await annUnderHerNewNumber();
  await read();
  const { runId } = await planSync(store.db, { pages: [rows()] });
  const ask = (maxPeople: number) => missingIds(store.db, { runId, absenceTimes: 2, maxPeople });

  expect(await ask(10)).toEqual(['ann', 'bob', 'n1']);
  expect(await ask(1)).toEqual(['ann', 'n1']);
});

test('nobody is asked for whose other number was in the last read', async () => {
  await annUnderHerNewNumber();
  const { runId } = await planSync(store.db, { pages: [rows({ code: 'bob' })] });

  expect(await missingIds(store.db, { runId, absenceTimes: 2, maxPeople: 10 })).toEqual([]);
});

test('in a list, one number of a person is enough to be in the file', async () => {
  const missing = { sourceId: LIST, missing: 'deactivate' } as const;
  await importRows(store.db, { rows: rows(ANN, { code: 'bob' }), sourceId: LIST });
  await addIdentity(store.db.pool, { sourceId: LIST, externalId: 'n1', userId: await annId() });

  const under = await importRows(store.db, {
    rows: rows({ code: 'n1' }, { code: 'bob' }),
    ...missing,
  });
  const gone = await importRows(store.db, { rows: rows({ code: 'bob' }), ...missing });

  expect([under.counts.absent, gone.counts.absent]).toEqual([0, 1]);
});
