import type { OperationContext } from '../../../operations/context';
import { createBulk, sizeOfBulk, type BulkRun } from '../../../operations/users/bulk';
import { createOrganization } from '../../../operations/users/organizations';
import type { Selection } from '../../../operations/users/selection';
import { editUser, createUser } from '../../../operations/users/userEdits';
import { explainUser, userHistory } from '../../../operations/users/userHistory';
import { showUser } from '../../../operations/users/users';
import { applyBatch } from '../../../store/apply';
import { takeFence } from '../../../store/database/fence';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { getRun, moveRun } from '../../../store/runs/runs';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
});

type StatusChange = Selection & BulkRun & { readonly status: 'active' | 'inactive' };

const off = (more: Partial<StatusChange>): StatusChange => ({
  status: 'inactive',
  dryRun: false,
  expect: null,
  ...more,
});

async function chosen(runId: string): Promise<[number, string | null][]> {
  const { rows } = await store.db.pool.query<{ line: number; code: string | null }>(
    `select s.line, u.code from staged_row s join "user" u on u.id = s.external_id::uuid
     where s.run_id = $1 order by s.line`,
    [runId],
  );
  return rows.map(({ line, code }) => [line, code]);
}

/** Does what the worker does with a recorded run; returns the gates that hold it. */
async function carryOut(runId: string): Promise<readonly string[]> {
  const { db } = store;
  const fence = await takeFence(db, runId);
  await moveRun(db.pool, { runId, to: 'running' });
  const { held } = await buildPlan(db, { runId, fence });
  if (held.length > 0)
    return held.map(({ gate, count, limit }) => `${gate} ${String(count)}/${String(limit)}`);
  while (!(await applyBatch(db, { runId, fence, maxEntries: 2, undoDays: 90 })).done);
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
  return [];
}

test('matching users are frozen with the run: a later match is not in it', async () => {
  await addUsers(store.db.pool, [
    { code: 'F1', department: 'Freeze' },
    { code: 'F2', department: 'freeze' },
    { code: 'F3', department: 'Freeze', status: 'inactive' },
    { code: 'F4', department: 'Other' },
  ]);

  const { runId, workflowId, kind } = await createBulk(
    owner,
    off({ filter: 'department eq "Freeze"', expect: 2, reason: 'closed' }),
  );
  await addUsers(store.db.pool, [{ code: 'F5', department: 'Freeze' }]);

  expect(kind).toBe('bulk');
  expect(workflowId).toMatch(new RegExp(`^bulk/[0-9a-f]{12}/${runId}$`));
  expect((await chosen(runId)).map(([, code]) => code).sort()).toEqual(['F1', 'F2']);
  expect(await getRun(store.db, runId)).toMatchObject({
    source: 'admin',
    state: 'waiting',
    rows: 2,
    options: { change: { status: 'inactive' }, expect: 2, reason: 'closed', dryRun: false },
  });
  expect(await carryOut(runId)).toEqual([]);
  expect(await showUser(owner, 'F1')).toMatchObject({
    status: 'inactive',
    sticky: ['status'],
    version: 2,
  });
  expect(await showUser(owner, 'F5')).toMatchObject({ status: 'active', version: 1 });
});

test('a number other than the confirmed one holds the run, and nobody is changed', async () => {
  await addUsers(store.db.pool, [{ code: 'H1' }, { code: 'H2' }]);

  const run = await createBulk(owner, off({ users: ['H1', 'H2'], expect: 3 }));

  expect(await carryOut(run.runId)).toEqual(['expect 2/3']);
  expect(await showUser(owner, 'H1')).toMatchObject({ status: 'active', version: 1 });
});

test('an activation by filter is about the inactive ones, unless the filter speaks of status', async () => {
  await addUsers(store.db.pool, [
    { code: 'A1', department: 'Act', status: 'inactive' },
    { code: 'A2', department: 'Act' },
  ]);
  const count = async (filter: string, status: 'active' | 'inactive') =>
    (await sizeOfBulk(owner, { filter, status })).chosen;

  expect(await count('department eq "act"', 'active')).toBe(1);
  expect(await count('department eq "act"', 'inactive')).toBe(1);
  expect(await count('department eq "act" and status pr', 'active')).toBe(2);
});

test('a change counts only users whom it would change: not those who have the value set by hand', async () => {
  const { id: organizationId } = await createOrganization(owner, { code: 'NORTH', name: 'North' });
  await addUsers(store.db.pool, [{ code: 'S1' }, { code: 'S2', status: 'inactive' }]);
  await editUser(owner, { user: 'S2', set: { status: 'inactive', organization: 'north' } });
  const users = ['S1', 'S2'];

  expect(await sizeOfBulk(owner, { users, status: 'inactive' })).toEqual({ chosen: 2, changed: 1 });
  expect(await sizeOfBulk(owner, { users: ['S2'], status: 'inactive' })).toEqual({
    chosen: 1,
    changed: 0,
  });
  expect(await sizeOfBulk(owner, { users, organization: 'North' })).toEqual({
    chosen: 2,
    changed: 1,
  });

  const run = await createBulk(owner, { users, organization: 'NORTH', dryRun: false, expect: 1 });
  expect(await carryOut(run.runId)).toEqual([]);
  expect(await showUser(owner, 'S1')).toMatchObject({
    organizationId,
    status: 'active',
    sticky: ['organization'],
  });
  await expect(sizeOfBulk(owner, { users, organization: 'nowhere' })).rejects.toMatchObject({
    kind: 'not_found',
    code: 'organization_not_found',
  });
});

test('a user named twice, or by an absorbed account, is chosen once; merged ones never by a filter', async () => {
  const survivor = await createUser(owner, { set: { code: 'M1', department: 'Merge' } });
  await addUsers(store.db.pool, [
    { code: 'M0', department: 'Merge', status: 'merged', mergedIntoId: survivor.id },
  ]);

  const named = await createBulk(owner, off({ users: ['M1', 'M0', 'M1'] }));
  const filtered = await createBulk(owner, off({ filter: 'department eq "merge" and status pr' }));

  expect(await chosen(named.runId)).toEqual([[1, 'M1']]);
  expect(await chosen(filtered.runId)).toEqual([[1, 'M1']]);
});

test.each([
  [{}, 'nobody_named'],
  [{ users: ['F1'], filter: 'code pr' }, 'users_and_filter'],
  [{ users: ['F1', 'nobody'] }, 'user_not_found'],
  [{ filter: 'nosuch pr' }, 'filter_attribute'],
  [{ saved: 'nosuch' }, 'filter_not_found'],
  // As a program without types calls it.
  [{ users: ['F1'], status: 'gone' }, 'unknown_status'],
  [{ users: ['F1'], organization: 'MINE' }, 'unknown_status'],
])('%j is refused as %s, and no run is recorded', async (more, code) => {
  const { rows: before } = await store.db.pool.query('select count(*) from run');

  const change: Promise<unknown> = Reflect.apply(createBulk, null, [
    owner,
    { ...off({}), ...more },
  ]);
  await expect(change).rejects.toMatchObject({ code });

  expect((await store.db.pool.query('select count(*) from run')).rows).toEqual(before);
});

test('a manager chooses among the users of the own organizations', async () => {
  const { id } = await createOrganization(owner, { code: 'MINE', name: 'Mine' });
  await addUsers(store.db.pool, [{ code: 'O1', organizationId: id }, { code: 'O2' }]);
  const manager = await actor(store.db, 'manager', [id]);

  const run = await createBulk(manager, off({ filter: 'code sw "O"' }));

  expect(await chosen(run.runId)).toEqual([[1, 'O1']]);
  await expect(createBulk(manager, off({ users: ['O2'] }))).rejects.toMatchObject({
    kind: 'not_found',
  });
});

test('history and explanation show runs with old and new values, and what was set by hand since', async () => {
  await createUser(owner, { set: { code: 'X1', firstName: 'A' } });
  const down = await createBulk(owner, off({ users: ['X1'], expect: 1 }));
  await carryOut(down.runId);
  await editUser(owner, { user: 'X1', set: { firstName: 'B' } });
  const up = await createBulk(owner, off({ status: 'active', users: ['X1'], expect: 1 }));
  await carryOut(up.runId);

  const { events } = await userHistory(owner, { user: 'X1' });
  const { explain } = await explainUser(owner, 'X1');

  expect(events.map(({ action, runId }) => [action, runId])).toEqual([
    ['reactivate', up.runId],
    ['user.edit', null],
    ['deactivate', down.runId],
    ['user.create', null],
  ]);
  expect(events[2]).toMatchObject({ actor: 'owner', changes: { status: ['active', 'inactive'] } });
  expect(explain).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ field: 'status', value: 'active', runId: up.runId, sticky: true }),
      expect.objectContaining({ field: 'firstName', value: 'B', runId: null, sticky: true }),
      expect.objectContaining({
        field: 'code',
        value: 'X1',
        runId: null,
        source: null,
        sticky: true,
      }),
      // A default that was made from the given code.
      expect.objectContaining({ field: 'login', value: 'X1', actor: 'owner', sticky: false }),
    ]),
  );
});

test('what a held, a rejected or a planned run would have changed is no history', async () => {
  await addUsers(store.db.pool, [{ code: 'N1' }]);
  const run = await createBulk(owner, off({ users: ['N1'], expect: 5 }));
  await carryOut(run.runId);

  expect((await userHistory(owner, { user: 'N1' })).events).toEqual([]);
});
