import { ALERT_TARGET_KINDS, ALERT_TARGETS } from '../../../domain/alerts/targets';
import { insertAlertTarget, selectAlertTargets } from '../../../store/alerts/alertTargets';
import { newId } from '../../../store/database/db';
import { claimAlerts, forgetAlerts, settleAlert } from '../../../store/alerts/alerts';
import { hold } from '../../../store/lifecycle/decisions';
import { fail } from '../../../store/lifecycle/fail';
import { finish } from '../../../store/lifecycle/finish';
import { alertOverdue } from '../../../store/lifecycle/overdue';
import { EMPTY_AUDIT } from '../../../faults/emptyAudit';
import { addTarget, forgetTargets, raisedFor } from '../../support/alerts';
import { addPerson, emptyStore, rows } from '../../support/builders';
import { Canaries } from '../../support/privacy/canary';
import { asSuperuser, testDatabase } from '../../support/postgres';
import {
  applyBatches,
  decide,
  importRows,
  planImport,
  start,
  recordImport,
} from '../../support/runs/storeRun';
import { addPolledSource, beginSyncRun, POLLED, syncRows } from '../../support/runs/syncRun';

const store = testDatabase();
const refused = { code: 'credentials_refused', message: 'The key was refused.' };
const HOUR = 3_600_000;

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
  await forgetTargets(store.db);
  await store.db.pool.query(
    `update connection set polling = 'ready', trouble = null, cursor = null, schedule = null`,
  );
});

test.each(ALERT_TARGET_KINDS)('the database wants a secret of %s where it signs', async (kind) => {
  const target = { id: newId(), kind, address: 'https://x.example/', events: [], secrets: null };

  const refused = await insertAlertTarget(store.db.pool, target).then(
    () => false,
    () => true,
  );

  expect(refused).toBe(ALERT_TARGETS[kind].signs);
});

/** An import that its gate holds, because it has more people than the gate lets through. */
async function heldImport(...codes: readonly string[]): Promise<{ runId: string; fence: bigint }> {
  const people = codes.map((code) => ({ code }));
  const run = await planImport(store.db, { rows: rows(...people), gates: { creations: 0 } });
  expect(run.held.map(({ gate }) => gate)).toContain('creations');
  await hold(store.db, run);
  return run;
}

async function failedSync(failure = refused): Promise<string> {
  const run = await beginSyncRun(store.db);
  await fail(store.db, { ...run, failure });
  return run.runId;
}

describe('a run that is held', () => {
  test('is sent once to every receiver that asked, with counts, gates and the command', async () => {
    const one = await addTarget(store.db, ['held', 'failed']);
    const other = await addTarget(store.db, ['held']);
    const deaf = await addTarget(store.db, ['failed']);

    const { runId } = await heldImport('a', 'b');

    const told = [
      {
        event: 'held',
        data: {
          source: 'csv',
          state: 'held',
          kind: 'import',
          runId,
          counts: expect.objectContaining({ rows: 2, created: 2 }),
          held: [{ gate: 'creations', count: 2, limit: 0 }],
          next: { do: 'showRun', run: runId },
        },
      },
    ];
    expect(await raisedFor(store.db, one)).toEqual(told);
    expect(await raisedFor(store.db, other)).toEqual(told);
    expect(await raisedFor(store.db, deaf)).toEqual([]);
  });

  test('is sent with the gate of people who seem to be known under another number', async () => {
    await importRows(store.db, { rows: rows({ code: '0010041' }) });
    const target = await addTarget(store.db, ['held']);

    await hold(store.db, await planImport(store.db, { rows: rows({ code: '10041' }) }));

    expect(await raisedFor(store.db, target)).toMatchObject([
      { data: { state: 'held', held: [{ gate: 'renumbered', count: 1, limit: 0 }] } },
    ]);
  });

  test('is not sent again when the step is repeated, nor when a part is kept held', async () => {
    const target = await addTarget(store.db, ['held']);
    const run = await heldImport('a', 'b');
    await decide(store.db, { ...run, kind: 'approve', detail: { entries: [1], keepHeld: true } });
    const fence = await start(store.db, run.runId);
    await applyBatches(store.db, { runId: run.runId, fence, maxEntries: 10 });

    const ended = await finish(store.db, { runId: run.runId, fence, state: 'done', undoDays: 90 });

    await hold(store.db, { runId: run.runId, fence });

    expect(ended.state).toBe('held');
    expect(await raisedFor(store.db, target)).toHaveLength(1);
  });

  test('leaves no row when no receiver asked', async () => {
    await addTarget(store.db, ['overdue']);
    await heldImport('a');

    expect((await store.db.pool.query('select from alert')).rowCount).toBe(0);
  });

  test('is sent to nobody when the attempt that held it was fenced out', async () => {
    const target = await addTarget(store.db, ['held']);
    const run = await planImport(store.db, { rows: rows({ code: 'a' }), gates: { creations: 0 } });
    await expect(hold(store.db, { ...run, fence: run.fence - 1n })).rejects.toMatchObject({
      kind: 'fenced',
    });

    expect(await raisedFor(store.db, target)).toEqual([]);
  });
});

describe('a run that fails', () => {
  test('is sent with its code and no sentence', async () => {
    const target = await addTarget(store.db, ['failed']);
    const runId = await recordImport(store.db, {});
    const fence = await start(store.db, runId);
    const message = 'The column "Anna Berg" is unknown.';

    await fail(store.db, { runId, fence, failure: { code: 'unknown_column', message } });

    const [alert, ...more] = await raisedFor(store.db, target);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      event: 'failed',
      data: { state: 'failed', code: 'unknown_column', next: { do: 'showRun', run: runId } },
    });
    expect(JSON.stringify(alert)).not.toContain('Anna');
  });

  test('is sent to nobody for a dry run, which a person watches', async () => {
    const target = await addTarget(store.db, ['failed']);
    const runId = await recordImport(store.db, { dryRun: true });
    await fail(store.db, { runId, fence: await start(store.db, runId), failure: refused });

    expect(await raisedFor(store.db, target)).toEqual([]);
  });
});

describe('a source that is set aside', () => {
  test('is sent once for each reason, without an alert of the failed run, and again after a read', async () => {
    const target = await addTarget(store.db, ['failed', 'quarantined']);
    await failedSync();
    await failedSync();
    await failedSync({ code: 'access_refused', message: 'It may not read.' });
    await failedSync();
    const reasons = await raisedFor(store.db, target);
    await syncRows(store.db, { pages: [rows({ code: 'a' })] });
    await failedSync();

    expect(reasons).toMatchObject([
      { event: 'quarantined', data: { source: 'hr', code: 'credentials_refused' } },
      { event: 'quarantined', data: { source: 'hr', code: 'access_refused' } },
    ]);
    expect(reasons[0]?.data).toMatchObject({
      state: 'quarantined',
      nextTryAt: expect.any(String),
      next: { do: 'showSource', source: 'hr' },
    });
    expect(await raisedFor(store.db, target)).toHaveLength(3);
  });

  test('is sent once more when the source is disabled', async () => {
    const target = await addTarget(store.db, ['quarantined']);
    await failedSync();
    const since = new Date(Date.now() - 28 * 24 * HOUR).toISOString();
    await store.db.pool.query(
      `update connection set trouble = jsonb_set(trouble, '{since}', to_jsonb($1::text))`,
      [since],
    );
    await failedSync();
    await failedSync();

    const told = await raisedFor(store.db, target);
    expect(told.map(({ data }) => data.state)).toEqual(['quarantined', 'disabled']);
    expect(told[1]?.data).toMatchObject({ nextTryAt: null, since });
  });
});

describe('conflicts', () => {
  test('are sent when one is new, not while the same ones stay', async () => {
    await addPerson(store.db.pool, { fields: { code: 'x', email: 'x@example.org' } });
    await addPerson(store.db.pool, { fields: { code: 'y', email: 'y@example.org' } });
    const target = await addTarget(store.db, ['conflicts']);
    const torn = { code: 'x', email: 'y@example.org' };
    const also = { code: 'y', email: 'x@example.org' };

    const first = await importRows(store.db, { rows: rows(torn) });
    await importRows(store.db, { rows: rows(torn) });
    await importRows(store.db, { rows: rows({ code: 'z' }) });
    await importRows(store.db, { rows: rows(torn) });
    const second = await importRows(store.db, { rows: rows(torn, also) });

    expect(first.counts.conflict).toBe(1);
    const told = await raisedFor(store.db, target);
    expect(told.map(({ data }) => [data.runId, data.counts?.conflict])).toEqual([
      [first.runId, 1],
      [second.runId, 2],
    ]);
  });
});

describe('a source that is overdue', () => {
  const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR);
  const hourly = (): Promise<unknown> =>
    store.db.pool.query(`update connection set schedule = '{"everyMinutes": 60}'`);

  test('is sent once until the source is read again', async () => {
    const target = await addTarget(store.db, ['overdue']);
    await hourly();
    await syncRows(store.db, { pages: [rows({ code: 'a' })] });

    await alertOverdue(store.db, { now: inHours(1.5) });
    const early = await raisedFor(store.db, target);
    await alertOverdue(store.db, { now: inHours(3) });
    await alertOverdue(store.db, { now: inHours(30) });
    const once = await raisedFor(store.db, target);
    await syncRows(store.db, { pages: [rows({ code: 'a' })] });
    await alertOverdue(store.db, { now: inHours(3) });

    expect(early).toEqual([]);
    expect(once).toMatchObject([
      {
        event: 'overdue',
        data: {
          source: 'hr',
          state: 'overdue',
          lastSyncAt: expect.any(String),
          next: { do: 'showSource', source: 'hr' },
        },
      },
    ]);
    expect(await raisedFor(store.db, target)).toHaveLength(2);
  });

  test.each([
    ['has no schedule', `update connection set schedule = null`],
    ['is paused', `update connection set polling = 'paused'`],
    [
      'is stopped, which has an alert of its own',
      `update connection set polling = 'quarantined', trouble = '{}'`,
    ],
    [
      'was scheduled a moment ago',
      `insert into audit_event (action, subject_type, subject_id, at, fields)
       values ('source.schedule', 'source', '${POLLED}', now() + interval '29 hours', '{}')`,
    ],
  ])('is not so when it %s', async (_, sql) => {
    const target = await addTarget(store.db, ['overdue']);
    await hourly();
    await store.db.pool.query(sql);

    await alertOverdue(store.db, { now: inHours(30) });

    await asSuperuser(store, EMPTY_AUDIT);
    expect(await raisedFor(store.db, target)).toEqual([]);
  });
});

describe('what is to be sent', () => {
  const lease = { limit: 10, leaseSeconds: 60 };

  test('is taken by one worker, and again under the same id when that one did not come back', async () => {
    await addTarget(store.db, ['held']);
    await heldImport('a');

    const [first] = await claimAlerts(store.db, lease);
    const meanwhile = await claimAlerts(store.db, lease);
    await store.db.pool.query(`update alert set next_attempt_at = now() - interval '1 second'`);
    const [again] = await claimAlerts(store.db, lease);

    expect(meanwhile).toEqual([]);
    expect(again).toMatchObject({ id: first?.id, data: first?.data, attempts: 2 });
  });

  test('two workers at once take different ones', async () => {
    for (let i = 0; i < 6; i += 1) await addTarget(store.db, ['held']);
    await heldImport('a');

    const taken = await Promise.all(
      [0, 1, 2].map(() => claimAlerts(store.db, { limit: 2, leaseSeconds: 60 })),
    );

    expect(new Set(taken.flat().map(({ id }) => id)).size).toBe(taken.flat().length);
    expect(taken.flat().length).toBeGreaterThanOrEqual(2);
  });

  test('is not put back by an attempt that another worker has repeated with success', async () => {
    const target = await addTarget(store.db, ['held']);
    await heldImport('a');
    const [slow] = await claimAlerts(store.db, lease);
    await store.db.pool.query(`update alert set next_attempt_at = now() - interval '1 second'`);
    const [quick] = await claimAlerts(store.db, lease);
    if (slow === undefined || quick === undefined) throw new Error('nothing is due');

    await settleAlert(store.db, quick, { kind: 'sent' });
    await settleAlert(store.db, slow, { kind: 'failed', message: 'late', minutes: 1 });

    const [standing] = await selectAlertTargets(store.db.pool);
    expect(standing).toMatchObject({ id: target, sent: 1, waiting: 0, trouble: null });
  });

  test('is kept in sight when it was given up', async () => {
    await addTarget(store.db, ['held']);
    await heldImport('a');
    const [alert] = await claimAlerts(store.db, lease);
    if (alert === undefined) throw new Error('nothing is due');

    await settleAlert(store.db, alert, { kind: 'failed', message: 'It is away.', minutes: null });

    expect(await selectAlertTargets(store.db.pool)).toMatchObject([
      {
        sent: 0,
        waiting: 0,
        givenUp: 1,
        trouble: { event: 'held', message: 'It is away.', attempts: 1, nextAttemptAt: null },
      },
    ]);
  });

  test('a receiver that is gone gets nothing more', async () => {
    const gone = await addTarget(store.db, ['held']);
    await heldImport('a');
    await heldImport('b');
    const [alert] = await claimAlerts(store.db, { limit: 1, leaseSeconds: 60 });
    if (alert === undefined) throw new Error('nothing is due');

    await settleAlert(store.db, alert, { kind: 'gone', message: 'The receiver answers 410.' });
    await heldImport('c');

    expect(await selectAlertTargets(store.db.pool)).toMatchObject([
      { id: gone, enabled: false, waiting: 0, givenUp: 2 },
    ]);
    expect(await raisedFor(store.db, gone)).toHaveLength(2);
  });

  test('what was sent is forgotten after its time, what waits is not', async () => {
    const target = await addTarget(store.db, ['held']);
    await heldImport('a');
    const [sent] = await claimAlerts(store.db, lease);
    if (sent === undefined) throw new Error('nothing is due');
    await settleAlert(store.db, sent, { kind: 'sent' });
    await heldImport('b');
    await store.db.pool.query(`update alert set created_at = now() - interval '91 days'`);

    const forgotten = await forgetAlerts(store.db, { olderThanDays: 90 });

    expect(forgotten).toBe(1);
    expect(await raisedFor(store.db, target)).toHaveLength(1);
  });
});

test('alerts hold nothing about people', async () => {
  const words = new Canaries('zqalertkanari');
  const target = await addTarget(store.db, ['held', 'failed', 'conflicts', 'quarantined']);
  const [one, two] = [words.word('code'), words.word('code')];
  const mails = [`${words.word('mail')}@example.org`, `${words.word('mail')}@example.org`];
  await addPerson(store.db.pool, { fields: { code: one, email: mails[0] } });
  await addPerson(store.db.pool, { fields: { code: two, email: mails[1] } });
  await importRows(store.db, { rows: rows({ code: one, email: mails[1] ?? '' }) });
  await heldImport(words.word('code'), words.word('code'));
  await failedSync({ code: `${words.word('code')} was refused`, message: words.word('message') });

  const told = await raisedFor(store.db, target);

  expect(told.map(({ event }) => event)).toEqual(['conflicts', 'held', 'quarantined']);
  const { rows: all } = await store.db.pool.query('select * from alert');
  expect(words.findIn(Buffer.from(JSON.stringify(all)))).toEqual([]);
});
