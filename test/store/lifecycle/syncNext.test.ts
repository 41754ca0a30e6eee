import { runDocument } from '../../support/runs/documents';
import { resolveConflict } from '../../../operations/runs/resolve';
import { ownerOf } from '../../operations/support';
import { emptyStore, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows } from '../../support/runs/storeRun';
import { addPolledSource, syncRows } from '../../support/runs/syncRun';

const store = testDatabase();

beforeAll(() => addPolledSource(store.db));
beforeEach(() => emptyStore(store.db));

test('conflicts of a sync lead to its messages, each of which says what settles it', async () => {
  await importRows(store.db, {
    rows: rows({ code: 'a', email: 'a@x.org' }, { code: 'b', email: 'b@x.org' }),
  });
  const run = await syncRows(store.db, { pages: [rows({ code: 'a', email: 'b@x.org' })] });

  expect(run.counts).toMatchObject({ conflict: 1 });
  expect(run.next).toEqual({ do: 'report', run: run.runId });
  expect(run.messages[0]?.message).toContain(
    `rollcall runs resolve ${run.runId} --entry 1 --user `,
  );
  await resolveConflict(ownerOf(store), { run: run.runId, entry: 1, choice: { as: 'skip' } });
  expect((await runDocument(store.db, run.runId)).next).toBeNull();
});

test('the message of a sync about an unknown manager offers no file', async () => {
  const run = await syncRows(store.db, {
    pages: [[row(2, { code: 'a', manager: 'nobody' }), row(3, { code: 'b', manager: 'nobody' })]],
  });

  const { code, message } = run.messages[0] ?? {};
  expect(code).toBe('manager_unknown');
  expect(message).toBe(
    'Nobody has the number, e-mail or login "nobody", neither in this read nor among the users, so the manager of 2 people, ' +
      'of whom this is the first, stays as it is. The next read with a good row of that person fills in ' +
      'the manager of all of them: rollcall sources sync hr --full',
  );
});
