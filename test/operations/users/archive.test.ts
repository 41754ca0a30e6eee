import type { OperationContext } from '../../../operations/context';
import { listAudit } from '../../../operations/audit/audit';
import { createBulk, sizeOfBulk } from '../../../operations/users/bulk';
import * as organizations from '../../../operations/users/organizations';
import * as properties from '../../../operations/users/properties';
import { createUser, editUser } from '../../../operations/users/userEdits';
import { listUsers, showUser } from '../../../operations/users/users';
import { organizationKeys } from '../../../store/users/organizations';
import { selectProperties } from '../../../store/users/properties';
import { testDatabase } from '../../support/postgres';
import { importFile } from '../../support/runs/fileRun';
import { undoRun } from '../../support/runs/storeRun';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;
let old = '';

beforeAll(async () => {
  owner = await actor(store.db);
  old = (await organizations.createOrganization(owner, { code: 'OLD', name: 'Old plant' })).id;
  await organizations.createOrganization(owner, { code: 'NEW', name: 'New plant' });
  await properties.createProperty(owner, { key: 'shoe', name: 'Shoe', type: 'number' });
  await properties.createProperty(owner, { key: 'badge', name: 'Badge', type: 'text' });
  await addUsers(store.db.pool, [
    { code: 'IN', organizationId: old, properties: { shoe: 42 } },
    { code: 'OFF', organizationId: old, status: 'inactive', properties: { shoe: 41 } },
    { code: 'OUT' },
  ]);
  await organizations.archiveOrganization(owner, { code: 'old' });
  await properties.archiveProperty(owner, { key: 'shoe' });
});

async function imported(text: string) {
  return importFile(store.db, {
    text,
    properties: await selectProperties(store.db.pool),
    organizations: await organizationKeys(store.db.pool),
  });
}

test('what is archived is in no list unless asked for, and is counted, found and filtered as before', async () => {
  const codes = async (all: boolean) =>
    (await organizations.listOrganizations(owner, { all })).map(({ code }) => code);
  const keys = async (all: boolean) =>
    (await properties.listProperties(owner, { all })).map(({ key }) => key);

  expect([await codes(false), await codes(true)]).toEqual([['NEW'], ['NEW', 'OLD']]);
  expect([await keys(false), await keys(true)]).toEqual([['badge'], ['badge', 'shoe']]);
  const counts = { users: 2, activeUsers: 1, archivedAt: expect.any(String) };
  expect(await organizations.showOrganization(owner, 'OLD')).toMatchObject(counts);
  expect(await properties.showProperty(owner, 'shoe')).toMatchObject(counts);
  expect(await properties.countProperties(owner)).toMatchObject([{ key: 'badge', users: 0 }]);
  const filter = 'organization eq "OLD" and properties.shoe eq 42';
  expect((await listUsers(owner, { filter })).users).toMatchObject([{ code: 'IN' }]);
});

test('a count of a property is of the people within the reach', async () => {
  const manager = await actor(store.db, 'manager', [old]);
  await addUsers(store.db.pool, [{ code: 'FAR', properties: { shoe: 39 } }]);

  expect(await properties.showProperty(owner, 'shoe')).toMatchObject({ users: 3 });
  expect(await properties.showProperty(manager, 'shoe')).toMatchObject({ users: 2 });
});

test('nobody comes into an archived organization by hand or in bulk; those who are in it stay and can leave', async () => {
  const set = { organization: 'OLD' };
  const archived = { kind: 'conflict', code: 'organization_archived' };

  expect(await faultOf(createUser(owner, { set: { ...set, code: 'X' } }))).toMatchObject({
    ...archived,
    next: { do: 'reopenOrganization', code: 'OLD' },
  });
  expect(await faultOf(editUser(owner, { user: 'OUT', set }))).toMatchObject(archived);
  expect(await faultOf(createBulk(owner, { users: ['OUT'], organization: 'OLD' }))).toMatchObject(
    archived,
  );
  expect(await faultOf(sizeOfBulk(owner, { users: ['OUT'], set }))).toMatchObject(archived);
  expect(await editUser(owner, { user: 'IN', set: { ...set, phone: '1' } })).toMatchObject({
    organization: 'OLD',
    phone: '1',
  });
  expect(await editUser(owner, { user: 'OFF', clear: ['organization'] })).toMatchObject({
    organization: null,
  });
  expect(await faultOf(editUser(owner, { user: 'OFF', set }))).toMatchObject(archived);
});

test('nobody gets a new value of an archived property; a value can be cleared', async () => {
  const archived = { kind: 'conflict', code: 'property_archived' };
  const set = { 'properties.shoe': '42' };

  expect(await faultOf(editUser(owner, { user: 'OUT', set }))).toMatchObject(archived);
  expect(await faultOf(sizeOfBulk(owner, { users: ['OUT'], set }))).toMatchObject(archived);
  expect(
    await faultOf(createUser(owner, { set: { ...set, code: 'X', organization: 'OLD' } })),
  ).toMatchObject({
    parts: [
      { field: 'organization', fault: { code: 'organization_archived' } },
      { field: 'properties.shoe', fault: archived },
    ],
  });
  expect(await editUser(owner, { user: 'IN', set })).toMatchObject({ properties: { shoe: 42 } });
  expect(await editUser(owner, { user: 'OFF', clear: ['properties.shoe'] })).toMatchObject({
    properties: {},
  });
});

test('rows of a file that bring people or values into what is archived are errors; the others go through', async () => {
  await organizations.createOrganization(owner, { code: 'GONE', name: 'Gone' });
  await properties.createProperty(owner, { key: 'locker', name: 'Locker', type: 'text' });
  const header = 'code,last name,Org,locker\n';
  const first = await imported(`${header}F1,A,GONE,1\nF2,B,NEW,\n`);
  await organizations.archiveOrganization(owner, { code: 'GONE' });
  await properties.archiveProperty(owner, { key: 'locker' });

  const { counts, messages } = await imported(
    `${header}F1,Berg,GONE,1\nF2,B,GONE,\nF3,C,GONE,\nF4,D,NEW,4\nF5,E,NEW,\n`,
  );

  expect(first.counts).toMatchObject({ created: 2, error: 0 });
  expect(counts).toMatchObject({ rows: 5, updated: 1, created: 1, error: 3 });
  expect(messages).toMatchObject([
    { code: 'archived_organization', column: 'organization', count: 2, lines: [3, 4] },
    { code: 'archived_property', column: 'properties.locker', line: 5 },
  ]);
  expect(await showUser(owner, 'F1')).toMatchObject({ lastName: 'Berg', organization: 'GONE' });
  expect(await showUser(owner, 'F2')).toMatchObject({ organization: 'NEW' });
});

test('an undo returns people to where they were, archived or not', async () => {
  const { id } = await organizations.createOrganization(owner, { code: 'BACK', name: 'Back' });
  await addUsers(store.db.pool, [{ code: 'U1', organizationId: id }]);
  const { runId } = await imported('code,organization\nU1,NEW\n');
  await organizations.archiveOrganization(owner, { code: 'BACK' });

  await undoRun(store.db, runId);

  expect(await showUser(owner, 'U1')).toMatchObject({ organization: 'BACK' });
});

test('an archive is undone, a property renamed; each is in the audit, once', async () => {
  await properties.createProperty(owner, { key: 'desk', name: 'Desk', type: 'text' });
  const now = await properties.renameProperty(owner, { key: 'desk', name: ' Desk number ' });
  for (const undo of [false, false, true, true]) {
    await properties.archiveProperty(owner, { key: 'desk', undo });
    await organizations.archiveOrganization(owner, { code: 'NEW', undo });
  }

  expect(now).toEqual({ key: 'desk', name: 'Desk number', type: 'text', archivedAt: null });
  expect(await editUser(owner, { user: 'OUT', set: { 'properties.desk': '1' } })).toMatchObject({
    properties: { desk: '1' },
  });
  const { events } = await listAudit(owner, { subject: 'property:desk' });
  expect(events.map(({ action }) => action)).toEqual([
    ...['property.unarchive', 'property.archive', 'property.rename', 'property.create'],
  ]);
  expect(await faultOf(properties.archiveProperty(owner, { key: 'desks' }))).toMatchObject({
    code: 'property_not_found',
    message: expect.stringContaining('"desk"'),
  });
});
