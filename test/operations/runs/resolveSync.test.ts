import { resolveConflict } from '../../../operations/runs/resolve';
import { resolveAll } from '../../../operations/runs/resolveAll';
import { buildPlan } from '../../../store/plan';
import { hold } from '../../../store/lifecycle/decisions';
import { emptyStore, readWorld, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { addPolledSource, planSync, syncRows } from '../../support/runs/syncRun';
import { applyPlan, start } from '../../support/runs/storeRun';
import { ownerOf } from '../support';

const store = testDatabase();

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** What the workflow of a follow-up does. */
async function apply(runId: string): Promise<void> {
  const fence = await start(store.db, runId);
  await applyPlan(store.db, { runId, fence, ...(await buildPlan(store.db, { runId, fence })) });
}

async function codes(): Promise<(string | null)[]> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].map(({ fields }) => fields['code'] ?? null).sort();
}

const named = { firstName: 'Ada', lastName: 'North' };

test('a conflict of a sync is resolved by a run that has no file', async () => {
  await syncRows(store.db, { pages: [rows({ code: '1', email: 'a@x.org' })] });
  const again = await syncRows(store.db, { pages: [rows({ code: '9', email: 'a@x.org' })] });
  const { rows: conflicts } = await store.db.pool.query<{ entry: number; user: string }>(
    `select entry, candidates[1] as user from plan_entry where run_id = $1 and action = 'conflict'`,
    [again.runId],
  );
  const [{ entry, user } = { entry: 0, user: '' }] = conflicts;

  const { followUp } = await resolveConflict(ownerOf(store), {
    run: again.runId,
    entry,
    choice: { as: 'user', user },
  });
  await apply(followUp?.runId ?? '');

  expect(await codes()).toEqual(['9']);
});

test('renumbered people of a sync are linked by a run that has no file', async () => {
  await syncRows(store.db, { pages: [rows({ code: '007', ...named })] });
  const run = await planSync(store.db, { pages: [rows({ code: '7', ...named })] });
  await hold(store.db, run);

  const { followUp, people } = await resolveAll(ownerOf(store), {
    run: run.runId,
    by: 'renumbered',
  });
  await apply(followUp.runId);

  expect(people).toBe(1);
  expect(await codes()).toEqual(['7']);
});
