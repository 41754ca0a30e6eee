import { emptyStore, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { failedLines, runDocument } from '../../support/runs/documents';
import { planImport } from '../../support/runs/storeRun';

const store = testDatabase();

beforeEach(async () => {
  await emptyStore(store.db);
});

/** Messages of a worker from before facts were stored: sentences, without facts. */
async function asStoredBefore(runId: string): Promise<void> {
  await store.db.pool.query(
    `update run_message set message = 'Said then: ' || code || '.', facts = null where run_id = $1`,
    [runId],
  );
  await store.db.pool.query(
    `update staged_row set faults = '[["email", "bad_email", "Said then: no address."]]'
     where run_id = any ($1) and faults is not null`,
    [[runId]],
  );
}

test('messages and row faults that were stored as sentences are shown as they stand', async () => {
  const run = await planImport(store.db, {
    rows: [
      row(2, { code: 'a' }, { fault: true }),
      row(4, { code: 'c', email: 'd@x.org' }),
      row(5, { code: 'c', email: 'e@x.org' }),
    ],
  });
  await asStoredBefore(run.runId);

  const { messages } = await runDocument(store.db, run.runId);
  const lines = await failedLines(store.db, run.runId);

  expect(messages.map(({ line, message }) => [line, message])).toEqual([
    [2, 'Said then: no address.'],
    [4, 'Said then: same_person_twice.'],
    [5, 'Said then: same_person_twice.'],
  ]);
  expect([...lines]).toEqual([
    [2, 'email: Said then: no address (bad_email)'],
    [4, 'code: Said then: same_person_twice (same_person_twice)'],
    [5, 'code: Said then: same_person_twice (same_person_twice)'],
  ]);
});

test('what is stored now holds codes and facts, and no sentence', async () => {
  const run = await planImport(store.db, {
    rows: [row(4, { code: 'c', email: 'd@x.org' }), row(5, { code: 'c', email: 'e@x.org' })],
  });

  const { rows } = await store.db.pool.query(
    `select line, code, message, facts from run_message where run_id = $1 order by n`,
    [run.runId],
  );

  expect(rows).toEqual([
    {
      line: 4,
      code: 'same_person_twice',
      message: null,
      facts: { other: 5, numbers: null, canRule: true },
    },
    {
      line: 5,
      code: 'same_person_twice',
      message: null,
      facts: { other: 4, numbers: null, canRule: true },
    },
  ]);
});
