import { transaction } from '../../../store/database/db';
import { deliveryCounts } from '../../../store/letters/campaigns/counts';
import { testDatabase } from '../../support/postgres';
import { addCampaign } from '../../support/letters/campaigns';

const store = testDatabase();

/** The deliveries themselves, counted. */
async function countedOf(campaignId: string): Promise<Record<string, number>> {
  const { rows } = await store.db.pool.query<{ state: string; n: number }>(
    `select state, count(*)::int as n from delivery where campaign_id = $1 group by 1`,
    [campaignId],
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

async function keptOf(campaignId: string): Promise<Record<string, number>> {
  const counts = (await deliveryCounts(store.db.pool, [campaignId]))(campaignId);
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));
}

test('the kept counts are those of the deliveries, also where sessions change them at once or roll back', async () => {
  const { db } = store;
  const deliveries = Array.from({ length: 60 }, () => ({}));
  const { campaignId } = await addCampaign(db, { deliveries });
  const other = await addCampaign(db, { deliveries: [{}, { state: 'skipped' }] });
  const close = (from: number, to: number, state: string): Promise<unknown> =>
    db.pool.query(
      `update delivery set state = $4::delivery_state, closed_at = now(), address = 'a@x.org'
       where campaign_id = $1 and n between $2 and $3`,
      [campaignId, from, to, state],
    );

  await Promise.all([close(1, 10, 'accepted'), close(11, 20, 'failed'), close(21, 25, 'unknown')]);
  await Promise.all([close(1, 3, 'bounced'), close(21, 22, 'accepted'), close(4, 5, 'accepted')]);
  await db.pool.query(`update delivery set state = 'skipped', closed_at = now() where n = 60`);
  await db.pool.query(`delete from delivery where campaign_id = $1 and n = 30`, [campaignId]);
  const undone = transaction(db, async (tx) => {
    await tx.query(`update delivery set state = 'skipped', closed_at = now() where n = 40`);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');

  expect(await keptOf(campaignId)).toEqual(await countedOf(campaignId));
  expect(await keptOf(campaignId)).toEqual({
    ...{ planned: 33, accepted: 9, failed: 10, unknown: 3, bounced: 3, skipped: 1 },
  });
  expect(await keptOf(other.campaignId)).toEqual({ planned: 1, skipped: 1 });
});
