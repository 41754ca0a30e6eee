import { transaction } from '../../../store/database/db';
import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { createRun, getRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { addPerson, emptyStore, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { applyBatches, decide, planImport } from '../../support/runs/storeRun';

const store = testDatabase();

beforeEach(async () => {
  await emptyStore(store.db);
});

test('a run is of users unless it is said to be of something else', async () => {
  const { runId } = await transaction(store.db, (tx) =>
    createRun(tx, {
      kind: 'bulk',
      sourceId: CSV_SOURCE_ID,
      actorId: OWNER_ID,
      options: {},
      dryRun: true,
    }),
  );

  expect((await getRun(store.db, runId)).subject).toBe('users');
});

test.each([
  ['users', true],
  ['enrollments', false],
])('a read of %s links a source to its users: %s', async (subject, links) => {
  await addPerson(store.db.pool, { fields: { code: 'x' } });
  const run = await planImport(store.db, { rows: [row(2, { code: 'p0' })] });
  await hold(store.db, run);
  await decide(store.db, { ...run, kind: 'approve' });
  await claim(store.db, run);
  await applyBatches(store.db, { ...run, maxEntries: 10 });
  await finish(store.db, { ...run, state: 'done', undoDays: 90 });

  // What else a read leaves behind is chosen by its subject (SETTLERS of store/lifecycle/finish.ts).
  await store.db.pool.query(`update run set subject = $2 where id = $1`, [run.runId, subject]);
  const next = await planImport(store.db, { rows: [row(2, { code: 'p1' })] });

  expect(next.held.map(({ gate }) => gate)).toEqual(links ? [] : ['first_link']);
});
