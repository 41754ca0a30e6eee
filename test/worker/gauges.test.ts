import { measure } from '../../worker/gauges';
import { createMetrics } from '../../worker/metrics';
import { addCampaign } from '../support/letters/campaigns';
import { testDatabase } from '../support/postgres';

const store = testDatabase();

test('campaigns that have not ended, their open deliveries and all unknown ones are measured', async () => {
  const later = { nextAt: new Date(), attempts: 1, claimedAt: new Date() };
  const deliveries = [{}, later, { state: 'claimed' }, { state: 'accepted' }] as const;
  await addCampaign(store.db, { state: 'running', deliveries });
  const paused = await addCampaign(store.db, { state: 'paused', deliveries: [{}] });
  await addCampaign(store.db, { state: 'done', deliveries: [{ state: 'unknown' }] });
  await addCampaign(store.db, { state: 'cancelled', deliveries: [{}] });
  const metrics = createMetrics();

  await measure({ db: store.db, metrics });
  const first = await metrics.text();
  await store.db.pool.query(
    `update campaign set state = 'cancelled', finished_at = now() where id = $1`,
    [paused.campaignId],
  );
  await measure({ db: store.db, metrics });
  const second = await metrics.text();

  expect(first).toContain('rollcall_campaigns{state="running"} 1\n');
  expect(first).toContain('rollcall_campaigns{state="paused"} 1\n');
  expect(first).toContain('rollcall_campaigns{state="held"} 0\n');
  expect(first).toContain('rollcall_deliveries{state="planned"} 3\n');
  expect(first).toContain('rollcall_deliveries{state="claimed"} 1\n');
  expect(first).toContain('rollcall_deliveries{state="unknown"} 1\n');
  expect(second).toContain('rollcall_campaigns{state="paused"} 0\n');
  expect(second).toContain('rollcall_deliveries{state="planned"} 2\n');
});
