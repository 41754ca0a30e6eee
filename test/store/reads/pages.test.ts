import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { finish } from '../../../store/lifecycle/finish';
import { encodeRows, readPlace, restartRead, stagePage } from '../../../store/reads/pages';
import { getConnection } from '../../../store/sources/connections';
import { emptyStore, readWorld, row, rows } from '../../support/builders';
import { runsOf } from '../../support/outcomes';
import { testDatabase } from '../../support/postgres';
import { planUndoOf, applyPlan } from '../../support/runs/storeRun';
import {
  addPolledSource,
  beginSyncRun,
  page,
  planSync,
  POLLED,
  syncRows,
} from '../../support/runs/syncRun';

const store = testDatabase({ maxConnections: 8 });
/** More by hand: ROLLCALL_PROPERTY_RUNS=1000. */
const KILLS = runsOf(80).numRuns;

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
  await store.db.pool.query(
    `update connection set cursor = null, full_read_at = null, polling = 'ready'`,
  );
});

const three = () => rows({ code: 'a' }, { code: 'b' }, { code: 'c' });

async function statusOf(code: string): Promise<string | null | undefined> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find((p) => p.fields['code'] === code)?.fields['status'];
}

async function staged(runId: string): Promise<number> {
  const { rows: found } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from staged_row where run_id = $1`,
    [runId],
  );
  return found[0]?.n ?? 0;
}

describe('pages', () => {
  test('a page and the place behind it are stored together, and the same page is not staged twice', async () => {
    const run = await beginSyncRun(store.db);
    const first = await readPlace(store.db, run.runId);
    const next = {
      ...run,
      after: first,
      rows: encodeRows(run.runId, page(three(), 0)),
      state: { page: 1 },
      listing: null,
    };
    const after = await stagePage(store.db, next);

    await expect(stagePage(store.db, next)).rejects.toMatchObject({ code: 'page_out_of_turn' });

    expect(await readPlace(store.db, run.runId)).toEqual(after);
    expect(after).toMatchObject({ rows: 3, state: { page: 1 }, listing: null });
    expect(await staged(run.runId)).toBe(3);
  });

  test('a worker that was stopped longer than its turn writes no page', async () => {
    const run = await beginSyncRun(store.db);
    const after = await readPlace(store.db, run.runId);
    await takeFence(store.db, run.runId);

    const late = stagePage(store.db, {
      ...run,
      after,
      rows: encodeRows(run.runId, page(three(), 0)),
      state: { page: 1 },
      listing: null,
    });

    await expect(late).rejects.toMatchObject({ kind: 'fenced' });
    expect(await staged(run.runId)).toBe(0);
  });

  test('a read that is begun again forgets what it staged', async () => {
    const run = await beginSyncRun(store.db);
    const first = await readPlace(store.db, run.runId);
    const after = await stagePage(store.db, {
      ...run,
      after: first,
      rows: encodeRows(run.runId, page(three(), 0)),
      state: { page: 1 },
      listing: null,
    });

    const again = await restartRead(store.db, { ...run, after, mode: 'full', state: { page: 0 } });

    expect(again).toMatchObject({ rows: 0, begun: 2 });
    expect(await staged(run.runId)).toBe(0);
  });

  test(`killed ${String(KILLS)} times between page and place: every page once, in its order`, async () => {
    const run = await beginSyncRun(store.db);
    const dying = openDatabase({ url: store.url, applicationName: 'dying', maxConnections: 2 });
    const pages = KILLS;
    const tally = { kills: 0, died: 0 };
    for (;;) {
      const after = await readPlace(store.db, run.runId);
      if (after.rows >= pages) break;
      const attempt = stagePage(dying, {
        ...run,
        after,
        rows: encodeRows(run.runId, page([row(1, { code: `p${String(after.rows)}` })], after.rows)),
        state: { page: after.rows + 1 },
        listing: null,
      }).catch(() => {
        tally.died += 1;
      });
      // Between the first statement and the commit, or just after the commit.
      if (tally.kills < KILLS) {
        await sleep((tally.kills % 8) / 2);
        tally.kills += 1;
        await store.db.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1`,
          [`rollcall run ${run.runId}`],
        );
      }
      await attempt;
    }
    await dying.close();

    const { rows: found } = await store.db.pool.query<{ line: number; code: string }>(
      `select line, code from staged_row where run_id = $1 order by line`,
      [run.runId],
    );
    expect(found).toEqual(
      Array.from({ length: pages }, (_, i) => ({ line: i + 1, code: `p${String(i)}` })),
    );
    expect(await readPlace(store.db, run.runId)).toMatchObject({ state: { page: pages } });
    expect(tally.kills).toBe(KILLS);
    expect(tally.died).toBeGreaterThan(0);
  }, 120_000);

  test('a person who is listed twice, because rows moved between pages, is staged once as last read', async () => {
    const { counts } = await syncRows(store.db, {
      pages: [
        rows({ code: 'a', firstName: 'Old' }, { code: 'b' }),
        rows({ code: 'a', firstName: 'New' }),
      ],
    });

    expect(counts).toMatchObject({ rows: 2, created: 2, duplicate: 0, conflict: 0 });
    const { people } = await readWorld(store.db.pool);
    expect([...people.values()].map((p) => p.fields['firstName'])).toContain('New');
  });
});

describe('the cursor', () => {
  test('moves when the run is applied, not when it is read or planned, nor by a dry run', async () => {
    const run = await planSync(store.db, { pages: [three()], listing: { cursor: { at: 7 } } });
    const planned = await getConnection(store.db.pool, POLLED);
    await applyPlan(store.db, run);
    const applied = await getConnection(store.db.pool, POLLED);
    await planSync(store.db, { pages: [three()], listing: { cursor: { at: 9 } }, dryRun: true });
    const dry = await getConnection(store.db.pool, POLLED);

    expect(planned.cursor).toBeNull();
    expect(applied.cursor).toEqual({ at: 7 });
    expect(applied.fullReadAt).toEqual(new Date('2026-11-23T00:00:00.000Z'));
    expect(dry.cursor).toEqual({ at: 7 });
  });

  test('a read without a cursor keeps the stored one', async () => {
    await syncRows(store.db, { pages: [three()], listing: { cursor: { at: 7 } } });
    await syncRows(store.db, { pages: [three()], listing: { cursor: null } });

    expect((await getConnection(store.db.pool, POLLED)).cursor).toEqual({ at: 7 });
  });
});

describe('absence', () => {
  const two = () => rows({ code: 'a' }, { code: 'b' });

  test('counts after two complete reads in a row, and not before', async () => {
    await syncRows(store.db, { pages: [three()] });
    const once = await syncRows(store.db, { pages: [two()] });
    const afterOne = await statusOf('c');
    const twice = await syncRows(store.db, { pages: [two()] });

    expect(once.counts).toMatchObject({ absent: 0, deactivated: 0 });
    expect(afterOne).toBe('active');
    expect(twice.counts).toMatchObject({ absent: 1, deactivated: 1 });
    expect(await statusOf('c')).toBe('inactive');
  });

  test.each([
    ['a read that was not proved whole', { listing: { complete: false, why: 'total_moved' } }],
    ['a read of changes', { mode: 'changes' as const }],
    ['a source whose absence says nothing', { listing: { absenceTimes: null } }],
  ])('%s counts for nothing', async (_, o) => {
    await syncRows(store.db, { pages: [three()] });
    await syncRows(store.db, { pages: [two()] });
    await syncRows(store.db, { pages: [two()], ...o });

    expect(await statusOf('c')).toBe('active');
  });

  test('a person who is seen in between starts from zero', async () => {
    await syncRows(store.db, { pages: [three()] });
    await syncRows(store.db, { pages: [two()] });
    await syncRows(store.db, { pages: [three()] });
    await syncRows(store.db, { pages: [two()] });

    expect(await statusOf('c')).toBe('active');
  });

  test.each([['full'], ['changes']] as const)(
    'who is seen again after that is active again, by a read of kind %s, and undone inactive',
    async (mode) => {
      await syncRows(store.db, { pages: [three()] });
      await syncRows(store.db, { pages: [two()] });
      await syncRows(store.db, { pages: [two()] });

      const again = await syncRows(store.db, { pages: [three()], mode });

      expect(again.counts).toMatchObject({ reactivated: 1, unchanged: 2 });
      expect(await statusOf('c')).toBe('active');
      expect(await marked()).toEqual([]);
      await applyPlan(store.db, await planUndoOf(store.db, { runId: again.runId }));
      expect(await statusOf('c')).toBe('inactive');
      expect(await marked()).toEqual(['c']);
    },
  );

  async function marked(): Promise<string[]> {
    const { rows: found } = await store.db.pool.query<{ id: string }>(
      `select external_id as id from identity where missing_since_run_id is not null`,
    );
    return found.map(({ id }) => id);
  }

  test('a read with an unreadable id makes nobody missing', async () => {
    const unreadable = row(9, { firstName: 'X' }, { fault: true, keyReadable: false });
    await syncRows(store.db, { pages: [three()] });
    await syncRows(store.db, { pages: [[...two(), unreadable]] });
    await syncRows(store.db, { pages: [two()] });

    expect(await statusOf('c')).toBe('active');
  });

  test('an empty or unproved read is held, a read of no changes is not', async () => {
    await syncRows(store.db, { pages: [three()] });
    const none = await planSync(store.db, { pages: [[]], mode: 'changes' });
    await applyPlan(store.db, none);
    const empty = await planSync(store.db, {
      pages: [[]],
      listing: { complete: false, why: 'empty_read', claimed: 3 },
    });

    expect(none.held).toEqual([]);
    expect(empty.held.map(({ gate }) => gate)).toEqual(['empty_read', 'incomplete_read']);
    expect(await statusOf('c')).toBe('active');
  });
});

test('a field that most people had and now nobody has holds a sync; a withheld one is a message', async () => {
  await syncRows(store.db, { pages: [three()], coverage: { email: 3 } });

  const emptied = await planSync(store.db, { pages: [three()], coverage: { email: 0 } });
  await finish(store.db, { ...emptied, state: 'cancelled', undoDays: 90 });
  const withheld = await syncRows(store.db, { pages: [three()], coverage: {} });

  expect(emptied.held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
  expect(withheld.held).toEqual([]);
  expect(withheld.messages.map(({ code }) => code)).toEqual(['column_gone']);
});

test('a sync is undone like any run; its source is paused, and is read in full next', async () => {
  const first = await syncRows(store.db, { pages: [rows({ code: 'a', firstName: 'Ann' })] });
  await syncRows(store.db, { pages: [rows({ code: 'a', firstName: 'Anne' })] });
  const undo = await planUndoOf(store.db, {
    runId: (await syncRows(store.db, { pages: [rows({ code: 'a', firstName: 'Anna' })] })).runId,
  });
  await applyPlan(store.db, undo);

  const { people } = await readWorld(store.db.pool);
  expect([...people.values()].map((p) => p.fields['firstName'])).toEqual(['Anne']);
  expect(first.counts.created).toBe(1);
  expect(await getConnection(store.db.pool, POLLED)).toMatchObject({
    polling: 'paused',
    cursor: null,
    fullReadAt: null,
  });
});
