import { randomBytes } from 'node:crypto';
import { messageIdOf } from '../../../connectors/delivery/messageId';
import {
  CAMPAIGN_DECISIONS,
  CAMPAIGN_STATE_NAMES,
  fits,
  mayBecome,
  type CampaignState,
} from '../../../domain/letters/campaigns';
import type { OperationContext } from '../../../operations/context';
import {
  approveCampaign,
  cancelCampaign,
  pauseCampaign,
  rejectCampaign,
  resumeCampaign,
  retryCampaign,
  type DecidedCampaign,
} from '../../../operations/letters/decisions';
import { countUnresolved, resolveCampaign } from '../../../operations/letters/resolve';
import { newId, transaction } from '../../../store/database/db';
import { moveCampaigns } from '../../../store/letters/campaigns/move';
import { addCampaign, statesOf, type DeliverySeed } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';
import { actor, audited } from '../../support/users';
import { faultWords } from '../../support/words';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();
const keys = [randomBytes(32)] as const;
const MINUTE = 60_000;

const decisions: Readonly<
  Record<
    Exclude<keyof typeof CAMPAIGN_DECISIONS, 'resolve'>,
    (c: OperationContext, i: { campaign: string; reason?: string }) => Promise<DecidedCampaign>
  >
> = {
  approve: (c, i) => approveCampaign(c, { ...i, twoPeople: false }),
  reject: rejectCampaign,
  pause: pauseCampaign,
  resume: resumeCampaign,
  cancel: cancelCampaign,
  retry: retryCampaign,
};
const KINDS = Object.keys(decisions);

const stateOf = async (campaignId: string): Promise<string | undefined> => {
  const { rows } = await store.db.pool.query<{ state: string }>(
    `select state from campaign where id = $1`,
    [campaignId],
  );
  return rows[0]?.state;
};

const make = (
  state: CampaignState,
  deliveries: readonly DeliverySeed[] = [{ state: 'accepted' }, { state: 'failed' }, {}],
): Promise<{ campaignId: string; userIds: readonly string[] }> =>
  addCampaign(store.db, { state, deliveries });

async function* lines(...texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

const LEADS = {
  approve: 'running',
  reject: 'cancelled',
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
  retry: null,
} as const;

test.each(KINDS.flatMap((kind) => CAMPAIGN_STATE_NAMES.map((state) => [kind, state] as const)))(
  '%s of a campaign that is %s is carried out and recorded, or refused with the state and the next step',
  async (kind, state) => {
    const known = Object.entries(LEADS).find(([name]) => name === kind);
    const carryOut = Object.entries(decisions).find(([name]) => name === kind)?.[1];
    const decision = Object.keys(CAMPAIGN_DECISIONS).find((name) => name === kind);
    if (known === undefined || carryOut === undefined) throw new Error(`no ${kind}`);
    const { campaignId } = await make(state);
    const work = carryOut(ownerOf(store), { campaign: campaignId.slice(0, 30), reason: 'so' });
    const allowed = Object.entries(CAMPAIGN_DECISIONS).some(
      ([name, states]) => name === decision && states.some((one) => one === state),
    );

    if (!allowed) {
      const { kind: fault, code, message, next } = faultWords(await faultOf(work));

      expect({ fault, code }).toEqual({ fault: 'state', code: `campaign_is_${state}` });
      expect(message).toContain(state === 'held' ? 'on hold' : state);
      expect(next).toContain(campaignId);
      expect(await stateOf(campaignId)).toBe(state);
      expect(await audited(store.db, campaignId)).toEqual([]);
      return;
    }
    const decided = await work;

    const to = known[1] ?? (state === 'done' ? 'running' : state);
    expect(decided).toMatchObject({ campaignId, state: to });
    expect(await stateOf(campaignId)).toBe(to);
    const { rows } = await store.db.pool.query(
      `select kind, reason, taken_at is not null as taken from decision where campaign_id = $1`,
      [campaignId],
    );
    expect(rows).toEqual([{ kind, reason: 'so', taken: true }]);
    expect(await audited(store.db, campaignId)).toMatchObject([{ action: `campaign.${kind}` }]);
  },
);

test('a cancelled campaign sends to nobody any more, and keeps what became of the others', async () => {
  const { campaignId } = await make('running', [
    { state: 'accepted' },
    { state: 'claimed' },
    {},
    { nextAt: new Date(), attempts: 1, claimedAt: new Date() },
  ]);

  await cancelCampaign(ownerOf(store), { campaign: campaignId });

  expect(await statesOf(store.db, campaignId)).toEqual([
    'accepted',
    'claimed',
    'skipped',
    'skipped',
  ]);
});

test('a retry takes what failed and nothing that may have arrived', async () => {
  const { campaignId } = await make('done', [
    { state: 'failed' },
    { state: 'unknown' },
    { state: 'bounced' },
    { state: 'skipped' },
  ]);

  const { deliveries } = await retryCampaign(ownerOf(store), { campaign: campaignId });
  const again = await faultOf(retryCampaign(ownerOf(store), { campaign: campaignId }));

  expect(deliveries).toBe(1);
  expect(await statesOf(store.db, campaignId)).toEqual([
    'planned',
    'unknown',
    'bounced',
    'skipped',
  ]);
  expect(again).toMatchObject({ code: 'nothing_to_retry' });
});

describe('a person who got the same by another campaign meanwhile', () => {
  const context = () => ({ ...ownerOf(store), keys });
  const sendAgain = {
    failed: (campaign: string, again = false) => retryCampaign(context(), { campaign, again }),
    unknown: (campaign: string, again = false) =>
      resolveCampaign(context(), { campaign, all: true, as: 'resend', again }),
  } as const;

  test.each([
    ['failed', 'accepted'],
    ['failed', 'planned'],
    ['unknown', 'accepted'],
  ] as const)('is left out when what is %s is sent again: there it is %s', async (state, there) => {
    const { campaignId, userIds } = await make('done', [{ state }, { state }]);
    await addCampaign(store.db, { deliveries: [{ state: there, userId: userIds[0] ?? '' }] });

    const decided = await sendAgain[state](campaignId);

    expect(decided).toMatchObject({ state: 'running', deliveries: 1, leftOut: 1 });
    expect(await statesOf(store.db, campaignId)).toEqual(['skipped', 'planned']);
  });

  test.each(['failed', 'unknown'] as const)(
    'makes it a refusal where nobody else is left, unless --again is given (%s)',
    async (state) => {
      const { campaignId, userIds } = await make('done', [{ state }]);
      await addCampaign(store.db, {
        deliveries: [{ state: 'accepted', userId: userIds[0] ?? '' }],
      });

      const refused = faultWords(await faultOf(sendAgain[state](campaignId)));
      const before = await statesOf(store.db, campaignId);
      const decided = await sendAgain[state](campaignId, true);

      expect(refused).toMatchObject({ kind: 'conflict', code: 'sent_recently' });
      expect(refused.next).toContain('--again');
      expect(before).toEqual([state]);
      expect(decided).toMatchObject({ deliveries: 1, leftOut: 0 });
      expect(await statesOf(store.db, campaignId)).toEqual(['planned']);
    },
  );

  test.each([
    ['failed there, too', 'failed', 0],
    ['got it two days ago', 'accepted', 48],
  ] as const)('gets it once more where it %s', async (_, state, hours) => {
    const { campaignId, userIds } = await make('done', [{ state: 'failed' }]);
    const other = await addCampaign(store.db, {
      deliveries: [{ state, userId: userIds[0] ?? '' }],
    });
    await store.db.pool.query(
      `update delivery set closed_at = now() - make_interval(hours => $2) where campaign_id = $1`,
      [other.campaignId, hours],
    );

    expect(await sendAgain.failed(campaignId)).toMatchObject({ deliveries: 1, leftOut: 0 });
  });

  test('is left out of a campaign sent with --again only where the other one came after it', async () => {
    const before = await make('done', [{ state: 'accepted' }]);
    const [userId = ''] = before.userIds;
    const { campaignId } = await make('done', [{ state: 'failed', userId }]);
    await store.db.pool.query(`update campaign set again = true where id = $1`, [campaignId]);

    const decided = await sendAgain.failed(campaignId);
    await store.db.pool.query(`update delivery set state = 'failed', closed_at = now(),
      address = 'a@example.org' where campaign_id = '${campaignId}'`);
    await make('done', [{ state: 'accepted', userId }]);

    expect(decided).toMatchObject({ deliveries: 1, leftOut: 0 });
    expect(await faultOf(sendAgain.failed(campaignId))).toMatchObject({ code: 'sent_recently' });
  });
});

test('a campaign whose time is still to come waits for it after an approval or a pause', async () => {
  const sendAt = new Date(Date.now() + 60 * MINUTE);
  const held = await addCampaign(store.db, { state: 'held', sendAt });
  const paused = await addCampaign(store.db, { state: 'paused', sendAt });

  await approveCampaign(ownerOf(store), { campaign: held.campaignId, twoPeople: false });
  await resumeCampaign(ownerOf(store), { campaign: paused.campaignId });

  expect(await stateOf(held.campaignId)).toBe('planned');
  expect(await stateOf(paused.campaignId)).toBe('planned');
});

test('where two people are asked for, another one than the sender approves', async () => {
  const author = await actor(store.db, 'admin');
  const { campaignId } = await addCampaign(store.db, { state: 'held', actorId: author.actorId });
  const input = { campaign: campaignId, twoPeople: true };

  const refused = faultWords(await faultOf(approveCampaign(author, input)));
  const state = await stateOf(campaignId);
  await approveCampaign(ownerOf(store), input);

  expect(refused).toMatchObject({ kind: 'forbidden', code: 'second_person_needed' });
  expect(refused.message).toContain('ROLLCALL_CAMPAIGN_TWO_PEOPLE');
  expect(state).toBe('held');
  expect(await stateOf(campaignId)).toBe('running');
});

test('a manager decides about their own campaigns, and does not find those of others', async () => {
  const manager = await actor(store.db, 'manager', []);
  const own = await addCampaign(store.db, { state: 'running', actorId: manager.actorId });
  const other = await addCampaign(store.db, { state: 'running' });

  await pauseCampaign(manager, { campaign: own.campaignId });

  expect(await stateOf(own.campaignId)).toBe('paused');
  expect(await faultOf(pauseCampaign(manager, { campaign: other.campaignId }))).toMatchObject({
    kind: 'not_found',
    code: 'campaign_not_found',
  });
  expect(
    await faultOf(
      resolveCampaign(
        { ...manager, keys },
        { campaign: other.campaignId, all: true, as: 'accepted' },
      ),
    ),
  ).toMatchObject({ kind: 'not_found' });
  expect(
    await faultOf(pauseCampaign(await actor(store.db, 'viewer'), { campaign: own.campaignId })),
  ).toMatchObject({ kind: 'forbidden' });
});

test('details that were removed take no decision', async () => {
  const { campaignId } = await make('done');
  await store.db.pool.query(`update campaign set forgotten_at = now() where id = $1`, [campaignId]);

  expect(await faultOf(retryCampaign(ownerOf(store), { campaign: campaignId }))).toMatchObject({
    code: 'campaign_forgotten',
  });
});

describe('unknown deliveries', () => {
  const owner = () => ({ ...ownerOf(store), keys });

  test('are sent again or taken as arrived by a person, all of them or one person at a time', async () => {
    const { campaignId, userIds } = await make('done', [
      { state: 'unknown' },
      { state: 'unknown', claim: newId() },
      { state: 'unknown' },
      { state: 'failed' },
    ]);
    const campaign = campaignId;

    const counted = await countUnresolved(owner(), { campaign, all: true });
    const one = { campaign, user: userIds[1] ?? '', as: 'accepted' } as const;
    await resolveCampaign(owner(), one);
    const afterOne = [await stateOf(campaignId), await statesOf(store.db, campaignId)];
    await resolveCampaign(owner(), { campaign, all: true, as: 'resend', expect: 2 });

    expect(counted).toEqual({ campaignId, deliveries: 3 });
    expect(afterOne).toEqual(['done', ['unknown', 'accepted', 'unknown', 'failed']]);
    expect(await statesOf(store.db, campaignId)).toEqual([
      ...['planned', 'accepted', 'planned', 'failed'],
    ]);
    expect(await stateOf(campaignId)).toBe('running');
    expect(await faultOf(resolveCampaign(owner(), one))).toMatchObject({
      code: 'nothing_to_resolve',
    });
  });

  test('are left alone when another number was confirmed', async () => {
    const { campaignId } = await make('paused', [{ state: 'unknown' }, { state: 'unknown' }]);
    const input = { campaign: campaignId, all: true, as: 'resend', expect: 1 } as const;

    expect(await faultOf(resolveCampaign(owner(), input))).toMatchObject({ code: 'count_differs' });
    expect(await statesOf(store.db, campaignId)).toEqual(['unknown', 'unknown']);
  });

  test('are refused for ten minutes after the claim, because their sender may still know', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);
    const { campaignId, userIds } = await make('running', [
      { state: 'unknown', claimedAt: ago(9.5) },
      { state: 'unknown', claimedAt: ago(10.5) },
    ]);
    const input = { campaign: campaignId, as: 'resend' } as const;

    const early = await faultOf(resolveCampaign(owner(), { ...input, all: true }));
    await resolveCampaign(owner(), { ...input, user: userIds[1] ?? '' });

    expect(early).toMatchObject({ kind: 'state', code: 'resolve_too_early' });
    expect(faultWords(early).message).toMatch(/from \d{4}-\d\d-\d\dT/);
    expect(await statesOf(store.db, campaignId)).toEqual(['unknown', 'planned']);
  });

  test('are not sent by a campaign that was cancelled', async () => {
    const { campaignId } = await make('cancelled', [{ state: 'unknown' }]);
    const campaign = campaignId;

    expect(
      await faultOf(resolveCampaign(owner(), { campaign, all: true, as: 'resend' })),
    ).toMatchObject({
      code: 'campaign_is_cancelled',
    });
    await resolveCampaign(owner(), { campaign, all: true, as: 'accepted' });
    expect(await statesOf(store.db, campaignId)).toEqual(['accepted']);
  });

  test('arrived where the log of the mail server has their Message-ID', async () => {
    const { campaignId } = await make('done', [
      { state: 'unknown' },
      { state: 'unknown' },
      { state: 'failed' },
      { state: 'unknown' },
    ]);
    const id = (n: number, key = keys[0]) =>
      messageIdOf({ campaignId, n, domain: 'example.com', key });
    const log = () =>
      lines(
        `2026-11-30 07:10:00 1abc-00 <= a@example.com H=(b) [10.0.0.1] id=${id(1).slice(1, -1)}`,
        `2026-11-30 07:10:00 1abc-01 <= a@example.com H=(b) [10.0.0.1] id=${id(3).slice(1, -1)}`,
        `2026-11-30 07:10:00 1abc-02 <= a@example.com id=${id(4, randomBytes(32)).slice(1, -1)}`,
        '2026-11-30 07:10:00 1abc-03 <= a@example.com id=another@example.com',
      );
    const input = { campaign: campaignId, as: 'accepted', acceptedIds: log() } as const;

    const { deliveries } = await resolveCampaign(owner(), input);

    expect(deliveries).toBe(1);
    expect(await statesOf(store.db, campaignId)).toEqual([
      ...['accepted', 'unknown', 'failed', 'unknown'],
    ]);
    expect(
      await faultOf(resolveCampaign(owner(), { ...input, as: 'resend', acceptedIds: log() })),
    ).toMatchObject({ kind: 'usage' });
  });
});

test('Postfix logs the Message-ID of a letter that broke off, too: it counts once it is queued', async () => {
  const { campaignId } = await make('done', [
    { state: 'unknown' },
    { state: 'unknown' },
    { state: 'unknown' },
  ]);
  const id = (n: number) => messageIdOf({ campaignId, n, domain: 'example.com', key: keys[0] });
  const queued = 'from=<a@example.com>, size=502, nrcpt=1 (queue active)';
  const log = lines(
    `Nov 30 07:10:00 mx postfix/cleanup[48]: 49AA4: message-id=${id(1)}`,
    `Nov 30 07:10:00 mx postfix/cleanup[48]: 515BA: message-id=${id(2)}`,
    `Nov 30 07:10:00 mx postfix/qmgr[12]: 49AA4: ${queued}`,
    'Nov 30 07:10:01 mx postfix/smtpd[45]: lost connection after DATA (50071 bytes)',
    `Nov 30 07:10:02 mx postfix/cleanup[48]: 60AAA: message-id=${id(3)}`,
    'Nov 30 07:10:03 mx postfix/cleanup[48]: 60AAA: message-id=<another@example.com>',
    `Nov 30 07:10:03 mx postfix/qmgr[12]: 60AAA: ${queued}`,
  );

  await resolveCampaign(
    { ...ownerOf(store), keys },
    { campaign: campaignId, as: 'accepted', acceptedIds: log },
  );

  expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'unknown', 'unknown']);
});

test('after a restore, the log of the mail server also proves what the backup does not know of', async () => {
  const { campaignId } = await addCampaign(store.db, {
    state: 'paused',
    trouble: { code: 'restored' },
    deliveries: [{ state: 'unknown' }, {}, {}],
  });
  const id = (n: number) => messageIdOf({ campaignId, n, domain: 'example.com', key: keys[0] });
  const input = { campaign: campaignId, as: 'accepted' } as const;

  await resolveCampaign(
    { ...ownerOf(store), keys },
    { ...input, acceptedIds: lines(id(1), id(2)), expect: 2 },
  );

  expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'accepted', 'planned']);
  expect(await stateOf(campaignId)).toBe('paused');
});

test('a person without any address was never sent the letter, whatever a log says, and is not counted', async () => {
  const { campaignId, userIds } = await addCampaign(store.db, {
    state: 'paused',
    trouble: { code: 'restored' },
    deliveries: [{}, {}],
  });
  await store.db.pool.query(
    `update "user" set code = 'x', email = null, email_key = null where id = $1`,
    [userIds[1]],
  );
  const id = (n: number) => messageIdOf({ campaignId, n, domain: 'example.com', key: keys[0] });
  const input = { campaign: campaignId, as: 'accepted' } as const;

  const { deliveries } = await resolveCampaign(
    { ...ownerOf(store), keys },
    { ...input, acceptedIds: lines(id(1), id(2)) },
  );

  expect(deliveries).toBe(1);
  expect(await statesOf(store.db, campaignId)).toEqual(['accepted', 'planned']);
});

test('an approval fits a campaign that is held, and none that is running', () => {
  expect(fits('approve', 'held')).toBe(true);
  expect(fits('approve', 'running')).toBe(false);
});

test.each(CAMPAIGN_STATE_NAMES)('campaigns become %s along the table of states', async (to) => {
  const added = [];
  for (const state of CAMPAIGN_STATE_NAMES) {
    added.push({ state, ...(await addCampaign(store.db, { state })) });
  }
  const campaignIds = added.map(({ campaignId }) => campaignId);

  const moved = await transaction(store.db, (tx) => moveCampaigns(tx, { campaignIds, to }));

  const allowed = added.filter(({ state }) => mayBecome(state, to));
  expect([...moved].sort()).toEqual(allowed.map(({ campaignId }) => campaignId).sort());
  for (const { campaignId, state } of added) {
    expect(await stateOf(campaignId)).toBe(mayBecome(state, to) ? to : state);
  }
});
