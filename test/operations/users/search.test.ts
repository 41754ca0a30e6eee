import type { OperationContext } from '../../../operations/context';
import { listUsers } from '../../../operations/users/users';
import { indexNext } from '../../../store/users/index/indexing';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  await addUsers(store.db.pool, [
    ...Array.from({ length: 6 }, (_, n) => ({ code: `O${String(n)}`, lastName: 'Oberholzer' })),
    { code: 'A1', lastName: 'Aberholzer' },
    { code: 'M1', firstName: 'Marjolein', lastName: 'Smit' },
  ]);
  while ((await indexNext(store.db)) > 0);
});

test('a search that finds nobody lists people with similar names, and says so', async () => {
  const list = await listUsers(owner, { search: 'marjolien smit', count: true });

  expect(list).toMatchObject({ approximate: true, count: 1, users: [{ code: 'M1' }] });
  expect(await listUsers(owner, { search: 'marjolien smit', exact: true })).toEqual({
    users: [],
    next: null,
  });
});

test('a search that finds five people lists no others', async () => {
  const list = await listUsers(owner, { search: 'oberholzer' });

  expect(list.users).toHaveLength(6);
  expect(list.approximate).toBeUndefined();
});

test('the pages of an approximate search go on as it began', async () => {
  const first = await listUsers(owner, { search: 'oberhloz', limit: 4, sort: 'code' });
  const list = await listUsers(owner, { search: 'oberhlozer', limit: 4, sort: 'code' });

  const next = await listUsers(owner, {
    ...{ search: 'oberhlozer', limit: 4, sort: 'code' },
    cursor: list.next ?? '',
  });

  expect(first.users).toEqual([]);
  expect(list.approximate).toBe(true);
  expect([...list.users, ...next.users].map(({ code }) => code)).toEqual(
    Array.from({ length: 6 }, (_, n) => `O${String(n)}`),
  );
  expect(next).toMatchObject({ approximate: true, next: null });
});

test('the other attributes of a filter hold for similar people, too', async () => {
  const list = await listUsers(owner, { search: 'marjolien', filter: 'code eq "A1"' });

  expect(list).toEqual({ users: [], next: null });
});
