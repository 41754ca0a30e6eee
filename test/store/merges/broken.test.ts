import type { Pool, PoolClient } from 'pg';
import { applyBatch } from '../../../store/apply';
import type { Db } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { addIdentity, addPerson, emptyStore } from '../../support/builders';
import { credit, enroll, outcomesOf, planMergesOf } from '../../support/merges/pairs';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { planUnmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import { applyPlan, type PlannedRun } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(() => addReferences(store.db.pool));
beforeEach(() => emptyStore(store.db));

interface Ending {
  readonly db: Db;
  /** How many statements were given. */
  readonly state: { statements: number };
}

/** The store, in which Postgres ends the session before its statement number `at`. */
function endingAt(db: Db, at: number): Ending {
  const state = { statements: 0 };
  const pool = new Proxy(db.pool, {
    get(target, name: keyof Pool) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'connect') return typeof value === 'function' ? value.bind(target) : value;
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get(inner, key: keyof PoolClient) {
            const own: unknown = Reflect.get(inner, key);
            if (key !== 'query') return typeof own === 'function' ? own.bind(inner) : own;
            return async (sql: string, values?: unknown[]) => {
              if (++state.statements === at) {
                const { rows } = await inner.query<{ pid: number }>(
                  'select pg_backend_pid() as pid',
                );
                await db.pool.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
              }
              return inner.query(sql, values);
            };
          },
        });
      };
    },
  });
  return { db: { ...db, pool }, state };
}

/** Applies a batch in a session that ends at a statement; returns how many were given. */
async function broken(run: PlannedRun, at: number): Promise<number> {
  const { db, state } = endingAt(store.db, at);
  const batch = { ...run, maxEntries: 10, undoDays: 90 };
  await applyBatch(db, batch).catch((error: unknown) => {
    if (state.statements < at) throw error;
  });
  return state.statements;
}

/** The next attempt, to the end. */
async function goOn(run: PlannedRun): Promise<void> {
  await applyPlan(store.db, { ...run, fence: await takeFence(store.db, run.runId) });
}

interface Pair {
  readonly survivor: string;
  readonly redundant: string;
}

/** A pair with rows of every kind, to be merged. */
async function pair(n: number): Promise<Pair> {
  const { pool } = store.db;
  const [survivor, redundant] = [`s${String(n)}`, `a${String(n)}`];
  const s = await addPerson(pool, { fields: { code: survivor } });
  const a = await addPerson(pool, { fields: { code: redundant, login: redundant, phone: '1' } });
  await addIdentity(pool, { sourceId: LISTS[0], externalId: redundant, userId: a });
  for (const userId of [s, a]) await enroll(pool, { userId, course: 'FIRE' });
  await enroll(pool, { userId: a, course: 'LAW', status: 'completed' });
  await credit(pool, { userId: a, print: n });
  return { survivor, redundant };
}

async function mergeOf(run: PlannedRun): Promise<string> {
  expect(await outcomesOf(store.db.pool, run.runId)).toEqual({ 1: 'merge' });
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from merge where run_id = $1`,
    [run.runId],
  );
  return rows[0]?.id ?? '';
}

/** Every seventh statement, and the last ones, where the transaction has all of it. */
function instants(statements: number): number[] {
  const all = Array.from({ length: statements }, (_, i) => i + 1);
  return all.filter((at) => at % 7 === 3 || at > statements - 3);
}

test('a merge and its unmerge are whole or absent, at whichever statement their session ends', async () => {
  const { pool } = store.db;
  const first = await planMergesOf(store.db, { pairs: [await pair(0)] });
  const merging = await broken(first, Infinity);
  await goOn(first);
  const last = await planUnmerge(store.db, { merge: await mergeOf(first) });
  const unmerging = await broken(last, Infinity);
  await goOn(last);

  for (const at of instants(merging)) {
    const run = await planMergesOf(store.db, { pairs: [await pair(at)] });
    const before = await tablesOfUsers(pool);
    await broken(run, at);
    expect([at, await tablesOfUsers(pool)]).toEqual([at, before]);
    await goOn(run);
    await mergeOf(run);
  }
  for (const at of instants(unmerging)) {
    const pairs = [await pair(100 + at)];
    const before = await tablesOfUsers(pool);
    const merged = await planMergesOf(store.db, { pairs });
    await goOn(merged);
    const after = await tablesOfUsers(pool);
    const run = await planUnmerge(store.db, { merge: await mergeOf(merged) });
    await broken(run, at);
    expect([at, await tablesOfUsers(pool)]).toEqual([at, after]);
    await goOn(run);
    expect([at, await tablesOfUsers(pool)]).toEqual([at, before]);
  }
}, 120_000);
