import { setTimeout as sleep } from 'node:timers/promises';
import { applyBatch } from '../../../store/apply';
import { takeFence, writing } from '../../../store/database/fence';
import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { getRun, moveRun, saveProgress, storeTrouble } from '../../../store/runs/runs';
import { runDocument } from '../../support/runs/documents';
import { emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  applyBatches,
  importRows,
  makeDryRunReal,
  planImport,
  recordImport,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase({ maxConnections: 8 });
const [LIST, OTHER] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('one run at a time', () => {
  test('a source has one active run; another source does not wait', async () => {
    const first = await planImport(store.db, { rows: rows({ code: 'a' }) });

    await expect(planImport(store.db, { rows: rows({ code: 'b' }) })).rejects.toThrow('waiting');
    await importRows(store.db, { rows: rows({ code: 'c' }), sourceId: LIST });
    await applyPlan(store.db, first);

    expect((await readWorld(store.db.pool)).people.size).toBe(2);
  });

  test('a held run of a named list blocks the next ones; an unnamed upload blocks nobody', async () => {
    const gates = { creations: 0 };
    const named = await planImport(store.db, { rows: rows({ code: 'a' }), sourceId: LIST, gates });
    await hold(store.db, named);
    const unnamed = await planImport(store.db, { rows: rows({ code: 'b' }), gates });
    await hold(store.db, unnamed);

    await expect(
      planImport(store.db, { rows: rows({ code: 'c' }), sourceId: LIST }),
    ).rejects.toThrow('blocked');
    await expect(importRows(store.db, { rows: rows({ code: 'c' }) })).resolves.toMatchObject({
      state: 'done',
    });
    await expect(
      importRows(store.db, { rows: rows({ code: 'd' }), sourceId: OTHER }),
    ).resolves.toMatchObject({ state: 'done' });
  });

  describe('the runs of a list go in the order in which they came', () => {
    const record = async (code: string): Promise<{ runId: string; fence: bigint }> => {
      const runId = await recordImport(store.db, { sourceId: LIST });
      const attempt = { runId, fence: await takeFence(store.db, runId) };
      expect(code).toBe(await claim(store.db, attempt));
      return attempt;
    };

    test('a later run waits for an earlier waiting one, however often it asks', async () => {
      const gates = { creations: 0 };
      const held = await planImport(store.db, { rows: rows({ code: 'a' }), sourceId: LIST, gates });
      await hold(store.db, held);
      const second = await record('blocked');
      const third = await record('blocked');
      await applyPlan(store.db, held);

      const early = await claim(store.db, third);
      const inTurn = await claim(store.db, second);

      expect([early, inTurn]).toEqual(['waiting', 'claimed']);
    });

    test('no run waits for a run that no longer asks', async () => {
      const held = await planImport(store.db, {
        rows: rows({ code: 'a' }),
        sourceId: LIST,
        gates: { creations: 0 },
      });
      await hold(store.db, held);
      const gone = await record('blocked');
      const second = await record('blocked');
      await applyPlan(store.db, held);
      await store.db.pool.query(
        `update run set asked_at = now() - interval '91 seconds' where id = $1`,
        [gone.runId],
      );

      await expect(claim(store.db, second)).resolves.toBe('claimed');
    });

    test('a list after which a newer one was applied is refused, not applied over it', async () => {
      const older = await recordImport(store.db, { sourceId: LIST });
      await importRows(store.db, { rows: rows({ code: 'a' }), sourceId: LIST });
      const fence = await takeFence(store.db, older);

      await expect(claim(store.db, { runId: older, fence })).rejects.toMatchObject({
        code: 'superseded',
      });
    });

    test('nor is the plan of a dry run after which a newer list was applied', async () => {
      const dry = await planImport(store.db, {
        rows: rows({ code: 'a' }),
        sourceId: LIST,
        dryRun: true,
      });
      await importRows(store.db, { rows: rows({ code: 'a' }, { code: 'b' }), sourceId: LIST });

      await expect(makeDryRunReal(store.db, dry)).rejects.toMatchObject({ code: 'superseded' });
    });

    test('unnamed uploads have no order', async () => {
      const older = await recordImport(store.db, {});
      await importRows(store.db, { rows: rows({ code: 'a' }) });
      const fence = await takeFence(store.db, older);

      await expect(claim(store.db, { runId: older, fence })).resolves.toBe('claimed');
    });
  });

  test('two attempts at once: each entry is applied once, and only the newer attempt goes on', async () => {
    const many = Array.from({ length: 60 }, (_, i) => row(i + 2, { code: `p${String(i)}` }));
    const run = await planImport(store.db, { rows: many });
    const newer = { runId: run.runId, fence: await takeFence(store.db, run.runId), maxEntries: 7 };

    const [older, winner] = await Promise.allSettled([
      applyBatches(store.db, { ...run, maxEntries: 7 }),
      applyBatches(store.db, newer),
    ]);
    await finish(store.db, { ...newer, state: 'done', undoDays: 90 });

    expect(winner.status).toBe('fulfilled');
    expect(older).toMatchObject({ status: 'rejected', reason: { kind: 'fenced' } });
    expect((await readWorld(store.db.pool)).people.size).toBe(60);
    expect((await runDocument(store.db, run.runId)).counts.created).toBe(60);
  });

  test('an attempt that was replaced reports no progress', async () => {
    const old = await planImport(store.db, { rows: rows({ code: 'a' }) });
    const replaced = { runId: old.runId, fence: await takeFence(store.db, old.runId) };
    await saveProgress(store.db, replaced, { phase: 'applying', done: 2, total: 3 });

    await saveProgress(store.db, old, { phase: 'reading', done: 1, total: null });

    const { progress } = await getRun(store.db.pool, old.runId);
    expect(progress).toEqual({ phase: 'applying', done: 2, total: 3 });
  });

  test('a task that is begun when the run is over writes nothing, not even a fence', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }) });
    await applyPlan(store.db, run);
    const stored = async (): Promise<unknown> =>
      (await store.db.pool.query(`select xmin, r.* from run r where id = $1`, [run.runId])).rows;
    const before = await stored();

    const late = { runId: run.runId, fence: await takeFence(store.db, run.runId) };
    await saveProgress(store.db, late, { phase: 'reading', done: 1, total: null });
    await storeTrouble(store.db, run.runId, { code: 'late', message: 'Late.' });
    await finish(store.db, { ...late, state: 'done', undoDays: 90 });

    expect(await stored()).toEqual(before);
  });

  test('why it is tried again stands in the run until it goes on', async () => {
    const { runId } = await planImport(store.db, { rows: rows({ code: 'a' }) });
    const told = async (): Promise<unknown> => {
      const { state, reason } = await runDocument(store.db, runId);
      return { state, reason };
    };

    await storeTrouble(store.db, runId, { code: 'unreachable', message: 'No answer came.' });
    const meanwhile = await told();
    await moveRun(store.db.pool, { runId, to: 'retrying' });
    const retrying = await told();
    await moveRun(store.db.pool, { runId, to: 'running' });

    expect([meanwhile, retrying, await told()]).toEqual([
      { state: 'running', reason: null },
      { state: 'retrying', reason: { text: 'No answer came.', next: null } },
      { state: 'running', reason: null },
    ]);
  });

  test('an old fence is refused, and its transaction leaves nothing', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }) });
    await takeFence(store.db, run.runId);

    await expect(
      applyBatch(store.db, { ...run, maxEntries: 10, undoDays: 90 }),
    ).rejects.toMatchObject({
      kind: 'fenced',
    });
    expect((await readWorld(store.db.pool)).people.size).toBe(0);
  });

  test('an old attempt gets the fault that it is old, whatever else went wrong', async () => {
    const { runId, fence } = await planImport(store.db, { rows: rows({ code: 'a' }) });
    const stumble = (attempt: bigint): Promise<unknown> =>
      writing(store.db, { runId, fence: attempt, once: true }, (tx) =>
        tx.query(`insert into run (id) select id from run where id = $1`, [runId]),
      );
    const newer = await takeFence(store.db, runId);

    await expect(stumble(fence)).rejects.toMatchObject({ kind: 'fenced' });
    await expect(stumble(newer)).rejects.not.toMatchObject({ kind: 'fenced' });
  });

  test('a session stopped in the middle of its transaction is ended by the next attempt', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }) });
    const stopped: Promise<unknown> = writing(store.db, { ...run, once: true }, async (tx) => {
      await tx.query(`update run set entries = entries where id = $1`, [run.runId]);
      await sleep(1000);
      await tx.query(`select 1`);
    }).catch((error: unknown) => error);
    await sleep(200);

    const fence = await takeFence(store.db, run.runId);
    await applyBatches(store.db, { runId: run.runId, fence, maxEntries: 10 });

    expect(await stopped).toBeInstanceOf(Error);
    expect((await readWorld(store.db.pool)).people.size).toBe(1);
  });

  test('claiming twice is claiming once; a run that ended is not claimed again', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }) });

    expect(await claim(store.db, run)).toBe('claimed');
    await applyPlan(store.db, run);
    expect(await claim(store.db, run)).toBe('finished');
  });

  test('two sources that apply at once to the same people both come to their end', async () => {
    const people = Array.from({ length: 40 }, (_, i) => `p${String(i)}`);
    const said = (firstName: string) =>
      people.map((code, i) => row(i + 2, { code, firstName, login: code }));
    await importRows(store.db, { rows: said('A'), sourceId: LIST });
    await importRows(store.db, { rows: said('A'), sourceId: OTHER });
    const one = await planImport(store.db, {
      rows: said('One').map((r, i, all) => ({
        ...r,
        values: { ...r.values, login: all[(i + 1) % 40]?.values['login'] },
      })),
      sourceId: LIST,
      gates: { key_changes: 100 },
    });
    const two = await planImport(store.db, { rows: said('Two').reverse(), sourceId: OTHER });

    const states = await Promise.all([
      applyPlan(store.db, one, { maxEntries: 3 }),
      applyPlan(store.db, two, { maxEntries: 3 }),
    ]);

    expect(states).toEqual(['done', 'done']);
    for (const { runId } of [one, two]) {
      const { counts } = await runDocument(store.db, runId);
      expect(counts.updated + counts.skipped).toBe(40);
    }
  });
});

test('a session that is ended while nothing runs on it fails its next statement, not the process', async () => {
  const held = await store.db.pool.connect();
  const { rows: own } = await held.query<{ pid: number }>(`select pg_backend_pid() as pid`);
  const ended = new Promise<void>((resolve) => held.once('end', () => resolve()));
  await store.db.pool.query(`select pg_terminate_backend($1)`, [own[0]?.pid]);
  await ended;

  await expect(held.query(`select 1`)).rejects.toThrow();
  held.release();
  await expect(store.db.pool.query(`select 1`)).resolves.toMatchObject({ rowCount: 1 });
});
