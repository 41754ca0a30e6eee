import type { PoolClient } from 'pg';
import {
  approveCampaign,
  cancelCampaign,
  pauseCampaign,
} from '../../../operations/letters/decisions';
import { resolveCampaign } from '../../../operations/letters/resolve';
import { moveCampaign } from '../../../store/letters/campaigns/move';
import { lockCampaign } from '../../../store/letters/decisions';
import { newId } from '../../../store/database/db';
import { untilBlocked } from '../../support/blocked';
import { addCampaign, statesOf } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';
import { ownerOf } from '../../operations/support';

const store = testDatabase({ maxConnections: 8 });

async function begin(): Promise<PoolClient> {
  const client = await store.db.pool.connect();
  await client.query('begin');
  return client;
}

async function end(client: PoolClient): Promise<void> {
  await client.query('commit');
  client.release();
}

/** What a sender does: holds the campaign for share, and claims where it is running. Returns how many. */
async function claim(client: PoolClient, campaignId: string): Promise<number> {
  const { rows } = await client.query<{ state: string }>(
    `select state from campaign where id = $1 for share`,
    [campaignId],
  );
  if (rows[0]?.state !== 'running') return 0;
  const { rowCount } = await client.query(
    `with free as (
       select campaign_id, user_id from delivery
       where campaign_id = $1 and state = 'planned' order by n limit 1 for update skip locked
     )
     update delivery d set state = 'claimed', claim = $2, claimed_at = now(), address = 'a@example.org'
     from free where d.campaign_id = free.campaign_id and d.user_id = free.user_id`,
    [campaignId, newId()],
  );
  return rowCount ?? 0;
}

test.each([
  ['pause', pauseCampaign, 'paused', 'planned'],
  ['cancel', cancelCampaign, 'cancelled', 'skipped'],
] as const)(
  '%s waits for a claim in progress, and no claim commits after it',
  async (_, decision, state, rest) => {
    const { campaignId } = await addCampaign(store.db, { deliveries: [{}, {}, {}] });
    const first = await begin();
    await claim(first, campaignId);

    const decided = decision(ownerOf(store), { campaign: campaignId });
    await untilBlocked(store.db);
    const before = await statesOf(store.db, campaignId);
    await end(first);

    expect(before).toEqual(['planned', 'planned', 'planned']);
    expect(await decided).toMatchObject({ state });
    const late = await begin();
    expect(await claim(late, campaignId)).toBe(0);
    await end(late);
    expect(await statesOf(store.db, campaignId)).toEqual(['claimed', rest, rest]);
  },
);

test('a claim that waits for a pause finds nothing to claim', async () => {
  const { campaignId } = await addCampaign(store.db, { deliveries: [{}] });
  const pause = await begin();
  await lockCampaign(pause, campaignId);

  const sender = await begin();
  const claimed = claim(sender, campaignId);
  await untilBlocked(store.db);
  await moveCampaign(pause, { campaignId, to: 'paused' });
  await end(pause);

  expect(await claimed).toBe(0);
  await end(sender);
});

test('of two decisions at once one is carried out, and the other is refused with what holds then', async () => {
  const { campaignId } = await addCampaign(store.db, { state: 'held' });
  const input = { campaign: campaignId, twoPeople: false };
  const holder = await begin();
  await holder.query(`select from campaign where id = $1 for update`, [campaignId]);

  const both = Promise.allSettled([
    approveCampaign(ownerOf(store), input),
    approveCampaign(ownerOf(store), input),
  ]);
  await untilBlocked(store.db, 2);
  await end(holder);
  const results = await both;

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { kind: 'state', code: 'campaign_is_running' },
  });
  const { rows } = await store.db.pool.query(`select kind from decision where campaign_id = $1`, [
    campaignId,
  ]);
  expect(rows).toHaveLength(1);
});

describe('a sender that comes back with what it knows of an unknown delivery', () => {
  const token = newId();
  /** As a sender closes what it knows: first the campaign, then the delivery, by the token of its claim. */
  const correct = async (client: PoolClient, campaignId: string): Promise<number> => {
    await client.query(`select from campaign where id = $1 for share`, [campaignId]);
    const { rowCount } = await client.query(
      `update delivery set state = 'accepted', claim = null, closed_at = now()
       where campaign_id = $1 and claim = $2 and state in ('claimed', 'unknown')`,
      [campaignId, token],
    );
    return rowCount ?? 0;
  };
  const unknown = () =>
    addCampaign(store.db, {
      state: 'done',
      deliveries: [{ state: 'unknown', claim: token }, { state: 'unknown' }],
    });

  test('before a person resolves it: the person confirmed a number that no longer holds', async () => {
    const { campaignId } = await unknown();
    const sender = await begin();
    const corrected = await correct(sender, campaignId);

    const resolved = resolveCampaign(
      { ...ownerOf(store), keys: [] },
      { campaign: campaignId, all: true, as: 'resend', expect: 2 },
    ).catch((error: unknown) => error);
    await untilBlocked(store.db);
    await end(sender);

    expect(corrected).toBe(1);
    expect(await resolved).toMatchObject({ code: 'count_differs', details: { deliveries: 1 } });
    expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'unknown']);
  });

  test('after a person resolved it: the word of the person stands', async () => {
    const { campaignId } = await unknown();

    await resolveCampaign(
      { ...ownerOf(store), keys: [] },
      { campaign: campaignId, all: true, as: 'resend', expect: 2 },
    );
    const sender = await begin();
    const corrected = await correct(sender, campaignId);
    await end(sender);

    expect(corrected).toBe(0);
    expect(await statesOf(store.db, campaignId)).toEqual(['planned', 'planned']);
  });
});
