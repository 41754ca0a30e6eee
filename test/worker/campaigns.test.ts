import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createDeliveryActivities } from '../../activities/deliveries';
import { openCountingServer } from '../../company/smtp/server';
import { loadStoreConfig } from '../../config/env';
import { senderOf } from '../../connectors/delivery/smtp/compose';
import { openSender } from '../../connectors/delivery/smtp/sender';
import { Fault } from '../../domain/faults';
import { newId } from '../../store/database/db';
import { OWNER_ID } from '../../store/sources/sources';
import { seeToCampaigns } from '../../worker/campaigns/house';
import { openLetterRoom } from '../../worker/campaigns/letters';
import { createMetrics } from '../../worker/metrics';
import { contentOf } from '../support/letters/builders';
import { addCampaign, statesOf } from '../support/letters/campaigns';
import { testDatabase } from '../support/postgres';

const store = testDatabase();
const log = pino({ level: 'silent' });

/** A Temporal that has these workflows; it keeps what was woken. */
function temporalWith(there: readonly string[]) {
  const woken: string[] = [];
  return {
    woken,
    campaignIsThere: (id: string) => Promise.resolve(there.includes(id)),
    wakeCampaign: (id: string) => {
      woken.push(id);
      return Promise.resolve();
    },
  };
}

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const query = (sql: string, values: readonly unknown[]) => store.db.pool.query(sql, [...values]);

/** A campaign that was made an hour ago. */
async function campaign(o: Parameters<typeof addCampaign>[1] = {}): Promise<string> {
  const { campaignId } = await addCampaign(store.db, o);
  await query(`update campaign set created_at = $2 where id = $1`, [campaignId, hoursAgo(1)]);
  return campaignId;
}

afterEach(async () => {
  await query(
    `update campaign set state = 'cancelled', finished_at = $1 where finished_at is null`,
    [hoursAgo(2)],
  );
});

test('an open campaign without a workflow is started; one that is new, or has ended, is left alone', async () => {
  const forgotten = await campaign({ state: 'planned' });
  const there = await campaign();
  await addCampaign(store.db, { state: 'planned' });
  await campaign({ state: 'done' });
  const temporal = temporalWith([there]);

  await seeToCampaigns({ db: store.db, temporal, log, woken: new Set() });

  expect(temporal.woken).toEqual([forgotten]);
});

test('a claim that was lost is unknown, also in a campaign that was cancelled since', async () => {
  const deliveries = [
    { state: 'claimed', claimedAt: new Date(Date.now() - 121_000) },
    { state: 'claimed', claimedAt: new Date() },
  ] as const;
  const running = await campaign({ deliveries });
  const cancelled = await campaign({ state: 'cancelled', deliveries });

  const house = { db: store.db, temporal: temporalWith([running]), log, woken: new Set<string>() };
  await seeToCampaigns(house);

  expect(await statesOf(store.db, running)).toEqual(['unknown', 'claimed']);
  expect(await statesOf(store.db, cancelled)).toEqual(['unknown', 'claimed']);
});

test('a decision whose client was killed before it woke the workflow wakes it once', async () => {
  const campaignId = await campaign();
  await query(
    `insert into decision (id, campaign_id, actor_id, kind, created_at, taken_at) values ($1, $2, $3, 'resume', $4, $4)`,
    [newId(), campaignId, OWNER_ID, new Date(Date.now() - 40_000)],
  );
  const house = {
    db: store.db,
    temporal: temporalWith([campaignId]),
    log,
    woken: new Set<string>(),
  };

  await seeToCampaigns(house);
  await seeToCampaigns(house);

  expect(house.temporal.woken).toEqual([campaignId]);
});

test('the activity beats, sends, and says how the campaign stands', async () => {
  const server = await openCountingServer();
  const from = 'Learning <learning@example.com>';
  const sender = openSender({ url: server.url, from });
  const campaignId = await campaign({ deliveries: [{}, {}] });
  const mail = { sender, from: senderOf(from), keys: [Buffer.alloc(32)], dkim: null };
  const { deliver } = createDeliveryActivities({
    ...{ db: store.db, log, stopping: new AbortController().signal },
    renderer: { render: (letter) => Promise.resolve(letter) },
    mail: () => ({ ...mail, unsubscribe: null, perSecond: null }),
  });
  const env = new MockActivityEnvironment();
  const beats: unknown[] = [];
  env.on('heartbeat', (detail: unknown) => beats.push(detail));

  const ended = await env.run(deliver, { campaignId });

  expect(ended).toMatchObject({ state: 'running', counts: { accepted: 2 }, waitUntil: null });
  expect(beats.length).toBeGreaterThan(0);
  expect(server.messages).toHaveLength(2);
  sender.close();
  await server.close();
});

test('a letter says the platform as the worker is configured', async () => {
  const server = await openCountingServer();
  const text = 'Welcome to {{ platform.name }} at {{ platform.url }}';
  const campaignId = await campaign({ deliveries: [{}] });
  await query(`update campaign set content = $2 where id = $1`, [campaignId, contentOf({ text })]);
  const env = {
    ...{ ROLLCALL_DATABASE_URL: store.url, ROLLCALL_SMTP_URL: server.url },
    ...{ ROLLCALL_MAIL_FROM: 'a@example.com', ROLLCALL_PLATFORM_NAME: 'Academy' },
    ROLLCALL_PLATFORM_URL: 'https://learn.example',
  };
  const room = openLetterRoom({
    ...{ db: store.db, log, keys: [Buffer.alloc(32)], metrics: createMetrics() },
    config: loadStoreConfig({ env, folder: '/nowhere' }),
    stopping: new AbortController().signal,
  });

  await new MockActivityEnvironment().run(room.activities.deliver, { campaignId });

  expect(server.messages[0]?.raw).toContain('Welcome to Academy at https://learn.example');
  await room.close();
  await server.close();
});

test('a worker that cannot send pauses the campaign, and says why', async () => {
  const campaignId = await campaign({ deliveries: [{}] });
  const { deliver } = createDeliveryActivities({
    ...{ db: store.db, log, stopping: new AbortController().signal },
    renderer: { render: (letter) => Promise.resolve(letter) },
    mail: () => {
      throw new Fault('state', { code: 'mail_not_configured', message: 'no' });
    },
  });

  const ended = await new MockActivityEnvironment().run(deliver, { campaignId });

  expect(ended).toMatchObject({ state: 'paused', counts: { planned: 1 } });
});
