import { campaignDocument } from '../../../store/letters/campaigns/campaigns';
import { newId } from '../../../store/database/db';
import { closeCancelled, retainDeliveries } from '../../../store/letters/retention';
import { addCampaign, statesOf } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();
const DAY_MS = 24 * 3600 * 1000;
const now = new Date();
const idOfDay = (daysAgo: number): string => newId(new Date(now.getTime() - daysAgo * DAY_MS));
const NOTHING = { days: [], campaigns: 0 };

const retain = (deliveriesDays = 400) => retainDeliveries(store.db, { now, deliveriesDays });

async function endedAgo(campaignId: string, days: number): Promise<void> {
  await store.db.pool.query(`update campaign set finished_at = $2 where id = $1`, [
    campaignId,
    new Date(now.getTime() - days * DAY_MS),
  ]);
}

test('what became of each recipient goes once it is old; the campaign keeps what it counted', async () => {
  const { campaignId } = await addCampaign(store.db, {
    id: idOfDay(410),
    state: 'done',
    deliveries: [{ state: 'accepted' }, { state: 'accepted' }, { state: 'unknown' }],
  });
  await endedAgo(campaignId, 399);
  const early = await retain();
  await endedAgo(campaignId, 401);

  const forgotten = await retain();

  expect(early).toEqual(NOTHING);
  expect(forgotten).toMatchObject({ campaigns: 1, days: [expect.any(String)] });
  expect(await statesOf(store.db, campaignId)).toEqual([]);
  const { rows } = await store.db.pool.query(
    `select forgotten_at is not null as forgotten from campaign where id = $1`,
    [campaignId],
  );
  expect(rows).toEqual([{ forgotten: true }]);
  const { counts } = await campaignDocument(store.db.pool, campaignId);
  expect(counts).toMatchObject({ planned: 0, accepted: 2, unknown: 1 });
  expect(await retain()).toEqual(NOTHING);
});

test('the counts that each session kept are added up when the deliveries go', async () => {
  const { campaignId } = await addCampaign(store.db, {
    id: idOfDay(420),
    state: 'done',
    deliveries: [{ state: 'accepted' }, { state: 'accepted' }],
  });
  await store.db.pool.query(
    `insert into delivery_count (campaign_id, session, accepted, failed) values ($1, 1, 3, 1)`,
    [campaignId],
  );
  await endedAgo(campaignId, 419);

  await retain();

  const { rows } = await store.db.pool.query(
    `select session, accepted, failed, skipped from delivery_count where campaign_id = $1`,
    [campaignId],
  );
  expect(rows).toEqual([{ session: 0, accepted: 5, failed: 1, skipped: 0 }]);
});

test('a day stays while one of its campaigns has not ended', async () => {
  const ended = await addCampaign(store.db, { id: idOfDay(500), state: 'done', deliveries: [{}] });
  await endedAgo(ended.campaignId, 499);
  await addCampaign(store.db, { id: idOfDay(500), state: 'paused' });

  expect(await retain()).toEqual(NOTHING);
  expect(await statesOf(store.db, ended.campaignId)).toEqual(['planned']);
});

test('what is put off after its campaign was cancelled is closed, and nothing else', async () => {
  const later = { nextAt: now, claimedAt: now, attempts: 1 } as const;
  const { campaignId } = await addCampaign(store.db, {
    state: 'cancelled',
    deliveries: [{ state: 'accepted' }, later, { state: 'unknown' }],
  });
  const open = await addCampaign(store.db, { state: 'running', deliveries: [later] });

  const closed = await closeCancelled(store.db);

  expect(closed).toBe(1);
  expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'skipped', 'unknown']);
  expect(await statesOf(store.db, open.campaignId)).toEqual(['planned']);
});
