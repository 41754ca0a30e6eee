import fc from 'fast-check';
import { newId } from '../../../../store/database/db';
import type { UserChoice } from '../../../../store/users/list/choice';
import { countUsers, selectUsers } from '../../../../store/users/list/pages';
import { indexNext } from '../../../../store/users/index/indexing';
import { unindexedUsers } from '../../../../store/users/index/unindexed';
import type { PropertyDefinition } from '../../../../domain/users/fields';
import { testDatabase } from '../../../support/postgres';
import { addUsers, type UserSeed } from '../../../support/users';

const store = testDatabase();
const PROPERTIES: readonly PropertyDefinition[] = [
  { key: 'level', name: 'Level', type: 'number' },
  { key: 'badge', name: 'Badge', type: 'text' },
  { key: 'remote', name: 'Remote', type: 'boolean' },
];
const EVERYBODY: UserChoice = { scope: { kind: 'all' }, status: 'all' };

async function indexAll(): Promise<void> {
  while ((await indexNext(store.db)) > 0);
}

async function found(
  { approximate = false, ...choice }: Partial<UserChoice> & { approximate?: boolean },
  sort = 'id',
): Promise<string[]> {
  const { users } = await selectUsers(store.db.pool, {
    choice: { ...EVERYBODY, ...choice },
    page: { limit: 1000, sort, approximate },
    properties: PROPERTIES,
  });
  return users.map(({ code }) => code ?? '');
}

const NAMES = [
  'Åberg',
  'aberg',
  'Søren',
  'SOREN',
  'Łukasz',
  '王伟',
  '李',
  'Σας',
  'ΣΑΣ',
  'İnci',
  'Groß',
  "O'B",
  'がく',
];
const seed = fc.record<UserSeed>({
  firstName: fc.option(fc.constantFrom(...NAMES)),
  lastName: fc.option(fc.constantFrom(...NAMES)),
  department: fc.option(fc.constantFrom('Sales', 'sales', 'Einkauf', '')),
  hireDate: fc.option(fc.constantFrom('2024-01-01', '2025-01-01')),
  properties: fc.constantFrom(
    {},
    { level: 1 },
    { level: 1.5, badge: 'A' },
    { badge: 'a', remote: true },
  ),
});
const CHOICES: readonly Partial<UserChoice>[] = [
  {},
  { search: 'aberg' },
  { search: 'ÅBERG soren' },
  { search: '王' },
  { search: '李' },
  { search: 'ss' },
  { search: 'か' },
  { search: 'zz' },
  { search: 'k0' },
  { filters: ['department eq "SALES"'] },
  { filters: ['lastName eq "ΣΑΣ" and department eq "sales"'] },
  { filters: ['properties.level eq 1.50'] },
  { filters: ['properties.badge eq "A" and hireDate ge "2024-06-01"'] },
  { filters: ['properties.remote eq true or lastName eq "Åberg"'] },
  { search: 'aberg', filters: ['department eq "Einkauf"'] },
];
const SORTS = [
  'id',
  '-id',
  'lastName',
  '-lastName',
  'hireDate',
  '-department',
  'code',
  'createdAt',
];

test('lists, searches and filters are the same before, while and after users are indexed', async () => {
  const [seeds = []] = fc.sample(fc.array(seed, { minLength: 70, maxLength: 70 }), {
    numRuns: 1,
    seed: 7,
  });
  const numbered = seeds.map((one, n) => ({ ...one, code: `K${String(n).padStart(3, '0')}` }));
  await addUsers(store.db.pool, numbered);
  const all = async (): Promise<string[][]> => {
    const lists: string[][] = [];
    for (const choice of CHOICES) for (const sort of SORTS) lists.push(await found(choice, sort));
    return lists;
  };
  const unindexed = await all();

  await indexAll();
  const indexed = await all();
  const counts = await Promise.all(
    CHOICES.map((choice) =>
      countUsers(store.db.pool, { choice: { ...EVERYBODY, ...choice }, properties: PROPERTIES }),
    ),
  );
  await store.db.pool.query(`update "user" set version = version + 1 where code like '%5'`);
  const partly = await all();

  expect(await unindexedUsers(store.db.pool)).toBe(7);
  expect(indexed).toEqual(unindexed);
  expect(partly).toEqual(unindexed);
  expect(counts).toEqual(CHOICES.map((_, at) => unindexed[at * SORTS.length]?.length));
  expect(indexed.filter((list) => list.length === 0).length).toBeLessThan(SORTS.length * 4);
});

test('a user who is changed is found by the new values only, before the index has them', async () => {
  await addUsers(store.db.pool, [{ code: 'CH1', firstName: 'Beforehand', department: 'Old' }]);
  await indexAll();

  await store.db.pool.query(
    `update "user" set first_name = 'Afterwards', department = 'New' where code = 'CH1'`,
  );

  expect(await found({ search: 'beforehand' })).toEqual([]);
  expect(await found({ search: 'afterw' })).toEqual(['CH1']);
  expect(await found({ filters: ['department eq "old"'] })).toEqual([]);
  expect(await found({ filters: ['department eq "new"'] }, 'department')).toEqual(['CH1']);
  await indexAll();
  expect(await found({ search: 'beforehand' })).toEqual([]);
  expect(await found({ search: 'afterw' })).toEqual(['CH1']);
});

test('a batch that is written while it is indexed is indexed again', async () => {
  await addUsers(store.db.pool, [{ code: 'RACE', firstName: 'First' }]);
  const writer = await store.db.pool.connect();
  await writer.query('begin');
  await writer.query(`update "user" set first_name = 'Second' where code = 'RACE'`);

  await indexAll();
  await writer.query('commit');
  writer.release();

  expect(await found({ search: 'second' })).toEqual(['RACE']);
  expect(await indexNext(store.db)).toBe(1);
  expect(await found({ search: 'second' })).toEqual(['RACE']);
});

test('users of a large statement are noted by their first and last id, and found at once', async () => {
  const ids = Array.from({ length: 150 }, () => newId());
  await addUsers(
    store.db.pool,
    ids.map((id, n) => ({ id, code: `BIG${String(n)}`, lastName: 'Bulkwise' })),
  );

  const before = await found({ search: 'bulkwise' });
  const { rows } = await store.db.pool.query('select ids from user_unindexed where users = 150');
  await indexAll();

  expect(rows).toEqual([{ ids: null }]);
  expect(before).toHaveLength(150);
  expect(await found({ search: 'bulkwise' })).toHaveLength(150);
});

test('a search with a slip of one letter finds similar names when it is approximate', async () => {
  await addUsers(store.db.pool, [
    { code: 'T1', firstName: 'Katharina', lastName: 'Johansson' },
    { code: 'T2', firstName: 'Katarzyna', lastName: 'Jonsson' },
  ]);
  await indexAll();
  const approximately = (search: string): Promise<string[]> => found({ search, approximate: true });

  expect(await found({ search: 'johanson' })).toEqual([]);
  expect(await approximately('johanson')).toEqual(['T1']);
  expect(await approximately('johnasson katharina')).toEqual(['T1']);
  expect(await approximately('katherina jonsson')).toEqual([]);
});

test('an approximate search keeps to the organizations of the scope, and to the status', async () => {
  const org = newId();
  await store.db.pool.query(
    `insert into organization (id, code, code_key, name) values ($1, 'IN', 'in', 'In')`,
    [org],
  );
  await addUsers(store.db.pool, [
    { code: 'IN1', lastName: 'Wiesengrund', organizationId: org },
    { code: 'OUT1', lastName: 'Wiesengrund' },
    { code: 'IN2', lastName: 'Wiesengrund', organizationId: org, status: 'inactive' },
  ]);
  await indexAll();
  const choice = { search: 'wisengrund', approximate: true, status: 'active' } as const;

  expect(await found({ ...choice, scope: { kind: 'organizations', ids: [org] } })).toEqual(['IN1']);
  expect(await found({ ...choice, scope: { kind: 'organizations', ids: [] } })).toEqual([]);
  expect((await found({ ...choice, status: 'all' })).sort()).toEqual(['IN1', 'IN2', 'OUT1']);
});
