import { closingOf, outcomeOf } from '../../../../domain/letters/replies';
import type { Reply } from '../../../../domain/letters/reply';
import type { CampaignState } from '../../../../domain/letters/campaigns';
import { newId, transaction } from '../../../../store/database/db';
import { resolveUnknown } from '../../../../store/letters/decisions';
import { closeLeases } from '../../../../store/letters/deliveries/campaign';
import { settleAndClaim, type SettleAndClaim } from '../../../../store/letters/deliveries/claim';
import type { Claimed, ClaimResult } from '../../../../store/letters/deliveries/close';
import { addCampaign, statesOf } from '../../../support/letters/campaigns';
import { mergePair } from '../../../support/merges/unmerging';
import { testDatabase } from '../../../support/postgres';
import { addUsers } from '../../../support/users';

const database = testDatabase({ maxConnections: 10 });

function exchange(campaignId: string, o: Partial<SettleAndClaim> = {}) {
  return settleAndClaim(database.db, {
    ...{ campaignId, results: [], k: 32, last: 0, token: newId(), keys: [] },
    ...{ category: 'administrative', scope: { kind: 'all' } },
    ...o,
  });
}

function result(claimed: Claimed, reply: Reply): ClaimResult {
  const outcome = outcomeOf(reply);
  return { claimed, outcome, reply, closing: closingOf(outcome, reply, claimed.attempts) };
}

const query = (sql: string, values: readonly unknown[]) => database.db.pool.query(sql, [...values]);

/** Waits of this campaign are over. */
const due = (campaignId: string) =>
  query(`update delivery set next_at = now() where campaign_id = $1 and next_at is not null`, [
    campaignId,
  ]);

/**
 * A campaign to two accounts of one person that are merged while the absorbed one's delivery, the first, is
 * claimed. The second is the survivor's.
 */
async function mergedAmid(o: { readonly survivor?: 'no_address' } = {}) {
  const codes = [newId(), newId()];
  const [survivor, absorbed] = codes;
  const [survivorId = '', absorbedId = ''] = await addUsers(
    database.db.pool,
    codes.map((code) => ({ code, email: `${code}@example.org` })),
  );
  const { campaignId } = await addCampaign(database.db, {
    deliveries: [
      { userId: absorbedId },
      { userId: survivorId, ...(o.survivor && { state: 'skipped', reason: o.survivor }) },
    ],
  });
  const { claimed } = await exchange(campaignId, { k: 1 });
  await mergePair(database.db, { survivor: survivor ?? '', absorbed: absorbed ?? '' });
  const [claim] = claimed;
  if (claim === undefined) throw new Error('the first was claimed');
  return { campaignId, claim, survivorId };
}

/** Claims and accepts until nothing is ready; returns the numbers that were claimed. */
async function sendRest(campaignId: string): Promise<number[]> {
  const sent: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await due(campaignId);
    const { claimed } = await exchange(campaignId);
    sent.push(...claimed.map(({ n }) => n));
    await exchange(campaignId, { k: 0, results: claimed.map((one) => result(one, ACCEPTED)) });
  }
  return sent;
}

const ACCEPTED: Reply = { code: 250, stage: 'content', streamRead: true };
const PERHAPS: Reply = { stage: 'content', streamRead: true };
const UNSENT: readonly (readonly [string, Reply])[] = [
  ['is put off', { code: 450, enhanced: '4.2.0', stage: 'rcpt', streamRead: false }],
  ['does not reach the server', { stage: 'connect', streamRead: false }],
  ['is refused', { code: 550, enhanced: '5.1.1', stage: 'rcpt', streamRead: false }],
];

test.each(UNSENT)(
  'a claim of a merged account that %s leaves the letter to the survivor, who gets one',
  async (_, reply) => {
    const { campaignId, claim } = await mergedAmid();
    expect(await statesOf(database.db, campaignId)).toEqual(['claimed', 'skipped']);

    await exchange(campaignId, { k: 0, results: [result(claim, reply)] });

    expect(await sendRest(campaignId)).toEqual([2]);
  },
);

test('so it does where the survivor had no address, and only takes the letter over', async () => {
  const { campaignId, claim } = await mergedAmid({ survivor: 'no_address' });

  await exchange(campaignId, { k: 0, results: [result(claim, UNSENT[0]?.[1] ?? PERHAPS)] });

  expect(await sendRest(campaignId)).toEqual([2]);
});

test.each([
  ['accepted', ACCEPTED],
  ['unknown', PERHAPS],
] as const)(
  'a claim of a merged account that ends as %s is the one letter',
  async (state, reply) => {
    const { campaignId, claim } = await mergedAmid();

    await exchange(campaignId, { k: 0, results: [result(claim, reply)] });

    expect(await sendRest(campaignId)).toEqual([]);
    expect(await statesOf(database.db, campaignId)).toEqual([state, 'skipped']);
  },
);

test('what is to be sent again of a merged account is sent to the survivor', async () => {
  const { campaignId, survivorId } = await mergedAmid();
  await query(`update delivery set claimed_at = now() - interval '1 hour' where campaign_id = $1`, [
    campaignId,
  ]);
  await closeLeases(database.db, campaignId);
  const choice = {
    campaignId,
    userId: survivorId,
    as: 'resend',
    again: true,
    trouble: null,
  } as const;

  const resolved = await transaction(database.db, (tx) => resolveUnknown(tx, choice));

  expect(resolved).toEqual({ changed: 1, leftOut: 0 });
  expect(await sendRest(campaignId)).toEqual([2]);
});

test.each<[CampaignState, string]>([
  ['done', 'unknown'],
  ['cancelled', 'skipped'],
])('in a campaign that is %s nothing is planned again: it is %s', async (state, becomes) => {
  const { campaignId, claim } = await mergedAmid();
  await query(`update delivery set claimed_at = now() - interval '1 hour' where campaign_id = $1`, [
    campaignId,
  ]);
  await closeLeases(database.db, campaignId);
  await query(`update campaign set state = $2::campaign_state, finished_at = now() where id = $1`, [
    campaignId,
    state,
  ]);

  await exchange(campaignId, { results: [result(claim, UNSENT[1]?.[1] ?? ACCEPTED)] });

  expect(await statesOf(database.db, campaignId)).toEqual([becomes, 'skipped']);
});
