import {
  deleteFilter,
  listFilters,
  renameFilter,
  saveFilter,
} from '../../../operations/users/filters';
import { createOrganization } from '../../../operations/users/organizations';
import { createProperty, deleteProperty } from '../../../operations/users/properties';
import { listUsers } from '../../../operations/users/users';
import type { OperationContext } from '../../../operations/context';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;
let manager: OperationContext;
let other: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  const { id } = await createOrganization(owner, { code: 'SALES', name: 'Sales' });
  manager = await actor(store.db, 'manager', [id]);
  other = await actor(store.db, 'manager', [id]);
  await addUsers(store.db.pool, [
    { code: 'A', department: 'Sales', organizationId: id },
    { code: 'B', department: 'Sales' },
    { code: 'C', department: 'Sales', status: 'inactive' },
  ]);
});

const mine = async (context: OperationContext): Promise<unknown[]> =>
  (await listFilters(context)).map(({ name, shared, count }) => [name, shared, count]);

test('a private filter is found by its owner alone, a shared one by all, counted within their reach', async () => {
  await saveFilter(owner, { name: 'sales', filter: 'department eq "Sales"', shared: true });
  await saveFilter(manager, { name: 'secret', filter: 'code pr' });
  await createProperty(owner, { key: 'badge', name: 'Badge', type: 'text' });
  await saveFilter(owner, { name: 'badges', filter: 'properties.badge pr' });
  await saveFilter(owner, { name: 'gone', filter: 'status eq "inactive"' });
  await deleteProperty(owner, 'badge');

  expect(await mine(owner)).toEqual([
    ...[
      ['badges', false, null],
      ['gone', false, 1],
      ['sales', true, 2],
    ],
  ]);
  expect(await mine(manager)).toEqual([
    ['sales', true, 1],
    ['secret', false, 1],
  ]);
  expect(await mine(other)).toEqual([['sales', true, 1]]);
  for (const work of [
    () => listUsers(other, { saved: 'secret' }),
    () => deleteFilter(other, 'secret'),
    () => renameFilter(owner, { name: 'secret', to: 'x' }),
  ]) {
    expect(await faultOf(work())).toMatchObject({ kind: 'not_found', code: 'filter_not_found' });
  }
});

test('an own filter goes before a shared one of its name, which only its owner or an admin changes', async () => {
  await saveFilter(owner, { name: 'both', filter: 'code eq "B"', shared: true });
  await saveFilter(manager, { name: 'both', filter: 'code eq "A"' });

  const { users } = await listUsers(manager, { saved: 'both' });
  expect(users.map(({ code }) => code)).toEqual(['A']);
  expect((await listUsers(owner, { saved: 'both' })).users.map(({ code }) => code)).toEqual(['B']);
  expect(await faultOf(deleteFilter(other, 'both'))).toMatchObject({ code: 'forbidden' });
  for (const work of [
    () => saveFilter(other, { name: 'both', filter: 'code pr', shared: true }),
    () => saveFilter(manager, { name: 'both', filter: 'code pr', shared: true }),
    () => renameFilter(manager, { name: 'secret', to: 'both' }),
  ]) {
    expect(await faultOf(work())).toMatchObject({ kind: 'conflict', code: 'filter_exists' });
  }
  const mineGone = await deleteFilter(manager, 'both');
  const sharedGone = await deleteFilter(await actor(store.db, 'admin'), 'both');
  expect(mineGone).toMatchObject({ filter: 'code eq "A"', left: { filter: 'code eq "B"' } });
  expect(sharedGone).toMatchObject({ shared: true, owner: mineGone.left?.owner, left: null });
  expect(await mine(other)).toEqual([['sales', true, 1]]);
});

test('a filter that is replaced stays private or shared, unless it is said', async () => {
  const save = async (filter: string, shared?: boolean): Promise<boolean> =>
    (await saveFilter(manager, { name: 'x', filter, ...(shared === undefined ? {} : { shared }) }))
      .shared;

  expect([
    await save('code eq "1"'),
    await save('code eq "2"', true),
    await save('code eq "3"'),
    await save('code eq "4"', false),
  ]).toEqual([false, true, true, false]);
  expect((await listFilters(manager)).find(({ name }) => name === 'x')).toMatchObject({
    filter: 'code eq "4"',
    owner: expect.stringMatching(/^manager /),
  });
});
