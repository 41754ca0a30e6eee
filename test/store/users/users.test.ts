import fc from 'fast-check';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { newId } from '../../../store/database/db';
import type { UserChoice } from '../../../store/users/list/choice';
import { countUsers, selectUsers } from '../../../store/users/list/pages';
import { findUsers } from '../../../store/users/userRefs';
import { testDatabase } from '../../support/postgres';
import { addUsers, type UserSeed } from '../../support/users';

const store = testDatabase();
const PROPERTIES: readonly PropertyDefinition[] = [
  { key: 'level', name: 'Level', type: 'number' },
  { key: 'remote', name: 'Remote', type: 'boolean' },
  { key: 'badge', name: 'Badge', type: 'text' },
  { key: 'until', name: 'Until', type: 'date' },
];
const ALL: UserChoice = { scope: { kind: 'all' } };

async function page(choice: UserChoice, o: { sort?: string; limit: number; cursor?: string }) {
  return selectUsers(store.db.pool, { choice, page: o, properties: PROPERTIES });
}

/** All pages, one after the other. */
async function pages(choice: UserChoice, o: { sort: string; limit: number }): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { users, next } = await page(choice, {
      ...o,
      ...(cursor === undefined ? {} : { cursor }),
    });
    ids.push(...users.map(({ id }) => id));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

describe('pages of users', () => {
  const optional = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { freq: 3 });
  const seed = fc.record<UserSeed>({
    lastName: optional('Åberg', 'aberg', 'Berg', 'berg', 'Ωμ', '日本', 'ß', '', "O'B"),
    department: optional('a', 'b'),
    hireDate: optional('2024-01-01', '2025-01-01'),
    createdAt: fc.constantFrom('2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z'),
    status: fc.constantFrom('active', 'inactive'),
    properties: fc.constantFrom(
      {},
      { level: 1 },
      { level: -2.5, remote: true },
      { remote: false, badge: 'x', until: '2024-02-29' },
      { level: 1e21, until: '2023-01-01', badge: 'X' },
    ),
  });
  const SORTS = [
    'id',
    'lastName',
    'department',
    'hireDate',
    'createdAt',
    'status',
    'code',
    'organization',
    'protected',
    'properties.level',
    'properties.remote',
    'properties.badge',
    'properties.until',
    'version',
  ];

  beforeAll(async () => {
    const [seeds = []] = fc.sample(fc.array(seed, { minLength: 90, maxLength: 90 }), {
      numRuns: 1,
      seed: 3,
    });
    await addUsers(store.db.pool, seeds);
  });

  test('have every user once, in the order of the complete list, whatever the sort and the size', async () => {
    const choice: UserChoice = { ...ALL, status: 'all' };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SORTS),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (attribute, descending, limit) => {
          const sort = `${descending ? '-' : ''}${attribute}`;
          const whole = await page(choice, { sort, limit: 1000 });

          const ids = await pages(choice, { sort, limit });

          expect(ids).toEqual(whole.users.map(({ id }) => id));
          expect(new Set(ids).size).toBe(90);
          expect(whole.next).toBeNull();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('put users without a value last, both ways', async () => {
    for (const sort of ['lastName', '-lastName', 'properties.level', '-properties.level']) {
      const { users } = await page(ALL, { sort, limit: 1000 });
      const values = users.map((user) =>
        sort.endsWith('level') ? (user.properties['level'] ?? null) : user.lastName,
      );

      expect(values.lastIndexOf(values.findLast((v) => v !== null) ?? null)).toBeLessThan(
        values.indexOf(null),
      );
    }
  });

  test('go on where they were when users come and go in between', async () => {
    const first = await page(ALL, { sort: 'lastName', limit: 10 });
    const rest = await pages({ ...ALL, status: 'active' }, { sort: 'lastName', limit: 1000 });
    const [added] = await addUsers(store.db.pool, [{ lastName: null, status: 'active' }]);

    const second = await page(ALL, { sort: 'lastName', limit: 1000, cursor: first.next ?? '' });

    expect([...first.users, ...second.users].map(({ id }) => id)).toEqual([...rest, added]);
  });

  test('count what the complete list has', async () => {
    const { users } = await page(ALL, { limit: 1000 });

    expect(await countUsers(store.db.pool, { choice: ALL, properties: PROPERTIES })).toBe(
      users.length,
    );
  });

  test.each([
    ['not a cursor', 'bad_cursor'],
    [Buffer.from('["id",null,"x"]').toString('base64url'), 'bad_cursor'],
    [
      Buffer.from(JSON.stringify(['hireDate', null, newId()])).toString('base64url'),
      'cursor_of_another_sort',
    ],
  ])('refuse the cursor %s', async (cursor, code) => {
    await expect(page(ALL, { limit: 5, cursor })).rejects.toMatchObject({ kind: 'usage', code });
  });

  test('refuse a cursor whose value was tampered with', async () => {
    const cursor = Buffer.from(JSON.stringify(['hireDate', '2024-02-30', newId()])).toString(
      'base64url',
    );

    await expect(page(ALL, { sort: 'hireDate', limit: 5, cursor })).rejects.toMatchObject({
      code: 'bad_cursor',
    });
  });

  test('name the nearest attribute for an unknown sort', async () => {
    await expect(page(ALL, { sort: 'lastNam', limit: 5 })).rejects.toMatchObject({
      code: 'unknown_sort',
      message: expect.stringContaining('lastName') as unknown,
    });
  });
});

describe('the choice of users', () => {
  const own = testDatabase();
  const search = async (text: string, more: Partial<UserChoice> = {}): Promise<string[]> => {
    const choice = { ...ALL, search: text, ...more };
    const { users } = await selectUsers(own.db.pool, {
      choice,
      page: { limit: 50 },
      properties: [],
    });
    return users.map(({ code }) => code ?? '').sort();
  };

  beforeAll(async () => {
    const org = newId();
    await own.db.pool.query(
      `insert into organization (id, code, code_key, name) values ($1, 'Sales', 'sales', 'Sales')`,
      [org],
    );
    await addUsers(own.db.pool, [
      {
        code: 'E1',
        firstName: 'Anna',
        lastName: 'Berg',
        email: 'Anna.Berg@Example.com',
        organizationId: org,
      },
      { code: 'E2', firstName: 'Bergljot', lastName: 'Ånnason', login: 'bergan' },
      { code: 'E3', firstName: 'Öz', lastName: 'ΣΑΣ', status: 'inactive' },
      { code: '100%', displayName: 'Percent_', status: 'active' },
    ]);
  });

  test('shows only active users by default', async () => {
    expect(await search('')).toEqual(['100%', 'E1', 'E2']);
    expect(await search('', { status: 'inactive' })).toEqual(['E3']);
    expect(await search('', { status: 'all' })).toHaveLength(4);
  });

  test('takes status from the filter when that speaks of it', async () => {
    expect(await search('', { filters: ['status eq "inactive"'] })).toEqual(['E3']);
    expect(await search('', { filters: ['status eq "inactive"'], status: 'active' })).toEqual([]);
  });

  test('searches every word in names, keys and codes, in any case and any part', async () => {
    expect(await search('BERG')).toEqual(['E1', 'E2']);
    expect(await search('anna.b  berg')).toEqual(['E1']);
    expect(await search('ann  berg')).toEqual(['E1', 'E2']);
    expect(await search('berg ånnas')).toEqual(['E2']);
    expect(await search('e2')).toEqual(['E2']);
    expect(await search('@EXAMPLE')).toEqual(['E1']);
    expect(await search('σας', { status: 'all' })).toEqual(['E3']);
  });

  test('has no wildcards in a search', async () => {
    expect(await search('%')).toEqual(['100%']);
    expect(await search('_')).toEqual(['100%']);
    expect(await search('\\')).toEqual([]);
  });

  test('keeps to the organizations of the scope', async () => {
    const { rows } = await own.db.pool.query<{ id: string }>('select id from organization');

    expect(
      await search('', { scope: { kind: 'organizations', ids: [rows[0]?.id ?? ''] } }),
    ).toEqual(['E1']);
    expect(await search('', { scope: { kind: 'organizations', ids: [] } })).toEqual([]);
  });

  test('finds organizations, managers and identities by their codes', async () => {
    const [boss = ''] = await addUsers(own.db.pool, [{ code: 'B1' }]);
    await addUsers(own.db.pool, [{ code: 'R1', managerId: boss }]);
    await own.db.pool.query(
      `insert into identity (source_id, external_id, user_id) select id, 'X-1', $1 from source where name = 'csv'`,
      [boss],
    );
    const filtered = (filter: string) => search('', { filters: [filter] });

    expect(await filtered('organization eq "SALES"')).toEqual(['E1']);
    expect(await filtered('manager eq "B1"')).toEqual(['R1']);
    expect(await filtered('manager eq "b1"')).toEqual([]);
    expect(await filtered('identities[source eq "csv" and externalId sw "X"]')).toEqual(['B1']);
    expect(await filtered('identities.externalId eq "X-1" and not (code eq "E1")')).toEqual(['B1']);
    expect(await filtered('identities[source eq "csv" and externalId eq "Y"]')).toEqual([]);
  });
});

describe('a reference to a user', () => {
  test('is an id, a code, a login or an e-mail; an absorbed account leads to its survivor', async () => {
    const [a = '', b = ''] = await addUsers(store.db.pool, [
      { code: 'REF-1', login: 'Ref.One', email: 'One@Example.com' },
      { code: 'REF-2', login: 'one@example.com' },
    ]);
    const gone = newId();
    await addUsers(store.db.pool, [{ id: gone, code: 'OLD-1', status: 'merged', mergedIntoId: a }]);

    const found = await findUsers(store.db.pool, [
      a.toUpperCase(),
      'REF-1',
      ' ref.one ',
      'ONE@example.com',
      'OLD-1',
      'ref-1',
    ]);

    expect(found.map(({ n, id, survivorId }) => [n, id, survivorId])).toEqual([
      [0, a, a],
      [1, a, a],
      [2, a, a],
      ...[a, b].sort().map((id) => [3, id, id]),
      [4, gone, a],
    ]);
  });
});
