import { exitOfCampaign } from '../../cli/text/campaign';
import { Campaigns } from '../../client/letters/campaigns';
import { loadStoreConfig } from '../../config/env';
import { Fault } from '../../domain/faults';
import type { CampaignState } from '../../domain/letters/campaigns';
import type { DeliveryCounts } from '../../domain/letters/deliveries';
import { openSession, WITHOUT_TOKEN } from '../../operations/context';
import { newId } from '../../store/database/db';
import { faultOf } from '../operations/support';
import { addCampaign } from '../support/letters/campaigns';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';

const store = testDatabase();
const asked: { started: string[]; away: boolean } = { started: [], away: false };

async function campaignsWith(settings: Record<string, string> = {}): Promise<Campaigns> {
  const env = {
    ROLLCALL_DATABASE_URL: store.url,
    ROLLCALL_SMTP_URL: 'smtp://127.0.0.1:9',
    ROLLCALL_MAIL_FROM: 'Learning <learning@example.com>',
    ...settings,
  };
  const startCampaign = (campaignId: string): Promise<void> => {
    asked.started.push(campaignId);
    return Promise.resolve();
  };
  const wakeCampaign = (): Promise<void> => Promise.resolve();
  const away = new Fault('unavailable', { code: 'temporal_unavailable', message: 'Away.' });
  return new Campaigns({
    session: await openSession(store.db, WITHOUT_TOKEN),
    config: loadStoreConfig({ env, folder: '/nowhere' }),
    temporal: () =>
      asked.away ? Promise.reject(away) : Promise.resolve({ startCampaign, wakeCampaign }),
  });
}

let campaigns: Campaigns;
beforeAll(async () => {
  campaigns = await campaignsWith();
  await addUsers(store.db.pool, [{ code: 'W1', email: 'w1@example.org' }]);
});
beforeEach(() => {
  asked.started = [];
  asked.away = false;
});

const oneOff = () => ({ custom: { subject: newId(), text: 'Hello' }, users: ['W1'] });

async function moveTo(campaignId: string, state: CampaignState): Promise<void> {
  await store.db.pool.query(
    `update campaign set state = $2::campaign_state, started_at = now(),
       finished_at = case when $2::text in ('done', 'cancelled') then now() end where id = $1`,
    [campaignId, state],
  );
}

test('a letter that is sent starts the workflow of its campaign, also one that waits for its time', async () => {
  const now = await campaigns.send(oneOff());
  const later = await campaigns.send({ ...oneOff(), at: '2027-01-04T09:00' });

  expect(asked.started).toEqual([now.campaignId, later.campaignId]);
  expect(await campaigns.get(later.campaignId)).toMatchObject({
    state: 'planned',
    sendAt: '2027-01-04T09:00:00.000Z',
    timeZone: 'UTC',
    sink: false,
  });
});

test('nothing is frozen while Temporal is away, or where no mail server is configured', async () => {
  const before = await campaigns.list();
  const without = await campaignsWith({ ROLLCALL_MAIL_FROM: '' });
  asked.away = true;

  const away = await faultOf(campaigns.send(oneOff()));
  const nowhere = await faultOf(without.send(oneOff()));

  expect(away).toMatchObject({ code: 'temporal_unavailable' });
  expect(nowhere).toMatchObject({ code: 'mail_not_configured' });
  expect(await campaigns.list()).toEqual(before);
});

test('the gate of the settings holds a campaign, and two people cannot be passed by', async () => {
  const strict = await campaignsWith({
    ROLLCALL_CAMPAIGN_GATE: '0',
    ROLLCALL_CAMPAIGN_TWO_PEOPLE: 'on',
  });

  const held = await strict.send(oneOff());
  const raised = await faultOf(strict.send({ ...oneOff(), gate: 5, reason: 'soon' }));

  expect(held).toMatchObject({ state: 'held', held: [{ gate: 'recipients', count: 1, limit: 0 }] });
  expect(raised).toMatchObject({ code: 'two_people_needed' });
});

test.each(['done', 'cancelled', 'held', 'paused'] as const)(
  'waiting ends when the campaign is %s',
  async (state) => {
    const { campaignId } = await campaigns.send(oneOff());
    await moveTo(campaignId, 'running');

    const waited = campaigns.wait(campaignId, { timeoutMs: 20_000 });
    await moveTo(campaignId, state);

    expect(await waited).toMatchObject({ end: 'settled', document: { campaignId, state } });
  },
);

test('waiting ends at its limit or when it is interrupted, and says how far it is', async () => {
  const { campaignId } = await addCampaign(store.db, {
    deliveries: [{ state: 'accepted' }, {}, { state: 'claimed' }],
  });
  const seen: DeliveryCounts[] = [];
  const controller = new AbortController();

  const late = await campaigns.wait(campaignId, { timeoutMs: 1 });
  const interrupted = await campaigns.wait(campaignId, {
    signal: controller.signal,
    onProgress: (_, counts) => {
      seen.push(counts);
      controller.abort();
    },
  });

  expect(late).toMatchObject({ end: 'timeout', document: { state: 'running' } });
  expect(interrupted.end).toBe('interrupted');
  expect(seen).toMatchObject([{ accepted: 1, planned: 1, claimed: 1 }]);
});

test.each([
  ['done', {}, 0],
  ['done', { skipped: 2 }, 0],
  ['done', { failed: 1 }, 3],
  ['done', { bounced: 1 }, 3],
  ['done', { unknown: 1 }, 3],
  ['held', {}, 4],
  ['paused', { failed: 1 }, 4],
  ['cancelled', {}, 1],
  ['planned', {}, 0],
] as const)('%s with %j ends a command that waits with %i', async (state, counts, exit) => {
  const { campaignId } = await addCampaign(store.db, { state });
  const document = await campaigns.get(campaignId);

  expect(exitOfCampaign({ ...document, counts: { ...document.counts, ...counts } })).toBe(exit);
});
