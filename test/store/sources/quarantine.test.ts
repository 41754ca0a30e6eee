import { findConnection } from '../../../store/sources/connections';
import { fail } from '../../../store/lifecycle/fail';
import { isSetAside, troubleAfter } from '../../../store/sources/quarantine';
import { beginSync } from '../../../store/lifecycle/syncs';
import { emptyStore, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { addPolledSource, beginSyncRun, POLLED, syncRows } from '../../support/runs/syncRun';

const store = testDatabase();
const failure = { code: 'credentials_refused', message: 'The key was refused.' };

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
  await store.db.pool.query(
    `update connection set polling = 'ready', trouble = null, cursor = null`,
  );
});

const begin = (workflowId: string, minIntervalMs = 0) =>
  beginSync(store.db, {
    sourceId: POLLED,
    workflowId,
    hasChanges: true,
    now: new Date(),
    declarationSha: 'sha',
    minIntervalMs,
  });

test('tries come after 6, 12 and 24 hours, then daily; on day 28 the source is disabled', () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const waits: number[] = [];
  let now = start;
  let before = null;
  for (;;) {
    const { trouble, disabled } = troubleAfter(before, { ...failure, now: new Date(now) });
    if (disabled || trouble.nextTryAt === null) break;
    waits.push((Date.parse(trouble.nextTryAt) - now) / 3_600_000);
    before = trouble;
    now = Date.parse(trouble.nextTryAt);
  }

  expect(waits.slice(0, 5)).toEqual([6, 12, 24, 24, 24]);
  expect(Math.floor((now - start) / 86_400_000)).toBe(28);
});

test('tries by hand before the time has come neither put the next one off nor count', () => {
  const at = (time: string): Date => new Date(`2026-01-01T${time}:00.000Z`);
  const { trouble: first } = troubleAfter(null, { ...failure, now: at('08:00') });

  const { trouble: byHand } = troubleAfter(first, { ...failure, code: 'other', now: at('09:00') });
  const { trouble: inTurn } = troubleAfter(byHand, { ...failure, now: at('14:00') });

  expect(byHand).toEqual({ ...first, code: 'other' });
  expect(inTurn).toMatchObject({ tries: 2, nextTryAt: '2026-01-02T02:00:00.000Z' });
});

test('an admin who may no longer read a source does not stop it', async () => {
  const attempt = await beginSyncRun(store.db);
  const { runId } = attempt;

  await fail(store.db, { ...attempt, failure: { code: 'forbidden', message: 'Demoted.' } });

  expect(await isSetAside(store.db.pool, runId)).toBe(false);
});

test('a failed sync sets its source aside: schedules pass it over until the time has come', async () => {
  const run = await beginSyncRun(store.db);
  await fail(store.db, { ...run, failure });

  expect(await findConnection(store.db.pool, POLLED)).toMatchObject({
    polling: 'quarantined',
    trouble: { code: 'credentials_refused', tries: 1 },
  });
  expect(await isSetAside(store.db.pool, run.runId)).toBe(true);
  expect(await begin('sync/one')).toEqual({ runId: null, skipped: 'quarantined' });

  await store.db.pool.query(
    `update connection set trouble = jsonb_set(trouble, '{nextTryAt}', '"2020-01-01T00:00:00Z"')`,
  );
  expect((await begin('sync/two')).runId).not.toBeNull();
});

test('a sync that is applied ends the quarantine', async () => {
  const run = await beginSyncRun(store.db);
  await fail(store.db, { ...run, failure });
  await syncRows(store.db, { pages: [rows({ code: 'a' })] });

  expect(await isSetAside(store.db.pool, run.runId)).toBe(false);
  expect(await findConnection(store.db.pool, POLLED)).toMatchObject({
    polling: 'ready',
    trouble: null,
  });
});

test('a schedule’s sync asked twice records one run; one that is under way is not joined by another', async () => {
  const first = await begin('sync/one');

  expect(await begin('sync/one')).toEqual(first);
  expect(await begin('sync/two')).toEqual({ runId: null, skipped: 'busy' });
});

test('a schedule’s sync that comes before the vendor allows it is passed over; one in time is not', async () => {
  const hour = 3_600_000;
  await syncRows(store.db, { pages: [rows({ code: 'a' })], listing: { declarationSha: 'sha' } });
  await store.db.pool.query(`update run set started_at = now() - interval '2 hours'`);

  expect(await begin('sync/one', 3 * hour)).toEqual({ runId: null, skipped: 'early' });
  expect((await begin('sync/two', 2 * hour)).runId).not.toBeNull();
});

test('a sync that was given nothing does not keep the next one waiting', async () => {
  const run = await beginSyncRun(store.db);
  await fail(store.db, { ...run, failure });
  await store.db.pool.query(`update connection set polling = 'ready', trouble = null`);

  expect((await begin('sync/one', 86_400_000)).runId).not.toBeNull();
});

test('a paused source is left alone', async () => {
  await store.db.pool.query(`update connection set polling = 'paused'`);

  expect(await begin('sync/one')).toEqual({ runId: null, skipped: 'paused' });
});

test('a changed declaration is shown in one dry run of a complete read before it is used', async () => {
  await syncRows(store.db, { pages: [rows({ code: 'a' })], listing: { declarationSha: 'before' } });
  const { runId } = await begin('sync/one');
  const { rows: runs } = await store.db.pool.query(
    `select dry_run as dry, read_mode as mode from run where id = $1`,
    [runId],
  );
  await store.db.pool.query(
    `update run set state = 'planned', staged_at = now(), planned_at = now(),
       finished_at = now() where id = $1`,
    [runId],
  );

  expect(runs).toEqual([{ dry: true, mode: 'full' }]);
  expect(await begin('sync/two')).toEqual({ runId: null, skipped: 'blocked' });
});
