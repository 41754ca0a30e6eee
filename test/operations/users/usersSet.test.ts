import type { OperationContext } from '../../../operations/context';
import { createBulk, sizeOfBulk, type BulkInput } from '../../../operations/users/bulk';
import { createOrganization } from '../../../operations/users/organizations';
import { createProperty } from '../../../operations/users/properties';
import { editUser } from '../../../operations/users/userEdits';
import { userHistory } from '../../../operations/users/userHistory';
import { showUser } from '../../../operations/users/users';
import { buildPlan } from '../../../store/plan';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import { applyPlan, importRows, start, undoRun } from '../../support/runs/storeRun';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;
let north = '';

beforeAll(async () => {
  owner = await actor(store.db);
  north = (await createOrganization(owner, { code: 'NORTH', name: 'North' })).id;
  for (const type of ['text', 'number', 'boolean', 'date'] as const) {
    await createProperty(owner, { key: `a${type}`, name: type, type });
  }
  await addUsers(store.db.pool, [
    { code: 'BOSS', department: 'Lead' },
    { code: 'P1', department: 'Sales', hireDate: '2020-02-29', properties: { anumber: 3 } },
    { code: 'P2', department: 'Buying', managerId: null, properties: { anumber: 4, atext: 'x' } },
  ]);
});

/** Does what a worker does; the gates that hold it are approved. */
async function changed(input: BulkInput) {
  const { runId } = await createBulk(owner, input);
  const fence = await start(store.db, runId);
  const { held, entries } = await buildPlan(store.db, { runId, fence });
  await applyPlan(store.db, { runId, fence, held, entries }, { maxEntries: 2 });
  return runDocument(store.db, runId);
}

const rowsOf = async (): Promise<unknown> =>
  (
    await store.db.pool.query(
      `select id, (to_jsonb(u) - array['version', 'updated_at']) as is from "user" u order by id`,
    )
  ).rows;

test('every field that people can share is set and cleared for all, as by hand, and comes back with an undo', async () => {
  const before = await rowsOf();
  const users = ['P1', 'P2'];
  const set = {
    ...{ firstName: 'A', 'last-name': 'B', displayName: 'A B', status: 'inactive' },
    ...{ organization: 'north', jobTitle: 'Clerk', department: 'Sales', location: 'Graz' },
    ...{ manager: 'BOSS', locale: 'de-AT', timeZone: 'Europe/Vienna', leaveDate: '2027-01-31' },
    ...{
      'properties.anumber': '3',
      'properties.aboolean': 'yes',
      'properties.adate': '2024-01-01',
    },
  };
  const clear = ['hireDate', 'phone', 'properties.atext'];

  const size = await sizeOfBulk(owner, { users, set, clear });
  const { runId, counts } = await changed({
    ...{ users, set, clear, expect: 2, reason: 'moved' },
  });

  const shown = {
    ...{ firstName: 'A', lastName: 'B', displayName: 'A B', status: 'inactive' },
    ...{ organizationId: north, jobTitle: 'Clerk', department: 'Sales', location: 'Graz' },
    ...{ manager: 'BOSS', locale: 'de-AT', timeZone: 'Europe/Vienna', phone: null },
    ...{ hireDate: null, leaveDate: '2027-01-31', deactivatedReason: 'moved', version: 2 },
    properties: { anumber: 3, aboolean: true, adate: '2024-01-01' },
  };
  expect(size).toEqual({ chosen: 2, changed: 2 });
  expect(counts).toMatchObject({ rows: 2, deactivated: 2, error: 0 });
  for (const user of users) {
    const { sticky, ...is } = await showUser(owner, user);
    expect(is).toMatchObject(shown);
    expect(sticky).toHaveLength(Object.keys(set).length + clear.length);
  }
  expect((await userHistory(owner, { user: 'P2' })).events[0]).toMatchObject({
    ...{ action: 'deactivate', runId, actor: 'owner' },
    changes: {
      department: ['Buying', 'Sales'],
      manager: [null, 'BOSS'],
      'properties.anumber': [4, 3],
      'properties.atext': ['x', null],
    },
  });

  await undoRun(store.db, runId);

  expect(await rowsOf()).toEqual(before);
});

test('what a user has already is no change, but counts as set by hand; then there is nothing left to change', async () => {
  await addUsers(store.db.pool, [
    { code: 'S1', department: 'Shop', hireDate: '2020-02-29', properties: { anumber: 1.5 } },
    { code: 'S2', department: 'Shop' },
  ]);
  const set = { department: 'Shop', 'hire-date': '2020-02-29', 'properties.anumber': '1.50' };
  const chosen = { filter: 'department eq "shop"', set };

  const first = await changed({ ...chosen, expect: 2 });
  const again = await sizeOfBulk(owner, chosen);

  expect(first.counts).toMatchObject({ rows: 2, updated: 2 });
  expect(await showUser(owner, 'S1')).toMatchObject({
    sticky: ['department', 'hireDate', 'properties.anumber'],
    version: 2,
  });
  expect(again).toEqual({ chosen: 2, changed: 0 });
  const rows = [
    { line: 1, externalId: 'S1', values: { code: 'S1', department: 'Other' }, clears: [] },
  ];
  expect((await importRows(store.db, { rows })).counts).toMatchObject({ keptByHand: 1 });
  expect(await showUser(owner, 'S1')).toMatchObject({ department: 'Shop' });
});

test('the manager of all of them does not become their own manager', async () => {
  await addUsers(store.db.pool, [{ code: 'M1' }, { code: 'M2' }]);
  const users = ['M1', 'M2'];

  const only = await changed({ users, set: { manager: 'M1' }, expect: 1 });
  const both = await changed({ users, set: { manager: 'M1', location: 'Graz' }, expect: 2 });

  expect(only.counts).toMatchObject({ rows: 2, updated: 1, skipped: 1 });
  expect(both.counts).toMatchObject({ rows: 2, updated: 2, skipped: 0 });
  expect(await showUser(owner, 'M1')).toMatchObject({
    ...{ manager: null, location: 'Graz', sticky: ['location'] },
  });
  expect(await showUser(owner, 'M2')).toMatchObject({ manager: 'M1', location: 'Graz' });
});

test('a user whose value was changed after the plan keeps it, and gets the others', async () => {
  await addUsers(store.db.pool, [{ code: 'C1', department: 'Old' }]);
  const change = { users: ['C1'], set: { department: 'New', location: 'Graz' }, expect: 1 };
  const { runId } = await createBulk(owner, change);
  const fence = await start(store.db, runId);
  const { held, entries } = await buildPlan(store.db, { runId, fence });
  await editUser(owner, { user: 'C1', set: { department: 'Mine' } });

  await applyPlan(store.db, { runId, fence, held, entries });

  expect(await showUser(owner, 'C1')).toMatchObject({ department: 'Mine', location: 'Graz' });
});

test('all faults of a change are reported at once, and keys are refused with where to set them', async () => {
  const set = { email: 'a@x.example', status: 'gone', 'hire-date': '1.2.2024', organization: 'no' };
  const wrong = { users: ['P1'], set, clear: ['Login', 'nosuch'] };

  const fault = await faultOf(createBulk(owner, wrong));

  expect(fault).toMatchObject({
    kind: 'usage',
    parts: [
      { field: 'Login', fault: { code: 'key_of_one_person' } },
      {
        field: 'email',
        fault: { code: 'key_of_one_person', next: { do: 'editKey', field: 'email' } },
      },
      { field: 'nosuch', fault: { code: 'unknown_field' } },
      { field: 'status', fault: { code: 'unknown_status' } },
      { field: 'hire-date', fault: { code: 'bad_date' } },
      { field: 'organization', fault: { code: 'unknown_organization' } },
    ],
  });
  expect(await faultOf(createBulk(owner, { users: ['P1'] }))).toMatchObject({
    code: 'nothing_to_change',
  });
});

test('a manager sets values of people of the own organizations, and assigns nobody', async () => {
  await addUsers(store.db.pool, [{ code: 'R1', organizationId: north }, { code: 'R2' }]);
  const manager = await actor(store.db, 'manager', [north]);
  const set = { location: 'Wien' };

  expect(await sizeOfBulk(manager, { filter: 'code sw "R"', set })).toMatchObject({ chosen: 1 });
  expect(await faultOf(sizeOfBulk(manager, { users: ['R2'], set }))).toMatchObject({
    code: 'user_not_found',
  });
  expect(
    await faultOf(sizeOfBulk(manager, { users: ['R1'], set: { organization: 'NORTH' } })),
  ).toMatchObject({ kind: 'forbidden', code: 'forbidden' });
  expect(
    await faultOf(sizeOfBulk(manager, { users: ['R1'], set: { manager: 'P1' } })),
  ).toMatchObject({ code: 'user_not_found' });
  const viewer = await actor(store.db, 'viewer');
  expect(await faultOf(sizeOfBulk(viewer, { users: ['R1'], set }))).toMatchObject({
    code: 'forbidden',
  });
});
