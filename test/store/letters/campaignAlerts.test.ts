import { ALERT_EVENTS } from '../../../domain/alerts/alerts';
import { newId, transaction } from '../../../store/database/db';
import { alertCampaign, type CampaignAlert } from '../../../store/letters/campaignAlerts';
import { OWNER_ID } from '../../../store/sources/sources';
import { alertMail } from '../../../wording/alerts';
import { addTarget, raisedFor } from '../../support/alerts';
import { addCampaign } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();

const raise = (campaignId: string, event: CampaignAlert): Promise<void> =>
  transaction(store.db, (tx) => alertCampaign(tx, { campaignId, event }));

const decide = (campaignId: string, kind: string): Promise<unknown> =>
  store.db.pool.query(
    `insert into decision (id, campaign_id, actor_id, kind, taken_at) values ($1, $2, $3, $4, now())`,
    [newId(), campaignId, OWNER_ID, kind],
  );

test.each([
  {
    event: 'campaign_held',
    ends: 'approve',
    seed: { state: 'held', held: [{ gate: 'recipients', count: 1200, limit: 1000 }] },
    says: ['a campaign to 2 people is on hold', 'It goes to 1,200 people.'],
  },
  {
    event: 'campaign_paused',
    ends: 'resume',
    seed: { state: 'paused', trouble: { code: 'auth_refused' } },
    says: ['a campaign to 2 people is paused: auth_refused'],
  },
  {
    event: 'campaign_unknown',
    ends: 'resolve',
    seed: { state: 'running' },
    says: ['a campaign to 2 people has letters that may or may not have arrived'],
  },
] as const)('$event is sent once until a person decides', async ({ event, ends, seed, says }) => {
  const target = await addTarget(store.db, ALERT_EVENTS);
  const { campaignId } = await addCampaign(store.db, { ...seed, deliveries: [{}, {}] });

  await raise(campaignId, event);
  await raise(campaignId, event);
  const [first, ...more] = await raisedFor(store.db, target);
  await decide(campaignId, ends);
  await raise(campaignId, event);

  expect(more).toEqual([]);
  expect(first?.event).toBe(event);
  const { subject, text } = alertMail(first?.data ?? fail());
  for (const words of says) expect(`${subject}\n${text}`).toContain(words);
  expect(text).toContain(`npx rollcall campaigns show ${campaignId}`);
  expect(await raisedFor(store.db, target)).toHaveLength(2);
});

test('nothing is written where no receiver asked', async () => {
  const target = await addTarget(store.db, ['campaign_held']);
  const { campaignId } = await addCampaign(store.db);

  await raise(campaignId, 'campaign_unknown');

  expect(await raisedFor(store.db, target)).toEqual([]);
});

function fail(): never {
  throw new Error('no alert was raised');
}
