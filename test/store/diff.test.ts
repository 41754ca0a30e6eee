import { diffEntries } from '../../store/report/diff';
import { emptyStore, rows } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { planImport } from '../support/storeRun';
import { addReferences } from '../support/worlds';

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
