import { randomBytes } from 'node:crypto';
import { deliverFor, type DeliveryDeps } from '../../../activities/deliveries';
import { Post } from '../../../activities/delivery/post';
import type { CountingServer } from '../../../company/smtp/server';
import { moodByChance, type SmtpMood } from '../../../company/smtp/faults';
import { senderOf } from '../../../connectors/delivery/smtp/compose';
import { openSender } from '../../../connectors/delivery/smtp/sender';
import type { Sender } from '../../../connectors/delivery/smtp/types';
import { Fault } from '../../../domain/faults';
import { contextsOf } from '../../../store/letters/contexts';
import { lookAhead } from '../../../store/letters/deliveries/campaign';
import { settleAndClaim } from '../../../store/letters/deliveries/claim';
import { addCampaign, statesOf } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';
import { countingServers } from '../../support/smtp';

const database = testDatabase({ maxConnections: 10 });
const open = countingServers();
const senders: Sender[] = [];
const FROM = 'Learning <learning@example.com>';

afterEach(() => {
  jest.restoreAllMocks();
  for (const sender of senders.splice(0)) sender.close();
});

/** A worker's part, of which several may send the same campaign. */
function worker(server: CountingServer, o: Partial<DeliveryDeps> & { connections?: number } = {}) {
  const sender = openSender({ url: server.url, from: FROM, connections: o.connections ?? 8 });
  senders.push(sender);
  const deps: DeliveryDeps = {
    db: database.db,
    log: { warn: () => undefined },
    renderer: {
      render: (letter, { user }) => Promise.resolve({ ...letter, text: `Hello ${user.name}` }),
    },
    mail: () => ({
      ...{
        sender,
        from: senderOf(FROM),
        keys: [KEY],
        dkim: null,
        unsubscribe: null,
        perSecond: null,
      },
    }),
    stopping: new AbortController().signal,
    ...o,
  };
  return { deps, post: new Post() };
}

const KEY = randomBytes(32);
const people = (count: number) => Array.from({ length: count }, () => ({}));

/** Sends until nothing is ready; each wait for a next try is over at once. */
async function untilSent(
  campaignId: string,
  workers: readonly ReturnType<typeof worker>[],
): Promise<void> {
  for (let round = 0; round < 60; round += 1) {
    await database.db.pool.query(
      `update delivery set next_at = null where campaign_id = $1 and state = 'planned'`,
      [campaignId],
    );
    const lanes = workers.flatMap(({ deps, post }) => [
      deliverFor(deps, { campaignId, post }),
      deliverFor(deps, { campaignId, post }),
    ]);
    await Promise.all(lanes);
    const { counts, state } = await lookAhead(database.db, campaignId);
    if (state !== 'running' || counts.planned + counts.claimed === 0) return;
  }
}

async function rowsOf(campaignId: string) {
  const { rows } = await database.db.pool.query<{
    n: number;
    state: string;
    reason: string | null;
    attempts: number;
    address: string | null;
    smtpCode: number | null;
  }>(
    `select n, state, reason, attempts, address, smtp_code as "smtpCode" from delivery
     where campaign_id = $1 order by n`,
    [campaignId],
  );
  return rows;
}

test('three hundred get one each from two workers, through faults at every stage', async () => {
  const server = await open({ mood: moodByChance({ seed: 13, rate: 0.04 }) });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(300) });

  const outcomes: string[] = [];
  const onOutcome = (outcome: string) => void outcomes.push(outcome);

  await untilSent(campaignId, [worker(server, { onOutcome }), worker(server, { onOutcome })]);

  const rows = await rowsOf(campaignId);
  const counts = server.counts();
  const dropped = server.messages.filter(({ answer }) => answer === 'drop').map(({ to }) => to);
  expect(Math.max(...counts.values())).toBe(1);
  const of = (state: string) => rows.filter((row) => row.state === state);
  expect(of('accepted').length + of('unknown').length).toBe(300);
  const counted = (outcome: string) => outcomes.filter((one) => one === outcome).length;
  expect(counted('accepted')).toBe(of('accepted').length);
  expect(counted('perhaps')).toBe(of('unknown').length);
  expect(of('accepted').filter(({ address }) => counts.get(address ?? '') !== 1)).toEqual([]);
  expect(
    of('unknown')
      .map(({ address }) => address)
      .sort(),
  ).toEqual(dropped.sort());
  expect(dropped.length).toBeGreaterThan(0);
}, 20_000);

test('a sender that claims after it has sent gives some people two: the counting shows it', async () => {
  const server = await open();
  const { campaignId } = await addCampaign(database.db, { deliveries: people(40) });
  // Looks without claiming, and writes the outcome alone.
  const exchange: typeof settleAndClaim = async (db, o) => {
    const { pool } = db;
    for (const { claimed } of o.results) {
      await pool.query(
        `update delivery set state = 'accepted', closed_at = now(), address = $3
         where campaign_id = $1 and n = $2 and state = 'planned'`,
        [o.campaignId, claimed.n, claimed.address],
      );
    }
    const { rows } = await pool.query<{ n: number; userId: string; address: string }>(
      `select d.n, d.user_id as "userId", u.email as address from delivery d join "user" u on u.id = d.user_id
       where campaign_id = $1 and state = 'planned' and n > $2 order by n limit $3`,
      [o.campaignId, o.last, o.k],
    );
    const claimed = rows.map((row) => ({ ...row, attempts: 0, claim: o.token }));
    const last = Math.max(o.last, ...rows.map(({ n }) => n));
    const [actor] = (await pool.query<{ id: string }>('select id from admin limit 1')).rows;
    const userIds = rows.map(({ userId }) => userId);
    const contexts = await contextsOf(pool, { actorId: actor?.id ?? '', userIds });
    return {
      state: 'running',
      claimed,
      contexts,
      skipped: 0,
      last,
      none: o.k > 0 && rows.length === 0,
    };
  };

  await untilSent(campaignId, [worker(server, { exchange }), worker(server, { exchange })]);

  expect(Math.max(...server.counts().values())).toBeGreaterThan(1);
}, 20_000);

test('outcomes stay in memory while the database is away, and nothing more is claimed', async () => {
  const server = await open();
  const { campaignId } = await addCampaign(database.db, { deliveries: people(60) });
  const away = { left: 3 };
  const exchange: typeof settleAndClaim = async (db, o) => {
    if (o.results.length > 0 && away.left > 0) {
      away.left -= 1;
      throw new Fault('unavailable', { code: 'database_unavailable', message: 'away' });
    }
    return settleAndClaim(db, o);
  };
  const { deps, post } = worker(server, { exchange });

  await deliverFor(deps, { campaignId, post });

  expect(new Set(await statesOf(database.db, campaignId))).toEqual(new Set(['accepted']));
  expect(Math.max(...server.counts().values())).toBe(1);
  expect(away.left).toBe(0);
  expect(post.free).toBe(32);
}, 20_000);

test('two campaigns share the window: neither waits for the end of the other, and a kill leaves at most 32', async () => {
  const server = await open();
  const [first, second] = [
    await addCampaign(database.db, { deliveries: people(80) }),
    await addCampaign(database.db, { deliveries: people(80) }),
  ];
  const seen: { readonly campaignId: string; readonly claimed: number }[] = [];
  const exchange: typeof settleAndClaim = async (db, o) => {
    const settled = await settleAndClaim(db, o);
    const { rows } = await database.db.pool.query<{ claimed: number }>(
      `select count(*)::int as claimed from delivery where state = 'claimed'`,
    );
    seen.push({ campaignId: o.campaignId, claimed: rows[0]?.claimed ?? 0 });
    return settled;
  };
  const { deps, post } = worker(server, { exchange });

  await Promise.all(
    [first, second].map(({ campaignId }) => deliverFor(deps, { campaignId, post })),
  );

  const order = seen.map(({ campaignId }) => campaignId);
  expect(order.indexOf(second.campaignId)).toBeLessThan(order.lastIndexOf(first.campaignId));
  expect(order.indexOf(first.campaignId)).toBeLessThan(order.lastIndexOf(second.campaignId));
  expect(Math.max(...seen.map(({ claimed }) => claimed))).toBeLessThanOrEqual(32);
  expect([server.messages.length, post.free]).toEqual([160, 32]);
}, 20_000);

test('a claim whose commit was not answered is given back, because nothing of it was sent', async () => {
  const server = await open();
  const { campaignId } = await addCampaign(database.db, { deliveries: people(40) });
  const lost = { once: true };
  const exchange: typeof settleAndClaim = async (db, o) => {
    const settled = await settleAndClaim(db, o);
    if (lost.once && settled.claimed.length > 0) {
      lost.once = false;
      throw new Fault('unavailable', { code: 'database_unavailable', message: 'away' });
    }
    return settled;
  };
  const { deps, post } = worker(server, { exchange });

  await untilSent(campaignId, [{ deps, post }]);

  expect(lost.once).toBe(false);
  expect(new Set(await statesOf(database.db, campaignId))).toEqual(new Set(['accepted']));
  expect(Math.max(...server.counts().values())).toBe(1);
}, 20_000);

test('a worker that drains claims no more, and brings in what is on the wire', async () => {
  const server = await open({ mood: () => ({ kind: 'slow', ms: 30 }) });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(200) });
  const stopping = new AbortController();
  const { deps, post } = worker(server, { stopping: stopping.signal, connections: 2 });

  const lane = deliverFor(deps, { campaignId, post });
  while (server.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  stopping.abort();
  const { counts } = await lane;

  expect(counts.claimed + counts.unknown).toBe(0);
  expect(counts.accepted).toBe(server.messages.length);
  expect(counts.planned).toBeGreaterThan(0);
}, 20_000);

test.each(['paused', 'cancelled'] as const)(
  'letters that wait for a connection are given back once the campaign is %s',
  async (to) => {
    const { campaignId } = await addCampaign(database.db, { deliveries: people(8) });
    const stop = () =>
      database.db.pool.query(
        `update campaign set state = $2::campaign_state,
           finished_at = case when $2 = 'cancelled' then now() end where id = $1`,
        [campaignId, to],
      );
    // Each dialogue takes longer than a look at the campaign is good for.
    const server = await open({
      mood: ({ stage, nth }) => {
        if (stage !== 'mail') return null;
        if (nth === 1) void stop();
        return { kind: 'slow', ms: 1_100 };
      },
    });
    const { deps, post } = worker(server, { connections: 1 });

    await deliverFor(deps, { campaignId, post });

    expect(server.messages).toHaveLength(1);
    expect((await statesOf(database.db, campaignId)).sort()).toEqual([
      'accepted',
      ...Array<string>(7).fill(to === 'paused' ? 'planned' : 'skipped'),
    ]);
  },
  20_000,
);

const REFUSING: readonly (readonly [string, SmtpMood, string])[] = [
  [
    'the sender is refused',
    ({ stage }) => (stage === 'mail' ? { kind: 'reply', line: '550 5.7.1 Not you' } : null),
    'mail_sender_refused',
  ],
  [
    'relay is denied',
    ({ stage }) =>
      stage === 'rcpt' ? { kind: 'reply', line: '554 5.7.1 Relay access denied' } : null,
    'mail_refused_in_a_row',
  ],
  [
    'relay is not permitted, in the words of Exim',
    ({ stage, recipient }) =>
      stage === 'rcpt' ? { kind: 'reply', line: `550 <${recipient}>: relay not permitted` } : null,
    'mail_refused_in_a_row',
  ],
  [
    'the domain of the sender is not found',
    ({ stage }) => (stage === 'rcpt' ? { kind: 'reply', line: '550 5.1.8 No domain' } : null),
    'mail_sender_refused',
  ],
  [
    'a login is wanted at RCPT',
    ({ stage }) => (stage === 'rcpt' ? { kind: 'reply', line: '530 Log in first' } : null),
    'mail_auth_refused',
  ],
  [
    'the letter is too large',
    ({ stage }) => (stage === 'dot' ? { kind: 'reply', line: '552 5.2.3 Size' } : null),
    'letter_too_large',
  ],
  [
    'the content is refused ten times in a row',
    ({ stage }) => (stage === 'dot' ? { kind: 'reply', line: '554 5.6.0 Spam' } : null),
    'mail_refused_in_a_row',
  ],
];

test.each(REFUSING)(
  'when %s, the campaign is paused and nobody failed',
  async (_, mood, code) => {
    const server = await open({ mood });
    const { campaignId } = await addCampaign(database.db, { deliveries: people(60) });
    const { deps, post } = worker(server);

    const { state } = await deliverFor(deps, { campaignId, post });

    const { rows } = await database.db.pool.query<{ code: string }>(
      `select trouble ->> 'code' as code from campaign where id = $1`,
      [campaignId],
    );
    expect([state, rows[0]?.code]).toEqual(['paused', code]);
    expect(new Set(await statesOf(database.db, campaignId))).toEqual(new Set(['planned']));

    server.setMood(null);
    await database.db.pool.query(`update campaign set state = 'running' where id = $1`, [
      campaignId,
    ]);
    await untilSent(campaignId, [worker(server)]);
    expect(new Set(await statesOf(database.db, campaignId))).toEqual(new Set(['accepted']));
  },
  20_000,
);

test('mailboxes that do not exist fail, though ten in a row are refused alike', async () => {
  const server = await open({
    mood: ({ stage }) => (stage === 'rcpt' ? { kind: 'reply', line: '550 5.1.1 Unknown' } : null),
  });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(40) });
  const { deps, post } = worker(server);

  const { state, counts } = await deliverFor(deps, { campaignId, post });

  expect([state, counts.failed]).toEqual(['running', 40]);
});

test('a wrong password pauses the campaign', async () => {
  const server = await open({ auth: { user: 'rollcall', pass: 'right' } });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(20) });
  const url = server.url.replace('//', '//rollcall:wrong@');
  const { deps, post } = worker({ ...server, url });

  const { state, counts } = await deliverFor(deps, { campaignId, post });

  expect([state, counts.planned]).toEqual(['paused', 20]);
});

test('a server that is away costs no attempt, and the lane says until when to wait', async () => {
  const server = await open({
    mood: ({ stage }) => (stage === 'greeting' ? { kind: 'drop' } : null),
  });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(20) });
  const post = new Post();
  for (let i = 0; i < 5; i += 1) post.unreached(Date.now() + i * 100_000 - 500_000);
  post.unreached(Date.now());
  const { deps } = worker(server);

  const { waitUntil, counts } = await deliverFor(deps, { campaignId, post });

  expect(waitUntil).toBeGreaterThan(Date.now());
  expect(counts.planned).toBe(20);
  expect((await rowsOf(campaignId)).every(({ attempts }) => attempts === 0)).toBe(true);
});

test('a letter that cannot be rendered for a person fails for that person alone', async () => {
  const server = await open();
  const { campaignId, userIds } = await addCampaign(database.db, { deliveries: people(3) });
  const { deps, post } = worker(server, {
    renderer: {
      render: (letter, { user }) =>
        user.email === `${userIds[1] ?? ''}@example.org`
          ? Promise.reject(new Fault('usage', { code: 'bad_value', message: 'no' }))
          : Promise.resolve(letter),
    },
  });

  await deliverFor(deps, { campaignId, post });

  const rows = await rowsOf(campaignId);
  expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
    ['accepted', null],
    ['failed', 'render'],
    ['accepted', null],
  ]);
});

test('a worker that cannot make letters fails nobody, and does not claim them again at once', async () => {
  const server = await open();
  const { campaignId } = await addCampaign(database.db, { deliveries: people(3) });
  const render = jest.fn(() => Promise.reject(new Error('no thread starts for p1@x.org')));
  const warn = jest.fn();
  const { deps, post } = worker(server, { renderer: { render }, log: { warn }, laneMs: 200 });

  await deliverFor(deps, { campaignId, post });

  expect(render).toHaveBeenCalledTimes(3);
  expect((await rowsOf(campaignId)).map(({ state, attempts }) => [state, attempts])).toEqual(
    Array.from({ length: 3 }, () => ['planned', 0]),
  );
  expect(warn.mock.calls).toHaveLength(1);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('p1@x.org');
});

test('a worker that drains while the database is away brings in what it knows once that is back', async () => {
  const server = await open();
  const { campaignId } = await addCampaign(database.db, { deliveries: people(20) });
  const stopping = new AbortController();
  const away = { left: 2 };
  const exchange: typeof settleAndClaim = async (db, o) => {
    if (o.results.length > 0) stopping.abort();
    if (o.results.length > 0 && away.left > 0) {
      away.left -= 1;
      throw new Fault('unavailable', { code: 'database_unavailable', message: 'away' });
    }
    return settleAndClaim(db, o);
  };
  const { deps, post } = worker(server, { exchange, stopping: stopping.signal });

  const { counts } = await deliverFor(deps, { campaignId, post });

  expect([counts.accepted, counts.claimed, away.left]).toEqual([20, 0, 0]);
}, 20_000);

test('a worker that was stopped and wakes sends nothing by the claims that it held, also where they wait', async () => {
  const asleep = { ms: 0 };
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + asleep.ms);
  // Its first send is on the wire while it is stopped; the others wait for the one connection.
  const server = await open({
    mood: ({ stage }) => {
      if (stage === 'data') asleep.ms = 600_000;
      return null;
    },
  });
  const { campaignId } = await addCampaign(database.db, { deliveries: people(5) });
  const { deps, post } = worker(server, { connections: 1 });

  await deliverFor(deps, { campaignId, post });

  expect(server.messages).toHaveLength(1);
  expect((await statesOf(database.db, campaignId)).sort()).toEqual([
    'accepted',
    ...Array<string>(4).fill('planned'),
  ]);
}, 20_000);
