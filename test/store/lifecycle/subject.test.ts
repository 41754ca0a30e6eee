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
])('a read of %s measures the next read of users: %s', async (subject, measures) => {
  await addPerson(store.db.pool, { fields: { code: 'x' } });
  const run = await planImport(store.db, { rows: [row(2, { code: 'p0' })] });
  await hold(store.db, run);
  await decide(store.db, { ...run, kind: 'approve' });
  await claim(store.db, run);
  await applyBatches(store.db, { ...run, maxEntries: 10 });

  await store.db.pool.query(`update run set subject = $2 where id = $1`, [run.runId, subject]);
  await finish(store.db, { ...run, state: 'done', undoDays: 90 });
  const next = await planImport(store.db, { rows: [row(2, { code: 'p1' })] });

  const { rows } = await store.db.pool.query<{ last: string | null }>(
    `select last_good_run_id as last from source where id = $1`,
    [CSV_SOURCE_ID],
  );
  expect(rows[0]?.last).toBe(measures ? run.runId : null);
  expect(next.held.map(({ gate }) => gate)).toEqual(measures ? [] : ['first_link']);
});
