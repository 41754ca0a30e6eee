import { restoreInstallation, workingInstallation } from '../../operations/installation';
import { readInstallation } from '../../store/installation/installation';
import { createRun, getRun, moveRun } from '../../store/runs/runs';
import { addTarget, raisedFor } from '../support/alerts';
import { emptyStore } from '../support/builders';
import { addCampaign, statesOf } from '../support/letters/campaigns';
import { testDatabase } from '../support/postgres';
import { addPolledSource, POLLED } from '../support/runs/syncRun';
import { ownerOf } from './support';

const store = testDatabase();
const ELSEWHERE = `update installation set database_oid = database_oid + 1, database_name = 'before'`;

beforeAll(async () => {
  await emptyStore(store.db);
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await restoreInstallation(ownerOf(store), { asCopy: false, undoDays: 90 });
});
afterEach(async () => {
  await store.db.pool.query(
    `update run set state = 'failed', finished_at = now() where state = 'waiting'`,
  );
});

/** A run of the polled source that waits. */
async function waitingRun(): Promise<string> {
  const { actorId } = ownerOf(store);
  const run = { kind: 'sync', sourceId: POLLED, actorId, options: {}, dryRun: false } as const;
  return (await createRun(store.db.pool, { ...run, readMode: 'full' })).runId;
}

const idOf = async (): Promise<string> => (await readInstallation(store.db.pool)).id;

test('a database works for the installation that was made in it, and under another name, too', async () => {
  const id = await idOf();
  await store.db.pool.query(`update installation set database_name = 'renamed'`);

  await expect(workingInstallation(store.db)).resolves.toBe(id);
});

test('one that was restored or copied does not, until somebody says which', async () => {
  await store.db.pool.query(ELSEWHERE);

  await expect(workingInstallation(store.db)).rejects.toMatchObject({
    code: 'other_database',
    next: { do: 'databaseRestored' },
  });
});

test('a cluster whose identifier cannot be read is known by the name of the database', async () => {
  await store.db.pool.query(`update installation set system_identifier = null`);
  const here = await idOf();
  await store.db.pool.query(`update installation set database_name = 'another'`);

  await expect(workingInstallation(store.db)).rejects.toMatchObject({ code: 'other_database' });
  expect(here).toMatch(/^[0-9a-f]{12}$/);
});

test('moved, it keeps its id, its open runs and its schedules, and says so in the audit', async () => {
  const id = await idOf();
  const runId = await waitingRun();
  await store.db.pool.query(ELSEWHERE);

  const moved = await restoreInstallation(ownerOf(store), { asCopy: false, undoDays: 90 });
  const again = await restoreInstallation(ownerOf(store), { asCopy: false, undoDays: 90 });

  expect(moved).toMatchObject({ installation: id, changed: true, cancelledRuns: 0 });
  expect(again).toMatchObject({ installation: id, changed: false });
  await expect(workingInstallation(store.db)).resolves.toBe(id);
  expect(await getRun(store.db, runId)).toMatchObject({
    state: 'waiting',
    workflowId: `sync/${id}/${runId}`,
  });
  expect(await audited()).toContain('installation.move');
});

test('as a copy it gets an id of its own; its open runs are cancelled, its systems paused', async () => {
  const id = await idOf();
  const waiting = await waitingRun();
  const old = await waitingRun();
  await store.db.pool.query(`update run set workflow_id = 'sync/' || id where id = $1`, [old]);
  await moveRun(store.db.pool, { runId: old, to: 'running' });
  await store.db.pool.query(ELSEWHERE);

  const copy = await restoreInstallation(ownerOf(store), { asCopy: true, undoDays: 90 });

  const own = await idOf();
  expect(own).not.toBe(id);
  expect(copy).toMatchObject({ installation: own, cancelledRuns: 2, pausedSources: 1 });
  await expect(workingInstallation(store.db)).resolves.toBe(own);
  for (const runId of [waiting, old]) {
    const run = await getRun(store.db, runId);
    expect(run).toMatchObject({ state: 'cancelled', workflowId: `sync/${own}/${runId}` });
  }
  const { rows } = await store.db.pool.query(`select polling from connection`);
  expect(rows).toEqual([{ polling: 'paused' }]);
  expect(await audited()).toContain('installation.copy');
});

describe('campaigns that are open in a backup', () => {
  const stored = async (campaignId: string) => {
    const { rows } = await store.db.pool.query<{ state: string; code: string | null }>(
      `select state, trouble ->> 'code' as code from campaign where id = $1`,
      [campaignId],
    );
    return rows[0];
  };
  const ago = new Date(Date.now() - 3_600_000);

  test('stop, and what a sender had reached is unknown', async () => {
    const sent = [
      { state: 'accepted' },
      { claimedAt: ago, nextAt: new Date(), attempts: 1 },
      {},
      { state: 'claimed' },
      { state: 'skipped' },
      {},
    ] as const;
    const running = await addCampaign(store.db, { state: 'running', deliveries: sent });
    const planned = await addCampaign(store.db, { state: 'planned', deliveries: [{}] });
    const held = await addCampaign(store.db, { state: 'held', deliveries: [{}] });
    const done = await addCampaign(store.db, { state: 'done', deliveries: [{ state: 'unknown' }] });
    const target = await addTarget(store.db, ['campaign_paused', 'campaign_unknown']);
    await store.db.pool.query(ELSEWHERE);

    const first = await restoreInstallation(ownerOf(store), { asCopy: false, undoDays: 90 });
    const again = await restoreInstallation(ownerOf(store), { asCopy: false, undoDays: 90 });

    expect(first).toMatchObject({ changed: true, pausedCampaigns: 3, unknownDeliveries: 3 });
    expect(again).toMatchObject({ changed: false, pausedCampaigns: 0, unknownDeliveries: 0 });
    expect(await statesOf(store.db, running.campaignId)).toEqual([
      ...['accepted', 'unknown', 'unknown', 'unknown', 'skipped', 'planned'],
    ]);
    expect(await statesOf(store.db, planned.campaignId)).toEqual(['planned']);
    expect(
      await Promise.all([running, planned, held, done].map((c) => stored(c.campaignId))),
    ).toEqual([
      { state: 'paused', code: 'restored' },
      { state: 'paused', code: 'restored' },
      { state: 'held', code: 'restored' },
      { state: 'done', code: null },
    ]);
    const raised = await raisedFor(store.db, target);
    expect(raised.map(({ event }) => event).sort()).toEqual([
      ...['campaign_paused', 'campaign_paused', 'campaign_paused', 'campaign_unknown'],
    ]);
  });

  test('are cancelled in a copy, which sends nothing that the original sends', async () => {
    const { campaignId } = await addCampaign(store.db, {
      deliveries: [{ state: 'accepted' }, {}, { state: 'claimed' }],
    });
    await store.db.pool.query(ELSEWHERE);

    const copy = await restoreInstallation(ownerOf(store), { asCopy: true, undoDays: 90 });

    expect(copy).toMatchObject({ pausedCampaigns: 0 });
    expect(copy.cancelledCampaigns).toBeGreaterThan(0);
    expect(await stored(campaignId)).toEqual({ state: 'cancelled', code: null });
    expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'skipped', 'unknown']);
  });
});

test('only an owner says so', async () => {
  const admin = { ...ownerOf(store), level: 'admin' } as const;

  const asked = restoreInstallation(admin, { asCopy: false, undoDays: 90 });

  await expect(asked).rejects.toMatchObject({ code: 'forbidden' });
});

async function audited(): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ action: string }>(
    `select action from audit_event where subject_type = 'installation'`,
  );
  return rows.map(({ action }) => action);
}
