import {
  addIdentity,
  addPerson,
  emptyStore,
  readWorld,
  type PersonSeed,
} from '../../support/builders';
import { playBackward } from '../../support/merges/playBackward';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import {
  credit,
  enroll,
  mergeUsers,
  outcomesOf,
  planMergesOf,
  type EnrollmentSeed,
  type PairSeed,
} from '../../support/merges/pairs';
import { applyPlan } from '../../support/runs/storeRun';
import { testDatabase } from '../../support/postgres';
import { addPolledSource, POLLED } from '../../support/runs/syncRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(() => emptyStore(store.db));

type Fields = PersonSeed['fields'];

async function person(fields: Fields, rest: Partial<PersonSeed> = {}): Promise<string> {
  return addPerson(store.db.pool, { fields, ...rest });
}

/** The survivor S and the redundant A, with codes `s` and `a`. */
async function two(
  survivor: Fields,
  redundant: Fields,
  rest: { readonly s?: Partial<PersonSeed>; readonly a?: Partial<PersonSeed> } = {},
): Promise<{ s: string; a: string }> {
  const s = await person({ code: 's', ...survivor }, rest.s);
  const a = await person({ code: 'a', ...redundant }, rest.a);
  return { s, a };
}

const S_A: PairSeed = { survivor: 's', redundant: 'a' };

async function merge(take: PairSeed['take'] = {}): Promise<string> {
  const { runId } = await mergeUsers(store.db, { pairs: [{ ...S_A, take }] });
  return runId;
}

async function personOf(id: string) {
  const found = (await readWorld(store.db.pool)).people.get(id);
  if (found === undefined) throw new Error(`no user ${id}`);
  return found;
}

async function mergeOf(absorbed: string): Promise<string> {
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from merge where absorbed_id = $1`,
    [absorbed],
  );
  return rows[0]?.id ?? 'none';
}

describe('fields', () => {
  test('the survivor keeps its values and gets those that it has none of', async () => {
    const { s } = await two(
      { firstName: 'Ann', 'properties.size': '"S"' },
      { firstName: 'Anna', phone: '12', 'properties.size': '"L"', 'properties.badge': '7' },
      { a: { sticky: ['phone', 'firstName', 'properties.badge'] } },
    );

    await merge();

    const { fields, sticky } = await personOf(s);
    expect(fields).toMatchObject({
      firstName: 'Ann',
      phone: '12',
      'properties.size': '"S"',
      'properties.badge': '7',
    });
    expect(sticky).toEqual(['phone', 'properties.badge']);
  });

  test('what is chosen from the redundant one is set by hand from then on', async () => {
    const { s } = await two({ firstName: 'Ann' }, { firstName: 'Anna', 'properties.size': '"L"' });

    await merge({ firstName: 'redundant', 'properties.size': 'redundant' });

    const { fields, sticky } = await personOf(s);
    expect(fields).toMatchObject({ firstName: 'Anna', 'properties.size': '"L"' });
    expect(sticky).toEqual(['firstName', 'properties.size']);
  });

  test('what a person set to empty, or chose of the survivor, stays empty', async () => {
    const { s } = await two(
      { 'properties.badge': '7' },
      { phone: '12', location: 'Rome', 'properties.size': '"L"' },
      { s: { sticky: ['phone', 'properties.size'] } },
    );

    await merge({ location: 'survivor' });

    expect((await personOf(s)).fields).toMatchObject({ phone: null, location: null });
    expect((await personOf(s)).fields['properties.size']).toBeUndefined();
  });

  test('is protected who was protected in either', async () => {
    const { s } = await two({}, {}, { a: { protected: true } });

    await merge();

    expect((await personOf(s)).protected).toBe(true);
  });

  test.each([
    ['the own absorbed account', 'a', null],
    ['an account that the absorbed one had absorbed', 'old', null],
    ['another person', 'boss', 'boss'],
  ])('a manager who is %s', async (_, manager, after) => {
    const boss = await person({ code: 'boss' });
    const a = await person({ code: 'a' });
    const old = await person({ code: 'old' }, { mergedInto: a });
    const ids: Readonly<Record<string, string>> = { a, old, boss };
    const s = await person({ code: 's', manager: ids[manager] });

    await merge();

    expect((await personOf(s)).fields['manager']).toBe(after === null ? null : ids[after]);
  });

  test('nobody becomes the own manager by the values of the absorbed account', async () => {
    const s = await person({ code: 's' });
    await person({ code: 'a', manager: s });

    await merge({ manager: 'redundant' });

    expect((await personOf(s)).fields['manager']).toBeNull();
  });
});

describe('keys', () => {
  test('are swapped where one is chosen, and both go on leading to the person', async () => {
    const { s, a } = await two(
      { login: 'ann', email: 'ann@x.org' },
      { login: 'ann.b', email: 'ann.b@x.org' },
    );

    await merge({ code: 'redundant', email: 'redundant' });

    expect((await personOf(s)).fields).toMatchObject({
      code: 'a',
      email: 'ann.b@x.org',
      login: 'ann',
    });
    expect(await personOf(a)).toMatchObject({
      mergedInto: s,
      fields: { code: 's', email: 'ann@x.org', login: 'ann.b', status: 'merged' },
    });
  });

  test('fill what is empty, also where none is left to the absorbed account', async () => {
    const s = await person({ code: 's' });
    const a = await person({ email: 'a@x.org', login: 'a@x.org' });

    await mergeUsers(store.db, { pairs: [{ survivor: 's', redundant: 'A@x.org' }] });

    expect((await personOf(s)).fields).toMatchObject({
      code: 's',
      email: 'a@x.org',
      login: 'a@x.org',
    });
    expect((await personOf(a)).fields).toMatchObject({ email: null, login: null, code: null });
  });

  test('a login that is the e-mail goes with a chosen e-mail', async () => {
    const { s, a } = await two(
      { login: 'ann@x.org', email: 'ann@x.org' },
      { login: 'ann.b@x.org', email: 'ann.b@x.org' },
    );

    await merge({ email: 'redundant' });

    expect((await personOf(s)).fields).toMatchObject({
      email: 'ann.b@x.org',
      login: 'ann.b@x.org',
    });
    expect((await personOf(a)).fields).toMatchObject({ email: 'ann@x.org', login: 'ann@x.org' });
  });

  test('the epoch of the sources grows only where a code changes hands', async () => {
    await two({ email: 's@x.org' }, { email: 'a@x.org' });
    const epoch = async (): Promise<unknown> =>
      (await store.db.pool.query(`select max(epoch) as epoch from source`)).rows;
    const before = await epoch();

    await merge({ email: 'redundant' });
    const after = await epoch();
    await two({ code: 's2', email: 's2@x.org' }, { code: 'a2', email: 'a2@x.org' });
    await mergeUsers(store.db, {
      pairs: [{ survivor: 's2', redundant: 'a2', take: { code: 'redundant' } }],
    });

    expect(after).toEqual(before);
    expect(await epoch()).not.toEqual(before);
  });
});

describe('enrollments', () => {
  type Row = Partial<EnrollmentSeed>;
  const done = { status: 'completed', score: 5, completed: '2026-02-02' } as const;

  test.each<[string, Row, Row, PairSeed['take'], 'survivor' | 'redundant']>([
    ['completed before in progress', { status: 'in_progress', score: 9 }, done, {}, 'redundant'],
    [
      'in progress before enrolled',
      { status: 'in_progress' },
      { status: 'enrolled' },
      {},
      'survivor',
    ],
    ['enrolled before cancelled', { status: 'cancelled' }, { status: 'enrolled' }, {}, 'redundant'],
    ['the higher score', done, { ...done, score: 6 }, {}, 'redundant'],
    ['a score before none', done, { ...done, score: null }, {}, 'survivor'],
    ['the earlier completion', done, { ...done, completed: '2026-02-01' }, {}, 'redundant'],
    ['the survivor, where all is the same', { ...done, progress: 3 }, done, {}, 'survivor'],
    [
      'what was chosen',
      done,
      { status: 'cancelled' },
      { 'course:SAFETY': 'redundant' },
      'redundant',
    ],
    [
      'the chosen survivor',
      { status: 'cancelled' },
      done,
      { 'course:SAFETY': 'survivor' },
      'survivor',
    ],
  ])('the outcome of two in a course is %s', async (_, mine, theirs, take, winner) => {
    const { s, a } = await two({}, {});
    const kept = await enroll(store.db.pool, { userId: s, course: 'SAFETY', ...mine });
    const lost = await enroll(store.db.pool, { userId: a, course: 'SAFETY', ...theirs });

    await merge(take);

    const { rows } = await store.db.pool.query(
      `select id, user_id as "userId", status, score::float, progress, completed_at::text as completed,
         tombstoned_by = $1 as tombstone from enrollment order by id`,
      [await mergeOf(a)],
    );
    const {
      score = null,
      progress = null,
      completed = null,
    } = winner === 'survivor' ? mine : theirs;
    const { status } = winner === 'survivor' ? mine : theirs;
    expect(rows).toEqual([
      { id: kept, userId: s, status, score, progress, completed, tombstone: null },
      expect.objectContaining({ id: lost, userId: a, status: theirs.status, tombstone: true }),
    ]);
  });

  test('and credits that only the redundant one has move; the same credit is kept once', async () => {
    const { s, a } = await two({}, {});
    const moved = await enroll(store.db.pool, { userId: a, course: 'FIRE' });
    const own = await credit(store.db.pool, { userId: s, print: 1 });
    const twin = await credit(store.db.pool, { userId: a, print: 1 });
    const other = await credit(store.db.pool, { userId: a, print: 2 });

    await merge();

    const { rows } = await store.db.pool.query<{ id: string }>(
      `select id from enrollment where user_id = $1 and tombstoned_by is null
       union all select id from external_credit where user_id = $1 and tombstoned_by is null`,
      [s],
    );
    expect(rows.map(({ id }) => id).sort()).toEqual([moved, own, other].sort());
    expect(
      (await store.db.pool.query(`select user_id from external_credit where id = $1`, [twin])).rows,
    ).toEqual([{ user_id: a }]);
  });
});

describe('the number by which a person speaks in a source', () => {
  async function numbers(): Promise<Record<string, string>> {
    const { identities } = await readWorld(store.db.pool);
    return Object.fromEntries(identities);
  }

  test('is the own one of the survivor, else one of the absorbed account', async () => {
    const { s, a } = await two({}, {});
    for (const [sourceId, externalId, userId] of [
      [POLLED, '1', s],
      [POLLED, '2', a],
      [LIST, '3', a],
      [LIST, '4', a],
    ] as const) {
      await addIdentity(store.db.pool, { sourceId, externalId, userId });
    }
    await store.db.pool.query(
      `update identity set record_hash = 1, mapping_hash = 2, user_version = 1, missing_reads = 1,
         due_on = '2027-01-01', due_zone = 'UTC', opinions = '{phone}' where external_id = '4'`,
    );
    await store.db.pool.query(`update identity set missing_reads = 2 where external_id = '3'`);

    await merge();

    expect(await numbers()).toEqual({
      [`${POLLED} 1`]: s,
      [`${POLLED} 2`]: a,
      [`${LIST} 3`]: a,
      [`${LIST} 4`]: s,
    });
    const { rows } = await store.db.pool.query(
      `select record_hash, mapping_hash, user_version, missing_reads, due_on::text, opinions
       from identity where external_id = '4'`,
    );
    expect(rows).toEqual([
      {
        record_hash: null,
        mapping_hash: null,
        user_version: null,
        missing_reads: 1,
        due_on: '2027-01-01',
        opinions: ['phone'],
      },
    ]);
  });
});

describe('the images of a merge', () => {
  test('played backward, give back every table of users', async () => {
    const org = (await store.db.pool.query<{ id: string }>(`select id from organization limit 1`))
      .rows[0]?.id;
    const { s, a } = await two(
      { login: 's@x.org', email: 's@x.org', 'properties.size': '"S"', status: 'inactive' },
      {
        login: 'a@x.org',
        email: 'a@x.org',
        phone: '12',
        hireDate: '2020-01-02',
        organization: org,
        'properties.badge': '7',
      },
      { a: { sticky: ['phone'], protected: true } },
    );
    const old = await person({ code: 'old' }, { mergedInto: a });
    await store.db.pool.query(`update "user" set manager_id = $1 where id = $2`, [a, s]);
    for (const [sourceId, externalId, userId] of [
      [POLLED, '1', s],
      [POLLED, '2', a],
      [LIST, '3', a],
    ] as const) {
      await addIdentity(store.db.pool, { sourceId, externalId, userId });
    }
    for (const course of ['SAFETY', 'FIRE']) {
      await enroll(store.db.pool, { userId: s, course });
      await enroll(store.db.pool, { userId: a, course, status: 'completed', score: 7.25 });
    }
    await enroll(store.db.pool, { userId: a, course: 'LADDER', progress: 3 });
    await credit(store.db.pool, { userId: s, print: 1 });
    await credit(store.db.pool, { userId: a, print: 1 });
    await credit(store.db.pool, { userId: a, print: 2 });
    const before = await tablesOfUsers(store.db.pool);

    await merge({
      code: 'redundant',
      email: 'redundant',
      status: 'redundant',
      'course:FIRE': 'survivor',
    });

    expect(await personOf(old)).toMatchObject({ mergedInto: s });
    const after = await tablesOfUsers(store.db.pool);
    for (const table of ['user', 'identity', 'enrollment', 'external_credit']) {
      expect(after[table]).not.toEqual(before[table]);
    }
    await playBackward(store.db, await mergeOf(a));
    expect(await tablesOfUsers(store.db.pool)).toEqual(before);
  });
});

describe('pairs that do not go on', () => {
  test('have their reason', async () => {
    const s = await person({ code: 's', email: 'both@x.org' });
    await person({ code: 'a' });
    await person({ code: 'both@x.org' });
    await person({ code: 'gone', status: 'inactive' });
    await person({ code: 'old' }, { mergedInto: s });
    for (const code of ['c1', 'c2', 't1', 't2', 't3']) await person({ code });

    const { runId } = await planMergesOf(store.db, {
      dryRun: true,
      pairs: [
        { survivor: 's', redundant: 'nobody' },
        { survivor: 'both@x.org', redundant: 'a' },
        { survivor: 's', redundant: 's' },
        { survivor: 's', redundant: 'old' },
        { survivor: 'old', redundant: 's' },
        { survivor: 's', redundant: 'gone' },
        { survivor: 'c1', redundant: 'c2' },
        { survivor: 'c2', redundant: 'c1' },
        { survivor: 't1', redundant: 't3' },
        { survivor: 't2', redundant: 't3' },
        { survivor: 's', redundant: 'a', fault: true },
        { survivor: 's', redundant: 'a' },
        { survivor: 's', redundant: 'a' },
      ],
    });

    expect(await outcomesOf(store.db.pool, runId)).toEqual({
      1: 'error (nobody)',
      2: 'error (several)',
      3: 'conflict (same_person)',
      4: 'skip (merged_already)',
      5: 'conflict (merged_elsewhere)',
      6: 'conflict (status_differs)',
      7: 'conflict (cycle)',
      8: 'conflict (cycle)',
      9: 'conflict (two_survivors)',
      10: 'conflict (two_survivors)',
      11: 'error (missing_value)',
      12: 'merge',
      13: 'skip (merged_already)',
    });
  });

  test('are those with more enrollments than a merge moves', async () => {
    const { a } = await two({}, {});
    await store.db.pool.query(
      `with made as (
         insert into course (id, code, code_key, name)
         select gen_random_uuid(), 'c' || n, 'c' || n, 'c' from generate_series(1, 10001) n returning id
       )
       insert into enrollment (id, user_id, course_id, status)
       select gen_random_uuid(), $1, id, 'enrolled' from made`,
      [a],
    );

    const { runId } = await planMergesOf(store.db, { pairs: [S_A], dryRun: true });

    expect(await outcomesOf(store.db.pool, runId)).toEqual({
      1: 'conflict (too_many_enrollments)',
    });
  });

  test('are those that are not as they were shown', async () => {
    const { a } = await two({}, {});
    const dry = await planMergesOf(store.db, { pairs: [S_A], dryRun: true });
    const { rows } = await store.db.pool.query<{ shown: string }>(
      `select changes -> 'shown' ->> 1 as shown from plan_entry where run_id = $1`,
      [dry.runId],
    );
    const asShown = rows[0]?.shown ?? '';
    const same = await planMergesOf(store.db, { pairs: [S_A], asShown, dryRun: true });
    const chosen = await planMergesOf(store.db, {
      pairs: [{ ...S_A, take: { phone: 'redundant' } }],
      asShown,
      dryRun: true,
    });
    await enroll(store.db.pool, { userId: a, course: 'SAFETY' });
    const later = await planMergesOf(store.db, { pairs: [S_A], asShown, dryRun: true });

    expect(asShown).toMatch(/^[0-9a-f]{16}$/);
    expect(await outcomesOf(store.db.pool, same.runId)).toEqual({ 1: 'merge' });
    expect(await outcomesOf(store.db.pool, chosen.runId)).toEqual({
      1: 'conflict (changed_since_shown)',
    });
    expect(await outcomesOf(store.db.pool, later.runId)).toEqual({
      1: 'conflict (changed_since_shown)',
    });
  });

  test.each(['an enrollment', 'a credit', 'a number', 'a value'])(
    'are those that got %s since the plan',
    async (what) => {
      const { s, a } = await two({}, {});
      const run = await planMergesOf(store.db, { pairs: [S_A] });
      const db = store.db.pool;
      if (what === 'an enrollment') await enroll(db, { userId: a, course: 'SAFETY' });
      if (what === 'a credit') await credit(db, { userId: s, print: 1 });
      if (what === 'a number') {
        await addIdentity(db, { sourceId: POLLED, externalId: '1', userId: a });
      }
      if (what === 'a value') {
        await db.query(`update "user" set phone = '1', version = version + 1 where id = $1`, [s]);
      }
      const before = await tablesOfUsers(db);

      await applyPlan(store.db, run);

      expect(await outcomesOf(db, run.runId)).toEqual({ 1: 'conflict (changed_since)' });
      expect(await tablesOfUsers(db)).toEqual(before);
    },
  );
});
