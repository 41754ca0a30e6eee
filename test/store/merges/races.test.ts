import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { applyBatch } from '../../../store/apply';
import type { Db } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { CSV_SOURCE_ID, MERGES_SOURCE_ID } from '../../../store/sources/sources';
import { untilBlocked } from '../../support/blocked';
import { addPerson, emptyStore, rows } from '../../support/builders';
import { credit, enroll, mergeUsers, outcomesOf, planMergesOf } from '../../support/merges/pairs';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { asSuperuser, testDatabase } from '../../support/postgres';
import { applyPlan, planImport, type PlannedRun } from '../../support/runs/storeRun';

const store = testDatabase({ maxConnections: 12 });
const PAIR = { survivor: 's', redundant: 'a' } as const;

beforeEach(() => emptyStore(store.db));

async function person(code: string): Promise<string> {
  return addPerson(store.db.pool, { fields: { code } });
}

/** A transaction of a writer of its own, which holds what `sql` takes until it is ended. */
async function holding(sql: string, values: readonly unknown[] = []): Promise<PoolClient> {
  const client = await store.db.pool.connect();
  await client.query('begin');
  await client.query(sql, [...values]);
  return client;
}

async function end(client: PoolClient, how: 'commit' | 'rollback' = 'commit'): Promise<void> {
  await client.query(how);
  client.release();
}

const ENROLL = `
  insert into enrollment (id, user_id, course_id, status)
  select gen_random_uuid(), $1, id, 'enrolled' from course where code = 'FIRE'`;

/** How many current enrollments and credits are those of absorbed accounts. */
async function lost(): Promise<number> {
  const { rows } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from (
       select user_id from enrollment where tombstoned_by is null
       union all select user_id from external_credit where tombstoned_by is null) r
     join "user" u on u.id = r.user_id where u.status = 'merged'`,
  );
  return rows[0]?.n ?? 0;
}

/** The store, as it would lock if writers of rows were not to wait for it. */
function withWeakLocks(db: Db): Db {
  const pool = new Proxy(db.pool, {
    get(target, name: keyof Pool) {
      if (name !== 'connect') {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get(inner, key: keyof PoolClient) {
            const value: unknown = Reflect.get(inner, key);
            if (key === 'query') {
              return (sql: string, values?: unknown[]) =>
                inner.query(
                  sql.replaceAll(/order by u\.id for update/g, 'order by u.id for no key update'),
                  values,
                );
            }
            return typeof value === 'function' ? value.bind(inner) : value;
          },
        });
      };
    },
  });
  return { ...db, pool };
}

/** Holds merges that move a code just before their end. */
const AT_THE_END = `select from source where id = $1 for update`;
const MOVES_CODE = { ...PAIR, take: { code: 'redundant' } } as const;

describe('a row that is written to an absorbed account', () => {
  let a = '';
  beforeEach(async () => {
    const s = await person('s');
    a = await person('a');
    await enroll(store.db.pool, { userId: s, course: 'FIRE' });
  });

  test('before the merge holds the merge up, which then sees it', async () => {
    const run = await planMergesOf(store.db, { pairs: [PAIR] });
    const writer = await holding(ENROLL, [a]);
    const applied = applyPlan(store.db, run);
    await untilBlocked(store.db);
    await end(writer);
    await applied;

    expect(await outcomesOf(store.db.pool, run.runId)).toEqual({ 1: 'conflict (changed_since)' });
    await mergeUsers(store.db, { pairs: [PAIR] });
    expect(await lost()).toBe(0);
  });

  test('before the merge would be lost if the merge read before it waits', async () => {
    const run = await planMergesOf(store.db, { pairs: [PAIR] });
    const writer = await holding(ENROLL, [a]);
    const applied = applyPlan(withWeakLocks(store.db), run);
    // Its first update of the user waits, and what is to move has been read by then.
    await untilBlocked(store.db);
    await end(writer);
    await applied;

    expect(await lost()).toBe(1);
  });

  async function writeMeanwhile(): Promise<string> {
    const run = await planMergesOf(store.db, { pairs: [MOVES_CODE] });
    const blocker = await holding(AT_THE_END, [CSV_SOURCE_ID]);
    const applied = applyPlan(store.db, run);
    await untilBlocked(store.db);
    const written = store.db.pool.query(ENROLL, [a]).then(
      () => 'written',
      (error: unknown) =>
        error instanceof Error && 'constraint' in error ? String(error.constraint) : 'failed',
    );
    await sleep(100);
    await end(blocker);
    await applied;
    return written;
  }

  test('during the merge waits, and is refused', async () => {
    expect(await writeMeanwhile()).toBe('row_of_merged_user');
    expect(await lost()).toBe(0);
  });

  test('during the merge would be lost without the trigger', async () => {
    const trigger = `trigger enrollment_refuse_merged`;
    await asSuperuser(store, `alter table enrollment disable ${trigger}`);
    const written = await writeMeanwhile();
    await asSuperuser(store, `alter table enrollment enable ${trigger}`);

    expect(written).toBe('written');
    expect(await lost()).toBe(1);
  });
});

test('merges under writers of both accounts lose no row', async () => {
  const pairs = Array.from({ length: 8 }, (_, i) => String(i));
  const ids: string[] = [];
  for (const n of pairs) ids.push(await person(`s${n}`), await person(`a${n}`));
  const counts = { written: 0, refused: 0 };
  let merging = true;
  const writer = async (): Promise<void> => {
    while (merging) {
      const userId = ids[Math.floor(Math.random() * ids.length)] ?? '';
      const print = ++counts.written;
      try {
        await credit(store.db.pool, { userId, print });
      } catch (error) {
        if (!(error instanceof Error && 'constraint' in error)) throw error;
        expect(error.constraint).toBe('row_of_merged_user');
        counts.refused += 1;
        const { rows } = await store.db.pool.query<{ id: string }>(
          `select merged_into_id as id from "user" where id = $1`,
          [userId],
        );
        await credit(store.db.pool, { userId: rows[0]?.id ?? '', print });
      }
      await sleep(25);
    }
  };
  const writers = [writer(), writer()];
  for (const n of pairs) {
    // A pair that was written to since it was planned is a conflict, and comes again.
    for (let outcome = ''; outcome !== 'merge';) {
      const run = await mergeUsers(store.db, {
        pairs: [{ survivor: `s${n}`, redundant: `a${n}` }],
      });
      outcome = (await outcomesOf(store.db.pool, run.runId))[1] ?? '';
    }
  }
  merging = false;
  await Promise.all(writers);

  const { rows } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from external_credit where tombstoned_by is null`,
  );
  expect(rows).toEqual([{ n: counts.written }]);
  expect(counts.refused).toBeGreaterThan(0);
  expect(await lost()).toBe(0);
});

describe('a merge that is killed', () => {
  test('at its end has left nothing, and is done by the next attempt', async () => {
    const s = await person('s');
    const a = await person('a');
    await enroll(store.db.pool, { userId: a, course: 'FIRE' });
    const before = await tablesOfUsers(store.db.pool);
    const run = await planMergesOf(store.db, { pairs: [MOVES_CODE] });
    const blocker = await holding(AT_THE_END, [CSV_SOURCE_ID]);
    const applied = applyBatch(store.db, { ...run, maxEntries: 10, undoDays: 90 }).catch(
      () => null,
    );
    await untilBlocked(store.db);
    const after = takeFence(store.db, run.runId);
    expect(await applied).toBeNull();
    await end(blocker);

    expect(await tablesOfUsers(store.db.pool)).toEqual(before);
    await applyPlan(store.db, { ...run, fence: await after });
    expect(await outcomesOf(store.db.pool, run.runId)).toEqual({ 1: 'merge' });
    const { rows } = await store.db.pool.query(`select user_id from enrollment`);
    expect(rows).toEqual([{ user_id: s }]);
  });
});

test('a row about an account that was merged while its plan was made is left out, with the reason', async () => {
  const { pool } = store.db;
  await person('s');
  const a = await person('a');
  const run = await planImport(store.db, { rows: rows({ code: 'a', phone: '1' }) });
  await mergeUsers(store.db, { pairs: [PAIR] });
  // The plan found the person before the merge, and read the version after it.
  await pool.query(
    `update plan_entry set version = (select version from "user" where id = $2) where run_id = $1`,
    [run.runId, a],
  );

  expect(await applyPlan(store.db, run)).toBe('done');
  expect(await outcomesOf(pool, run.runId)).toEqual({ 2: 'skip (changed_since)' });
});

test('a command whose redundant user was absorbed since merges only users that it names', async () => {
  for (const code of ['a', 's', 't']) await person(code);
  await mergeUsers(store.db, { pairs: [PAIR] });

  const run = await mergeUsers(store.db, { pairs: [{ survivor: 't', redundant: 'a' }] });

  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({ 1: 'conflict (changed_since)' });
});

describe('two runs at once', () => {
  /** Plans both, then applies both at once; what became of the pair of each. */
  async function race(
    one: readonly [string, string],
    two: readonly [string, string],
  ): Promise<string[]> {
    const planned: PlannedRun[] = [];
    for (const [i, [redundant, survivor]] of [one, two].entries()) {
      const sourceId = i === 0 ? MERGES_SOURCE_ID : CSV_SOURCE_ID;
      planned.push(await planMergesOf(store.db, { pairs: [{ redundant, survivor }], sourceId }));
    }
    await Promise.all(planned.map((run) => applyPlan(store.db, run)));
    const outcomes = await Promise.all(
      planned.map(({ runId }) => outcomesOf(store.db.pool, runId)),
    );
    return outcomes.map((of) => of[1] ?? 'none').sort();
  }

  test.each<[string, readonly [string, string], readonly [string, string], string[]]>([
    ['the same pair', ['a', 's'], ['a', 's'], ['merge', 'skip (merged_already)']],
    ['both directions', ['a', 's'], ['s', 'a'], ['conflict (merged_elsewhere)', 'merge']],
    ['one into two', ['a', 's'], ['a', 't'], ['conflict (changed_since)', 'merge']],
    ['a chain', ['a', 's'], ['s', 't'], ['conflict (changed_since)', 'merge']],
  ])('of %s have one outcome', async (_, one, two, outcome) => {
    for (let round = 0; round < 6; round++) {
      await emptyStore(store.db);
      for (const code of ['a', 's', 't']) await person(code);

      expect(await race(one, two)).toEqual(outcome);
    }
  });

  test('the run that came second names the merge of the first', async () => {
    for (const code of ['a', 's']) await person(code);
    await race(['a', 's'], ['a', 's']);

    const { rows } = await store.db.pool.query(
      `select distinct p.object_id = m.id as same from plan_entry p, merge m`,
    );
    expect(rows).toEqual([{ same: true }]);
  });
});
