import { newId, transaction } from '../../../store/database/db';
import { addIdentity, addPerson, editPerson, emptyStore } from '../../support/builders';
import { mergeByHand, recordMergeRun } from '../../support/merges/mergeByHand';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { entriesOf, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';

const store = testDatabase();
const COURSES = { A: newId(), B: newId(), C: newId() };

beforeAll(async () => {
  for (const [code, id] of Object.entries(COURSES)) {
    await store.db.pool.query(
      `insert into course (id, code, code_key, name) values ($1, $2, lower($2), $2)`,
      [id, code],
    );
  }
});

afterEach(async () => {
  await store.db.pool.query(`begin; set local session_replication_role = replica;
    delete from enrollment; delete from external_credit; delete from merge_change; delete from merge;
    delete from user_pair; commit`);
  await emptyStore(store.db);
});

interface Enrolled {
  readonly course: keyof typeof COURSES;
  readonly status?: string;
  readonly score?: number;
  readonly via?: string;
}

async function enroll(userId: string, o: Enrolled): Promise<string> {
  const id = newId();
  await store.db.pool.query(
    `insert into enrollment (id, user_id, course_id, status, score, completed_at, via_user_id)
     values ($1, $2, $3, $4::enrollment_status, $5, case when $4::enrollment_status = 'completed' then date '2026-01-02' end, $6)`,
    [id, userId, COURSES[o.course], o.status ?? 'enrolled', o.score ?? null, o.via ?? null],
  );
  return id;
}

async function credit(userId: string, print: number): Promise<string> {
  const id = newId();
  await store.db.pool.query(
    `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
     values ($1, $2, 'First aid', 'Red Cross', 2, '2026-01-02', $3)`,
    [id, userId, print],
  );
  return id;
}

/** Two accounts of one person, with something of everything that a merge moves, and their merge. */
async function pair(): Promise<{ s: string; a: string; merge: string; runId: string }> {
  const { db } = store;
  const s = await addPerson(db.pool, {
    fields: { code: 's1', login: 'sue', firstName: 'Sue', 'properties.badge': '1' },
    sticky: ['firstName'],
  });
  const a = await addPerson(db.pool, {
    fields: {
      code: 'a1',
      login: 'sue.a',
      email: 'sue@x.org',
      phone: '12',
      'properties.shoe': '38',
    },
    sticky: ['phone'],
  });
  await addIdentity(db.pool, { sourceId: CSV_SOURCE_ID, externalId: 'a1', userId: a });
  const [a1, s1, a2] = [
    await enroll(a, { course: 'A', status: 'completed', score: 80 }),
    await enroll(s, { course: 'A' }),
    await enroll(a, { course: 'B' }),
  ];
  const [c1, , c2] = [await credit(a, 1), await credit(s, 1), await credit(a, 2)];
  const before = await tablesOfUsers(db.pool);
  const runId = await transaction(db, recordMergeRun);
  const merge = await mergeByHand(db, {
    survivor: s,
    absorbed: a,
    runId,
    gives: {
      code: 'a1',
      email: 'sue@x.org',
      email_key: 'sue@x.org',
      phone: '12',
      properties: { badge: 1, shoe: 38 },
      sticky: ['firstName', 'phone'],
    },
    takes: { code: 's1', email: null, email_key: null },
    identities: [[CSV_SOURCE_ID, 'a1']],
    enrollments: {
      moved: [a2],
      changed: { [s1]: { status: 'completed', score: 80, completed_at: '2026-01-02' } },
      tombstoned: [a1],
    },
    credits: { moved: [c2], tombstoned: [c1] },
  });
  expect(await tablesOfUsers(db.pool)).not.toEqual(before);
  befores.set(merge, before);
  return { s, a, merge, runId };
}

const befores = new Map<string, unknown>();

async function userOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await store.db.pool.query<Record<string, unknown>>(
    `select code, login, email, phone, status, merged_into_id as into, sticky, properties from "user" where id = $1`,
    [id],
  );
  return rows[0] ?? {};
}

test('merged and unmerged, both people are as they were in every table of users', async () => {
  const { db } = store;
  const { s, a, merge } = await pair();
  const dry = await unmerge(db, { merge, dryRun: true });
  const entries = await entriesOf(db, dry.runId);
  const done = await unmerge(db, { merge });

  expect(await tablesOfUsers(db.pool)).toEqual(befores.get(merge));
  expect(done).toMatchObject({ state: 'done', counts: { rows: 1, updated: 1 } });
  expect(await entriesOf(db, done.runId)).toEqual(entries);
  expect(entries).toEqual([
    {
      action: 'update',
      reason: 'unmerge',
      kept: null,
      changes: {
        code: ['a1', 's1'],
        email: ['sue@x.org', null],
        phone: ['12', null],
        'properties.shoe': [38, null],
        'identities.csv': ['a1', null],
        'enrollments.A.status': ['completed', 'enrolled'],
        'enrollments.A.score': [80, null],
        'enrollments.A.completedAt': ['2026-01-02', null],
        'enrollments.B.status': ['enrolled', null],
        credits: [2, 1],
        'absorbed.code': ['s1', 'a1'],
        'absorbed.email': [null, 'sue@x.org'],
        'absorbed.status': ['merged', 'active'],
        'absorbed.mergedInto': [s, null],
        'absorbed.enrollments.A.status': [null, 'completed'],
        'absorbed.credits': [0, 1],
      },
    },
  ]);
  const { rows: pairs } = await db.pool.query(`select user_a, user_b, state from user_pair`);
  expect(pairs).toEqual([
    { user_a: [s, a].sort()[0], user_b: [s, a].sort()[1], state: 'different' },
  ]);
  const { rows: events } = await db.pool.query(
    `select subject_id as id, fields from audit_event where action = 'user.unmerge' order by id`,
  );
  expect(events).toHaveLength(2);
});

test('what was changed since the merge stays and is listed', async () => {
  const { db } = store;
  const { s, a, merge } = await pair();
  await editPerson(db.pool, s, { phone: '99', email: 'new@x.org', department: 'Sales' });
  await db.pool.query(`update enrollment set score = 90 where user_id = $1 and course_id = $2`, [
    s,
    COURSES.A,
  ]);
  const done = await unmerge(db, { merge });

  expect(await userOf(s)).toMatchObject({ code: 's1', phone: '99', email: 'new@x.org' });
  expect(await userOf(s)).toMatchObject({ sticky: expect.arrayContaining(['phone', 'email']) });
  expect(await userOf(a)).toMatchObject({ code: 'a1', email: 'sue@x.org', status: 'active' });
  const [entry] = await entriesOf(db, done.runId);
  expect(entry?.kept).toEqual({
    phone: ['99', null],
    email: ['new@x.org', null],
    'enrollments.A.score': [90, null],
    'enrollments.A.status': ['completed', 'enrolled'],
    'enrollments.A.completedAt': ['2026-01-02', null],
  });
});

test('rows that came since through the absorbed account go home, and moved ones as they are now', async () => {
  const { db } = store;
  const { s, a, merge } = await pair();
  await enroll(s, { course: 'C', via: a });
  await db.pool.query(
    `update enrollment set status = 'in_progress' where user_id = $1 and course_id = $2`,
    [s, COURSES.B],
  );
  await unmerge(db, { merge });

  const { rows } = await db.pool.query(
    `select c.code, e.status, e.user_id = $1 as absorbed, e.via_user_id as via from enrollment e
     join course c on c.id = e.course_id where tombstoned_by is null order by 1, 2`,
    [a],
  );
  expect(rows).toEqual([
    { code: 'A', status: 'enrolled', absorbed: false, via: null },
    { code: 'A', status: 'completed', absorbed: true, via: null },
    { code: 'B', status: 'in_progress', absorbed: true, via: null },
    { code: 'C', status: 'enrolled', absorbed: true, via: null },
  ]);
});

test('a key that somebody else has by now is not taken from them', async () => {
  const { db } = store;
  const { s, a, merge } = await pair();
  await editPerson(db.pool, s, { email: null });
  await addPerson(db.pool, { fields: { email: 'sue@x.org' } });
  const done = await unmerge(db, { merge });

  expect(await userOf(a)).toMatchObject({ code: 'a1', email: null, login: 'sue.a' });
  expect((await entriesOf(db, done.runId))[0]?.kept).toMatchObject({
    'absorbed.email': [null, 'sue@x.org'],
  });
});

test('a source that deactivated the survivor under a number that goes home deactivates that person', async () => {
  const { db } = store;
  const { s, a, merge } = await pair();
  await db.pool.query(
    `update "user" set status = 'inactive', deactivated_at = now() + interval '1 second',
    deactivated_reason = 'absent', version = version + 1 where id = $1`,
    [s],
  );
  await db.pool.query(
    `update identity i set left_at = u.deactivated_at from "user" u where u.id = i.user_id`,
  );
  await unmerge(db, { merge });

  expect(await userOf(s)).toMatchObject({ status: 'active' });
  expect(await userOf(a)).toMatchObject({ status: 'inactive' });
});

test('a chain is unmerged newest first, in one undo of its run', async () => {
  const { db } = store;
  const { s, a, merge, runId } = await pair();
  const t = await addPerson(db.pool, { fields: { code: 't1', login: 'ted' } });
  const u = await addPerson(db.pool, { fields: { code: 'u1', login: 'uma' } });
  const second = await mergeByHand(db, {
    survivor: t,
    absorbed: s,
    runId,
    gives: { phone: '12', code: 'a1' },
    takes: { code: 't1' },
    identities: [[CSV_SOURCE_ID, 'a1']],
  });
  const third = await mergeByHand(db, { survivor: t, absorbed: u });
  const [blocked] = await entriesOf(db, (await unmerge(db, { merge })).runId);
  await unmerge(db, { merge: third });
  const done = await unmerge(db, { run: runId });

  expect(blocked).toMatchObject({ action: 'skip', reason: 'merged_later' });
  expect(done.counts).toMatchObject({ rows: 2, updated: 2 });
  expect((await entriesOf(db, done.runId)).map(({ changes }) => changes?.['code'])).toEqual([
    ['a1', 't1'],
    ['a1', 's1'],
  ]);
  expect(await userOf(a)).toMatchObject({ code: 'a1', into: null });
  expect(await userOf(s)).toMatchObject({ code: 's1', into: null, phone: null });
  expect(await userOf(t)).toMatchObject({ code: 't1', phone: null });
  expect((await unmerge(db, { merge: second })).counts).toMatchObject({ skipped: 1 });
});
