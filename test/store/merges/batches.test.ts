import { applyBatch } from '../../../store/apply';
import { OWNER_ID } from '../../../store/sources/sources';
import { addPerson, emptyStore, readWorld } from '../../support/builders';
import { enroll, mergeUsers, outcomesOf, planMergesOf } from '../../support/merges/pairs';
import { playBackward } from '../../support/merges/playBackward';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { asSuperuser, testDatabase } from '../../support/postgres';
import { applyPlan } from '../../support/runs/storeRun';

const store = testDatabase();

beforeEach(() => emptyStore(store.db));

async function people(...codes: string[]): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  for (const code of codes) made[code] = await addPerson(store.db.pool, { fields: { code } });
  return made;
}

/** Pairs written as `a>s`: a is absorbed by s. */
function pairs(...written: string[]) {
  return written.map((pair) => {
    const [redundant = '', survivor = ''] = pair.split('>');
    return { redundant, survivor };
  });
}

/** Code → code of the survivor, of merged users. */
async function mergedInto(): Promise<Record<string, string>> {
  const { people: all } = await readWorld(store.db.pool);
  const code = (id: string): string => all.get(id)?.fields['code'] ?? 'none';
  return Object.fromEntries(
    [...all.values()].flatMap(({ id, mergedInto: into }) =>
      into === null ? [] : [[code(id), code(into)]],
    ),
  );
}

test('a chain and many into one, in any order of lines, end at the last survivor', async () => {
  const id = await people('a', 'b', 'c', 'x', 'y');
  for (const who of ['a', 'b', 'x', 'y']) {
    await enroll(store.db.pool, { userId: id[who] ?? '', course: `of ${who}` });
  }

  const run = await mergeUsers(store.db, { pairs: pairs('b>c', 'a>b', 'x>c', 'y>c') });

  expect(await mergedInto()).toEqual({ a: 'c', b: 'c', x: 'c', y: 'c' });
  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({
    1: 'merge',
    2: 'merge',
    3: 'merge',
    4: 'merge',
  });
  const { rows } = await store.db.pool.query(
    `select count(*)::int as n from enrollment where user_id = $1 and tombstoned_by is null`,
    [id['c']],
  );
  expect(rows).toEqual([{ n: 4 }]);
  const { rows: survivors } = await store.db.pool.query(
    `select a.code as a, s.code as s from merge m join "user" a on a.id = m.absorbed_id
     join "user" s on s.id = m.survivor_id order by 1`,
  );
  expect(survivors).toContainEqual({ a: 'a', s: 'b' });
});

test('two users who absorb others first and are merged then are merged by the same file', async () => {
  await people('a', 'b', 'x', 'y');

  const run = await mergeUsers(store.db, { pairs: pairs('a>b', 'x>y', 'b>y') });

  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({
    1: 'merge',
    2: 'merge',
    3: 'merge',
  });
  expect(await mergedInto()).toEqual({ a: 'y', b: 'y', x: 'y' });
});

test('a chain, played backward from its last merge, is as before', async () => {
  const id = await people('a', 'b', 'c');
  await enroll(store.db.pool, { userId: id['a'] ?? '', course: 'FIRE', status: 'completed' });
  await enroll(store.db.pool, { userId: id['b'] ?? '', course: 'FIRE' });
  await enroll(store.db.pool, { userId: id['c'] ?? '', course: 'FIRE', status: 'cancelled' });
  const before = await tablesOfUsers(store.db.pool);

  await mergeUsers(store.db, { pairs: pairs('a>b', 'b>c') });
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from merge order by merged_at desc, id desc`,
  );
  for (const merge of rows.sort((x, y) => (x.id < y.id ? 1 : -1))) {
    await playBackward(store.db, merge.id);
  }

  expect(await tablesOfUsers(store.db.pool)).toEqual(before);
});

test('a pair that is not merged leaves the later ones of its survivor as they were judged', async () => {
  const id = await people('a', 'b', 'c', 's');
  const run = await planMergesOf(store.db, { pairs: pairs('a>s', 'b>s', 'c>s') });
  await enroll(store.db.pool, { userId: id['b'] ?? '', course: 'FIRE' });

  await applyPlan(store.db, run);

  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({
    1: 'merge',
    2: 'conflict (changed_since)',
    3: 'merge',
  });
});

test('a batch of many is merged by few transactions, and its pairs do not mix', async () => {
  const codes = Array.from({ length: 450 }, (_, i) => String(i));
  await store.db.pool.query(
    `insert into "user" (id, code, email, email_key)
     select gen_random_uuid(), side || n, side || n || '@x.org', side || n || '@x.org'
     from unnest($1::text[]) n, (values ('s'), ('a')) t(side)`,
    [codes],
  );
  await store.db.pool.query(
    `with made as (insert into course (id, code, code_key, name)
       values (gen_random_uuid(), 'MANY', 'many', 'Many') returning id)
     insert into enrollment (id, user_id, course_id, status)
     select gen_random_uuid(), u.id, made.id, 'enrolled' from "user" u, made`,
  );
  const run = await planMergesOf(store.db, {
    pairs: codes.map((n) => ({ survivor: `s${n}`, redundant: `a${n}` })),
  });

  let transactions = 0;
  while (!(await applyBatch(store.db, { ...run, maxEntries: 1000, undoDays: 90 })).done) {
    transactions += 1;
  }

  expect(transactions).toBe(3);
  const { rows } = await store.db.pool.query(
    `select count(*)::int as merged,
       count(*) filter (where substr(a.code, 2) = substr(s.code, 2))::int as right,
       (select count(*)::int from enrollment where tombstoned_by is null) as enrollments
     from "user" a join "user" s on s.id = a.merged_into_id`,
  );
  expect(rows).toEqual([{ merged: 450, right: 450, enrollments: 450 }]);
});

test('a user who became the last owner since the plan is not absorbed, and the others of the batch are', async () => {
  const id = await people('a', 'b', 's', 't');
  const run = await planMergesOf(store.db, { pairs: pairs('a>s', 'b>t') });
  await store.db.pool.query(
    `insert into admin (id, name, level, user_id) values (gen_random_uuid(), 'boss', 'owner', $1)`,
    [id['a']],
  );
  await store.db.pool.query(`update admin set level = 'admin' where id = $1`, [OWNER_ID]);

  await applyPlan(store.db, run);
  await store.db.pool.query(`update admin set level = 'owner' where id = $1`, [OWNER_ID]);
  await store.db.pool.query(`delete from admin where name = 'boss'`);

  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({
    1: 'conflict (last_owner)',
    2: 'merge',
  });
});

describe('a pair that the database refuses', () => {
  afterEach(() => asSuperuser(store, `alter table "user" drop constraint culprit`));

  test('is a conflict, and the others of its batch are merged', async () => {
    const id = await people('a', 'b', 'c', 's', 't', 'u');
    await store.db.pool.query(`update "user" set phone = '13' where code = 'b'`);
    await asSuperuser(
      store,
      `alter table "user" add constraint culprit check (phone is null or status <> 'active' or code = 'b')`,
    );

    const run = await mergeUsers(store.db, { pairs: pairs('a>s', 'b>t', 'c>u') });

    expect(await outcomesOf(store.db.pool, run.runId)).toEqual({
      1: 'merge',
      2: 'conflict (changed_since)',
      3: 'merge',
    });
    expect(await mergedInto()).toEqual({ a: 's', c: 'u' });
    expect((await readWorld(store.db.pool)).people.get(id['b'] ?? '')?.mergedInto).toBeNull();
  });
});
