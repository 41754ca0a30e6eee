import { approveRun, resumeRun } from '../../../operations/runs/decisions';
import { diffRun, listRuns, readRun, runMessages } from '../../../operations/runs/runs';
import { createUndo } from '../../../operations/runs/undo';
import { listTodo } from '../../../operations/todo';
import type { OperationContext } from '../../../operations/context';
import { createBulk } from '../../../operations/users/bulk';
import { createOrganization } from '../../../operations/users/organizations';
import { OUTSIDE } from '../../../domain/users/userView';
import { buildPlan } from '../../../store/plan';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { testDatabase } from '../../support/postgres';
import { applyBatches, start } from '../../support/runs/storeRun';
import { actor, addUsers } from '../../support/users';

const store = testDatabase();
let owner: OperationContext;
let manager: OperationContext;
let colleague: OperationContext;
let mine: string;

beforeAll(async () => {
  owner = await actor(store.db);
  mine = (await createOrganization(owner, { code: 'MINE', name: 'Mine' })).id;
  manager = await actor(store.db, 'manager', [mine]);
  colleague = await actor(store.db, 'manager', [mine]);
  await addUsers(store.db.pool, [
    { code: 'A', organizationId: mine },
    { code: 'B', organizationId: mine },
  ]);
});

/** A bulk deactivation of A and B; held when nobody confirmed their number. */
async function deactivated(by: OperationContext, expect: number | null): Promise<string> {
  const users = ['A', 'B'];
  const { runId } = await createBulk(by, { users, status: 'inactive', dryRun: false, expect });
  const fence = await start(store.db, runId);
  const { held } = await buildPlan(store.db, { runId, fence });
  if (held.length > 0) {
    await hold(store.db, { runId, fence });
    return runId;
  }
  await applyBatches(store.db, { runId, fence, maxEntries: 100 });
  await finish(store.db, { runId, fence, state: 'done', undoDays: 90 });
  return runId;
}

async function diffOf(context: OperationContext, run: string) {
  const entries = [];
  for await (const entry of await diffRun(context, { run })) entries.push(entry);
  return entries;
}

test('a manager sees, decides on and undoes the own bulk changes, and no others', async () => {
  const others = await deactivated(colleague, null);
  const own = await deactivated(manager, 2);
  const listed = { limit: 10 };

  expect(await readRun(manager, own)).toMatchObject({ state: 'done', counts: { deactivated: 2 } });
  expect((await diffOf(manager, own)).map(({ code }) => code).sort()).toEqual(['A', 'B']);
  expect((await listRuns(manager, listed)).runs.map(({ runId }) => runId)).toEqual([own]);
  expect((await listTodo(manager, { limit: 9, now: new Date() })).held.count).toBe(0);
  expect((await listTodo(colleague, { limit: 9, now: new Date() })).held.count).toBe(1);
  await expect(approveRun(manager, { run: others })).rejects.toMatchObject({
    kind: 'not_found',
    message: `There is no run ${others}.`,
  });
  expect(await approveRun(colleague, { run: others })).toMatchObject({ workflow: 'decide' });
  await expect(resumeRun(manager, { run: own })).rejects.toMatchObject({ kind: 'state' });
  const undo = await createUndo(manager, { run: own, dryRun: true, expect: null });
  expect((await listRuns(manager, listed)).runs).toMatchObject([
    { runId: undo.runId, undoOf: own },
    { runId: own },
  ]);
  expect((await listRuns(owner, listed)).runs).toHaveLength(3);
});

test('a person who moved away since keeps the entry, without name and values', async () => {
  await store.db.pool.query(`update "user" set status = 'active', deactivated_at = null,
    deactivated_reason = null, sticky = '{}'`);
  const own = await deactivated(manager, 2);
  await store.db.pool.query(`update "user" set organization_id = null where code = 'B'`);

  const entries = await diffOf(manager, own);
  const second = entries.find(({ code }) => code !== 'A');

  expect(entries).toContainEqual(expect.objectContaining({ code: 'A', state: 'applied' }));
  expect(second).toMatchObject({ code: null, userId: null, name: OUTSIDE, changes: {} });
  expect(second).toMatchObject({ action: 'deactivate', state: 'applied' });
  expect((await diffOf(owner, own)).map(({ code }) => code).sort()).toEqual(['A', 'B']);
  expect(await readRun(manager, own)).toMatchObject({ messages: [] });
  await expect(runMessages(manager, own)).resolves.toBeDefined();
});
