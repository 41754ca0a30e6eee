import { randomBytes } from 'node:crypto';
import { closingOf, outcomeOf } from '../../../../domain/letters/replies';
import type { Reply } from '../../../../domain/letters/reply';
import { newId } from '../../../../store/database/db';
import { partitionOf } from '../../../../store/database/partitions';
import {
  closeLeases,
  finishCampaign,
  lookAhead,
  openCampaign,
} from '../../../../store/letters/deliveries/campaign';
import { settleAndClaim, type SettleAndClaim } from '../../../../store/letters/deliveries/claim';
import type { Claimed, ClaimResult } from '../../../../store/letters/deliveries/close';
import { takeTurns } from '../../../../store/letters/deliveries/turns';
import { addressHashes } from '../../../../store/letters/suppressions';
import { untilBlocked } from '../../../support/blocked';
import { addCampaign, statesOf } from '../../../support/letters/campaigns';
import { testDatabase } from '../../../support/postgres';
import { addUsers } from '../../../support/users';

const database = testDatabase({ maxConnections: 10 });
const KEYS = [randomBytes(32)];

function exchange(campaignId: string, o: Partial<SettleAndClaim> = {}) {
  return settleAndClaim(database.db, {
    ...{ campaignId, results: [], k: 32, last: 0, token: newId(), keys: KEYS },
    ...{ category: 'administrative', scope: { kind: 'all' } },
    ...o,
  });
}

const ACCEPTED: Reply = { code: 250, stage: 'content', streamRead: true };
const NOTHING: Reply = { stage: 'connect', streamRead: false };
const LATER: Reply = { code: 450, enhanced: '4.2.0', stage: 'rcpt', streamRead: false };

function result(claimed: Claimed, reply: Reply): ClaimResult {
  const outcome = outcomeOf(reply);
  return { claimed, outcome, reply, closing: closingOf(outcome, reply, claimed.attempts) };
}

const people = (count: number) => Array.from({ length: count }, () => ({}));
const query = (sql: string, values: readonly unknown[] = []) =>
  database.db.pool.query<Record<string, unknown>>(sql, [...values]);

/** Makes every claim of a campaign older than its lease. */
const age = (campaignId: string) =>
  query(`update delivery set claimed_at = now() - interval '121 seconds' where campaign_id = $1`, [
    campaignId,
  ]);

async function attempts(campaignId: string) {
  const { rows } = await query(
    `select attempt, outcome, stage, smtp_code as code from delivery_attempt
     where campaign_id = $1 order by user_id, attempt`,
    [campaignId],
  );
  return rows;
}

test('senders at the same time claim different deliveries, each once', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(100) });

  const settled = await Promise.all(Array.from({ length: 6 }, () => exchange(campaignId)));

  const ns = settled.flatMap(({ claimed }) => claimed.map(({ n }) => n));
  expect(new Set(ns).size).toBe(ns.length);
  expect(ns.length).toBeGreaterThan(32);
});

test('a claim that its sender never closed is unknown after the lease, and never planned again', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(3) });
  await exchange(campaignId, { k: 2 });

  expect(await closeLeases(database.db, campaignId)).toBe(0);
  await age(campaignId);
  expect(await closeLeases(database.db, campaignId)).toBe(2);

  expect(await statesOf(database.db, campaignId)).toEqual(['unknown', 'unknown', 'planned']);
  expect(await attempts(campaignId)).toMatchObject([{ outcome: 'lost' }, { outcome: 'lost' }]);
  expect((await exchange(campaignId)).claimed.map(({ n }) => n)).toEqual([3]);
});

test('the sender who knows corrects what was lost, unless a person resolved it', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(3) });
  const { claimed } = await exchange(campaignId);
  await age(campaignId);
  await closeLeases(database.db, campaignId);
  await query(
    `update delivery set state = 'planned', claim = null, closed_at = null where campaign_id = $1 and n = 2`,
    [campaignId],
  );

  const results = claimed.map((one) => result(one, one.n === 3 ? NOTHING : ACCEPTED));
  await exchange(campaignId, { k: 0, results });

  expect(await statesOf(database.db, campaignId)).toEqual(['accepted', 'planned', 'planned']);
  const { rows } = await query(`select attempts from delivery where campaign_id = $1 order by n`, [
    campaignId,
  ]);
  expect(rows.map((row) => row['attempts'])).toEqual([1, 1, 0]);
});

test('a pause waits for a claim in progress', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(4) });
  const other = await database.db.pool.connect();
  try {
    // The claim reads its users once it has the campaign.
    await other.query('begin; lock table "user" in access exclusive mode');
    const claiming = exchange(campaignId);
    await untilBlocked(database.db);

    await expect(
      query(`select from campaign where id = $1 for update nowait`, [campaignId]),
    ).rejects.toMatchObject({ code: '55P03' });
    await other.query('commit');
    expect((await claiming).claimed).toHaveLength(4);
  } finally {
    other.release();
  }
});

test('after a pause no claim commits', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(4) });
  const other = await database.db.pool.connect();
  try {
    await other.query('begin');
    await other.query(`select from campaign where id = $1 for update`, [campaignId]);

    const claiming = exchange(campaignId);
    await untilBlocked(database.db);
    await other.query(`update campaign set state = 'paused' where id = $1`, [campaignId]);
    await other.query('commit');

    expect(await claiming).toMatchObject({ state: 'paused', claimed: [] });
  } finally {
    other.release();
  }
  expect(await statesOf(database.db, campaignId)).toEqual(Array(4).fill('planned'));
});

test('what a cancelled campaign puts off is not planned again', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(2) });
  const { claimed } = await exchange(campaignId);
  await query(`update campaign set state = 'cancelled', finished_at = now() where id = $1`, [
    campaignId,
  ]);

  const [one, two] = claimed;
  if (one === undefined || two === undefined) throw new Error('two were claimed');
  await exchange(campaignId, { results: [result(one, LATER), result(two, ACCEPTED)] });

  expect(await statesOf(database.db, campaignId)).toEqual(['skipped', 'accepted']);
});

test('a bounce that comes before the close wins, and the attempt says accepted', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(1) });
  const { claimed } = await exchange(campaignId);
  await query(
    `update delivery set state = 'bounced', claim = null, closed_at = now() where campaign_id = $1`,
    [campaignId],
  );

  await exchange(campaignId, { results: claimed.map((one) => result(one, ACCEPTED)) });

  expect(await statesOf(database.db, campaignId)).toEqual(['bounced']);
  expect(await attempts(campaignId)).toEqual([
    { attempt: 1, outcome: 'accepted', stage: 'content', code: 250 },
  ]);
});

test('a deferred delivery waits for its time; one of which nothing was sent does not', async () => {
  const { campaignId } = await addCampaign(database.db, { deliveries: people(2) });
  const { claimed } = await exchange(campaignId);

  const results = claimed.map((one) => result(one, one.n === 1 ? LATER : NOTHING));
  await exchange(campaignId, { k: 0, results });

  expect(await attempts(campaignId)).toMatchObject([{ outcome: 'deferred', code: 450 }]);
  const { ready, waitUntil } = await lookAhead(database.db, campaignId);
  expect(ready).toBe(true);
  expect(waitUntil).toBeGreaterThan(Date.now() + 4 * 60_000);
  expect((await exchange(campaignId)).claimed.map(({ n }) => n)).toEqual([2]);
  await query(`update delivery set next_at = now() where campaign_id = $1 and n = 1`, [campaignId]);
  expect((await exchange(campaignId)).claimed).toMatchObject([{ n: 1, attempts: 1 }]);
});

test('who is not to get it now is skipped, with the reason', async () => {
  const ids = await addUsers(database.db.pool, [
    { email: 'now@example.com' },
    { email: 'left@example.com', status: 'inactive' },
    { login: 'mailless' },
    { email: 'never@example.com' },
    { email: 'bored@example.com' },
  ]);
  const [hash] = addressHashes({ keys: KEYS }, 'Never@example.com');
  const [bored] = addressHashes({ keys: KEYS }, 'bored@example.com');
  await query(
    `insert into suppression (address_hash, reason) values ($1, 'hard_bounce'), ($2, 'unsubscribed')`,
    [hash, bored],
  );
  const deliveries = ids.map((userId) => ({ userId }));
  const { campaignId } = await addCampaign(database.db, { deliveries });

  const { claimed, skipped } = await exchange(campaignId);

  const { rows } = await query(`select reason from delivery where campaign_id = $1 order by n`, [
    campaignId,
  ]);
  expect(rows.map((row) => row['reason'])).toEqual([
    null,
    'inactive',
    'no_address',
    'hard_bounce',
    null,
  ]);
  expect([claimed.map(({ address }) => address), skipped]).toEqual([
    ['now@example.com', 'bored@example.com'],
    3,
  ]);
  const optional = await addCampaign(database.db, { deliveries });
  const second = await exchange(optional.campaignId, { category: 'optional' });
  expect(second.claimed.map(({ address }) => address)).toEqual(['now@example.com']);
  const bound = await addCampaign(database.db, { deliveries });
  const scope = { kind: 'organizations', ids: [newId()] } as const;
  expect((await exchange(bound.campaignId, { scope })).claimed).toEqual([]);
});

test('a campaign begins at its time, is held when it is a day late, and ends with its last delivery', async () => {
  const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000);
  const ahead = await addCampaign(database.db, { state: 'planned', sendAt: hours(1) });
  const late = await addCampaign(database.db, { state: 'planned', sendAt: hours(-25) });
  const due = await addCampaign(database.db, {
    ...{ state: 'planned', sendAt: hours(-1), deliveries: [{ state: 'accepted' }, {}] },
  });

  expect(await openCampaign(database.db, ahead.campaignId)).toMatchObject({ state: 'planned' });
  expect(await openCampaign(database.db, late.campaignId)).toMatchObject({ state: 'held' });
  expect(await openCampaign(database.db, due.campaignId)).toMatchObject({ state: 'running' });
  expect(await finishCampaign(database.db, due.campaignId)).toEqual({ state: 'running' });
  await query(
    `update delivery set state = 'skipped', closed_at = now() where campaign_id = $1 and n = 2`,
    [due.campaignId],
  );
  expect(await finishCampaign(database.db, due.campaignId)).toEqual({ state: 'done' });
  const { rows } = await query(
    `select state, held, finished_at is not null as ended from campaign where id = any ($1) order by id`,
    [[late.campaignId, due.campaignId]],
  );
  expect(rows).toEqual([
    { state: 'held', held: [{ gate: 'late', count: 25, limit: 24 }], ended: false },
    { state: 'done', held: [], ended: true },
  ]);
});

test('a campaign that its approval began has statistics of its day before it is sent', async () => {
  const id = newId(new Date(Date.now() - 40 * 24 * 3_600_000));
  const { campaignId } = await addCampaign(database.db, { id, deliveries: people(7) });

  await openCampaign(database.db, campaignId);

  const { rows } = await query(`select reltuples from pg_class where relname = $1`, [
    partitionOf('delivery', campaignId),
  ]);
  expect(rows).toEqual([{ reltuples: 7 }]);
});

test('workers share a budget: together they get no more turns than it has', async () => {
  const budgets = [
    { key: 'smtp:a', perSecond: 1 / 3_600 },
    { key: 'campaign:b', perSecond: 1_000_000 },
  ];

  const taken = await Promise.all(
    Array.from({ length: 8 }, () => takeTurns(database.db.pool, { budgets, k: 32 })),
  );

  expect(taken.reduce((sum, { granted }) => sum + granted, 0)).toBe(1);
  expect(Math.max(...taken.map(({ waitMs }) => waitMs))).toBeGreaterThan(3_500_000);
  expect(await takeTurns(database.db.pool, { budgets: [], k: 32 })).toEqual({
    granted: 32,
    waitMs: 0,
  });
});

test('a time that is over here, and still to come by the clock of the database, is waited for', async () => {
  const soon = new Date(Date.now() + 3_600_000);
  const planned = await addCampaign(database.db, { state: 'planned', sendAt: soon });
  const deferred = await addCampaign(database.db, {
    deliveries: [{ nextAt: soon, attempts: 1, claimedAt: new Date(), address: 'a@example.org' }],
  });
  const here = soon.getTime() + 60_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(here);

  const opened = await openCampaign(database.db, planned.campaignId);
  const ahead = await lookAhead(database.db, deferred.campaignId);
  clock.mockRestore();

  expect([opened.waitUntil, ahead.waitUntil]).toEqual([here + 10_000, here + 10_000]);
});
