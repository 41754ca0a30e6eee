import { failedLines } from '../../support/runs/documents';
import { emptyStore, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { planImport } from '../../support/runs/storeRun';

const store = testDatabase();

beforeEach(async () => {
  await emptyStore(store.db);
});

test('a row that did not go through is reported as column, reason and code', async () => {
  const run = await planImport(store.db, {
    rows: [
      row(2, { code: 'a' }, { fault: true }),
      row(3, { code: 'b' }),
      row(4, { code: 'c', email: 'd@x.org' }),
      row(5, { code: 'c', email: 'e@x.org' }),
    ],
  });

  const lines = await failedLines(store.db, run.runId);

  expect([...lines.keys()]).toEqual([2, 4, 5]);
  expect(lines.get(2)).toBe('email: Not an address (bad_email)');
  expect(lines.get(4)).toMatch(/^code: .+Keep one of them; .+ \(same_person_twice\)$/);
});
