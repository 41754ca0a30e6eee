import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { addIdentity, addPerson, editPerson, emptyStore, rows } from '../../support/builders';
import { credit, enroll, mergeUsers } from '../../support/merges/pairs';
import { tablesOfUsers, type TablesOfUsers } from '../../support/merges/tablesOfUsers';
import { entriesOf, mergePair, planUnmerge, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import { applyPlan, importRows, planImport } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(() => addReferences(store.db.pool));
beforeEach(() => emptyStore(store.db));

interface Pair {
  readonly survivor: string;
  readonly absorbed: string;
  readonly before: TablesOfUsers;
}

/** Two accounts of one person, with something of everything that a merge moves. */
async function two(): Promise<Pair> {
  const { pool } = store.db;
  const survivor = await addPerson(pool, {
    fields: { login: 'sue', firstName: 'Sue', 'properties.size': '"S"' },
    sticky: ['firstName'],
  });
  const absorbed = await addPerson(pool, {
    fields: { code: 'a1', email: 'sue@x.org', phone: '12', 'properties.badge': '38' },
    sticky: ['phone'],
  });
  await addIdentity(pool, { sourceId: CSV_SOURCE_ID, externalId: 'a1', userId: absorbed });
  await enroll(pool, { userId: absorbed, course: 'A', status: 'completed', score: 80 });
  await enroll(pool, { userId: survivor, course: 'A' });
  await enroll(pool, { userId: absorbed, course: 'B' });
  await credit(pool, { userId: absorbed, print: 1 });
  await credit(pool, { userId: survivor, print: 1 });
  await credit(pool, { userId: absorbed, print: 2 });
  return { survivor, absorbed, before: await tablesOfUsers(pool) };
}

async function userOf(id: string): Promise<Record<string, unknown>> {
  const { rows: found } = await store.db.pool.query<Record<string, unknown>>(
    `select code, login, email, phone, status, merged_into_id as into, sticky from "user" where id = $1`,
    [id],
  );
  return found[0] ?? {};
}

test('merged and unmerged, both people are as they were in every table of users', async () => {
  const { db } = store;
  const { before, ...pair } = await two();
  const { id: merge } = await mergePair(db, pair);
  const merged = await tablesOfUsers(db.pool);
  const dry = await unmerge(db, { merge, dryRun: true });
  const entries = await entriesOf(db, dry.runId);
  const done = await unmerge(db, { merge });

  for (const table of ['user', 'identity', 'enrollment', 'external_credit']) {
    expect([table, merged[table]]).not.toEqual([table, before[table]]);
  }
  expect(await tablesOfUsers(db.pool)).toEqual(before);
  expect(done).toMatchObject({ state: 'done', counts: { rows: 1, updated: 1 } });
  expect(await entriesOf(db, done.runId)).toEqual(entries);
  expect(entries).toEqual([
    {
      action: 'update',
      reason: 'unmerge',
      kept: null,
      changes: {
        code: ['a1', null],
        email: ['sue@x.org', null],
        phone: ['12', null],
        'properties.badge': [38, null],
        'identities.csv': ['a1', null],
        'enrollments.A.status': ['completed', 'enrolled'],
        'enrollments.A.score': [80, null],
        'enrollments.A.completedAt': ['2026-01-31', null],
        'enrollments.B.status': ['enrolled', null],
        credits: [2, 1],
        'absorbed.code': [null, 'a1'],
        'absorbed.email': [null, 'sue@x.org'],
        'absorbed.status': ['merged', 'active'],
        'absorbed.mergedInto': [pair.survivor, null],
        'absorbed.enrollments.A.status': [null, 'completed'],
        'absorbed.enrollments.B.status': [null, 'enrolled'],
        'absorbed.credits': [0, 2],
      },
    },
  ]);
  const { rows: pairs } = await db.pool.query(`select state from user_pair`);
  expect(pairs).toEqual([{ state: 'different' }]);
  const { rows: events } = await db.pool.query<{ id: string; fields: string[] }>(
    `select subject_id as id, fields from audit_event where action = 'user.unmerge'`,
  );
  expect(Object.fromEntries(events.map(({ id, fields }) => [id, fields]))).toEqual({
    [pair.survivor]: ['code', 'email', 'phone', 'properties.badge', 'sticky'],
    [pair.absorbed]: ['code', 'email', 'mergedInto', 'status'],
  });
});

test('what was changed since the merge stays and is listed', async () => {
  const { db } = store;
  const { survivor, absorbed, ...rest } = await two();
  expect(rest.before).toBeDefined();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  await editPerson(db.pool, survivor, { phone: '99', email: 'new@x.org' });
  await db.pool.query(
    `update enrollment set score = 90 where user_id = $1 and status = 'completed'`,
    [survivor],
  );
  const done = await unmerge(db, { merge });

  expect(await userOf(survivor)).toMatchObject({ code: null, phone: '99', email: 'new@x.org' });
  expect(await userOf(survivor)).toMatchObject({ sticky: ['email', 'firstName', 'phone'] });
  expect(await userOf(absorbed)).toMatchObject({
    code: 'a1',
    email: 'sue@x.org',
    status: 'active',
  });
  expect((await entriesOf(db, done.runId))[0]?.kept).toEqual({
    phone: ['99', null],
    email: ['new@x.org', null],
    'enrollments.A.score': [90, null],
    'enrollments.A.status': ['completed', 'enrolled'],
    'enrollments.A.completedAt': ['2026-01-31', null],
  });
});

test('rows that came since through the absorbed account go home, and moved ones as they are now', async () => {
  const { db } = store;
  const { survivor, absorbed } = await two();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  const via = await enroll(db.pool, { userId: survivor, course: 'C' });
  const own = await enroll(db.pool, { userId: survivor, course: 'D' });
  await db.pool.query(`update enrollment set via_user_id = $2 where id = $1`, [via, absorbed]);
  await db.pool.query(`update enrollment e set status = 'in_progress' from course c
    where c.id = e.course_id and c.code = 'B'`);
  await unmerge(db, { merge });

  const { rows: found } = await db.pool.query(
    `select c.code || ' ' || e.status || case when e.user_id = $1 then ' home' else '' end as row
     from enrollment e join course c on c.id = e.course_id
     where tombstoned_by is null and via_user_id is null order by 1`,
    [absorbed],
  );
  expect(own).not.toBe(via);
  expect(found.map(({ row }: { row: string }) => row)).toEqual([
    'A completed home',
    'A enrolled',
    'B in_progress home',
    'C enrolled home',
    'D enrolled',
  ]);
});

describe('a key that somebody else has by now', () => {
  test('is not taken from them', async () => {
    const { db } = store;
    const { survivor, absorbed } = await two();
    const { id: merge } = await mergePair(db, { survivor, absorbed });
    await editPerson(db.pool, survivor, { email: null });
    await addPerson(db.pool, { fields: { email: 'sue@x.org' } });
    const done = await unmerge(db, { merge });

    expect(await userOf(absorbed)).toMatchObject({ code: 'a1', email: null, status: 'active' });
    expect((await entriesOf(db, done.runId))[0]?.kept).toMatchObject({
      'absorbed.email': [null, 'sue@x.org'],
    });
  });

  test('and that is the only one of the two keeps them merged', async () => {
    const { db } = store;
    const survivor = await addPerson(db.pool, { fields: { code: 's1' } });
    const absorbed = await addPerson(db.pool, { fields: { email: 'sue@x.org' } });
    const { id: merge } = await mergePair(db, { survivor, absorbed });
    await editPerson(db.pool, survivor, { email: null });
    const other = await addPerson(db.pool, { fields: { email: 'sue@x.org' } });
    const refused = await unmerge(db, { merge });
    await editPerson(db.pool, other, { code: 'o', email: null });
    await unmerge(db, { merge });

    expect(refused.messages).toMatchObject([
      { code: 'unmerge_no_key', message: expect.stringContaining('because sue@x.org has it') },
    ]);
    expect(await entriesOf(db, refused.runId)).toMatchObject([
      { action: 'conflict', reason: 'no_key_left' },
    ]);
    expect(await userOf(absorbed)).toMatchObject({ email: 'sue@x.org', status: 'active' });
  });
});

test('who left under a number that goes home is deactivated, and the survivor is not', async () => {
  const { db } = store;
  const { survivor, absorbed } = await two();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  await db.pool.query(
    `update "user" set status = 'inactive', deactivated_at = clock_timestamp() + interval '1 second',
       deactivated_reason = 'absent', version = version + 1 where id = $1`,
    [survivor],
  );
  await db.pool.query(
    `update identity i set left_at = u.deactivated_at from "user" u where u.id = i.user_id`,
  );
  await unmerge(db, { merge });

  expect(await userOf(survivor)).toMatchObject({ status: 'active' });
  expect(await userOf(absorbed)).toMatchObject({ status: 'inactive' });
});

test('an identity that was linked to another person since stays there', async () => {
  const { db } = store;
  const { survivor, absorbed } = await two();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  const other = await addPerson(db.pool, { fields: { code: 'o' } });
  await db.pool.query(`update identity set user_id = $1`, [other]);
  const done = await unmerge(db, { merge });

  expect((await entriesOf(db, done.runId))[0]?.kept).toEqual({ 'identities.csv': [null, 'a1'] });
  expect((await db.pool.query(`select user_id from identity`)).rows).toEqual([{ user_id: other }]);
});

test('newer merges of the two come first; a merge that is taken back meanwhile is skipped', async () => {
  const { db } = store;
  const { survivor, absorbed } = await two();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  const top = await addPerson(db.pool, { fields: { code: 't' } });
  const second = await mergePair(db, { survivor: top, absorbed: survivor });
  const [blocked] = await entriesOf(db, (await unmerge(db, { merge })).runId);
  const planned = await planUnmerge(db, { merge: second.id });
  await unmerge(db, { merge: second.id }).catch(() => undefined);
  await applyPlan(db, planned);
  const again = await unmerge(db, { merge: second.id });

  expect(blocked).toMatchObject({ action: 'skip', reason: 'merged_later' });
  expect(again.counts).toMatchObject({ updated: 0, skipped: 1 });
  expect(await userOf(survivor)).toMatchObject({ into: null });
});

test('a plan of before writes nothing to the survivor; the next file says it of the person', async () => {
  const { db } = store;
  const { survivor, absorbed } = await two();
  const { id: merge } = await mergePair(db, { survivor, absorbed });
  const file = { rows: rows({ code: 'a1', department: 'Sales' }) };
  const planned = await planImport(db, file);
  await unmerge(db, { merge });
  await applyPlan(db, planned);
  const late = await departments();
  const next = await importRows(db, file);

  expect(late).toEqual([]);
  expect(next.counts).toMatchObject({ updated: 1, conflict: 0, created: 0 });
  expect(await departments()).toEqual([absorbed]);
});

async function departments(): Promise<string[]> {
  const { rows: found } = await store.db.pool.query<{ id: string }>(
    `select id from "user" where department is not null`,
  );
  return found.map(({ id }) => id);
}

/** People in pairs, chains and stars, each with some of everything. */
async function crowd(size: number): Promise<{ survivor: string; redundant: string }[]> {
  const { pool } = store.db;
  for (let i = 0; i < size; i++) {
    const n = String(i);
    const has = (k: number): boolean => (i * 7 + k * 5) % 3 !== 0;
    const userId = await addPerson(pool, {
      fields: {
        code: `c${n}`,
        ...(has(1) ? { login: `l${n}` } : {}),
        ...(has(2) ? { email: `e${n}@x.org` } : {}),
        ...(has(3) ? { phone: n } : {}),
        ...(has(4) ? { 'properties.badge': n } : {}),
        ...(has(5) ? { manager: null } : {}),
      },
      sticky: has(6) ? ['phone'] : ['email'],
      protected: i % 11 === 0,
    });
    for (const [k, sourceId] of [CSV_SOURCE_ID, LIST].entries()) {
      if (has(k)) await addIdentity(pool, { sourceId, externalId: `x${n}`, userId });
    }
    for (const course of ['A', 'B', 'C'].filter((_, k) => has(k))) {
      await enroll(pool, { userId, course, status: i % 2 ? 'completed' : 'in_progress', score: i });
    }
    await credit(pool, { userId, print: i % 4 });
  }
  const take = { code: 'redundant', phone: 'redundant', 'course:A': 'redundant' } as const;
  return Array.from({ length: size - 3 }, (_, i) => ({
    survivor: `c${String(i % 5 === 4 ? i - 4 : i % 3 === 0 ? i + 3 : (i + 1) % size)}`,
    redundant: `c${String(i)}`,
    ...(i % 4 === 0 ? { take } : {}),
  })).filter(({ survivor, redundant }) => survivor !== redundant);
}

test.each([1000, 1])(
  'a run of merges in pairs, chains and stars is undone as a whole, in batches of %i',
  async (maxEntries) => {
    const { db } = store;
    const pairs = await crowd(maxEntries === 1 ? 10 : 18);
    const before = await tablesOfUsers(db.pool);
    const { runId } = await mergeUsers(db, { pairs, maxEntries });
    const { rows: found } = await db.pool.query<{ n: number }>(
      `select count(*)::int as n from merge`,
    );
    const planned = await planUnmerge(db, { run: runId });
    const told = await entriesOf(db, planned.runId);
    await applyPlan(db, planned, { maxEntries });

    expect(found[0]?.n).toBeGreaterThan(4);
    expect(await tablesOfUsers(db.pool)).toEqual(before);
    expect(await entriesOf(db, planned.runId)).toEqual(told);
  },
);
