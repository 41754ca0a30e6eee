import { createHmac } from 'node:crypto';
import { pino } from 'pino';
import { signature } from '../../connectors/delivery/webhook';
import { addAlert, type AlertContext } from '../../operations/alerts/alerts';
import { openAlertSender, type AlertSender } from '../../operations/alerts/sendAlert';
import { raiseAlerts } from '../../store/alerts/alerts';
import { selectAlertTargets } from '../../store/alerts/alertTargets';
import { sendDue, keepSending } from '../../worker/alerts';
import { ALERT_WORDS } from '../../wording/alerts';
import { createMetrics } from '../../worker/metrics';
import { ownerOf } from '../operations/support';
import { forgetTargets } from '../support/alerts';
import { testDatabase } from '../support/postgres';
import {
  startHookReceiver,
  startMailReceiver,
  type HookReceiver,
  type MailReceiver,
  type Received,
} from '../support/fakes/receivers';
import { eventually } from '../support/stack';

const store = testDatabase();
const log = pino({ level: 'silent' });
const { alerts: counter } = createMetrics();
const up: { hook?: HookReceiver; mail?: MailReceiver; sender?: AlertSender } = {};

function hook(): HookReceiver {
  if (up.hook === undefined) throw new Error('the receiver is not up');
  return up.hook;
}
function mail(): MailReceiver {
  if (up.mail === undefined) throw new Error('the mail server is not up');
  return up.mail;
}
function context(): AlertContext {
  return {
    ...ownerOf(store),
    keys: [Buffer.alloc(32, 7)],
    allowPrivateHosts: [hook().host],
    smtpUrl: mail().url,
    mailFrom: 'Learning <learning@example.com>',
    words: ALERT_WORDS,
  };
}
function loop() {
  up.sender ??= openAlertSender(context());
  return { db: store.db, sender: up.sender, log, metrics: { alerts: counter } };
}

beforeAll(async () => {
  up.hook = await startHookReceiver();
  up.mail = await startMailReceiver();
});
afterAll(async () => {
  up.sender?.close();
  await up.hook?.stop();
  await up.mail?.stop();
});
beforeEach(async () => {
  await forgetTargets(store.db);
  hook().received.length = 0;
  hook().statuses = [];
  mail().mails.length = 0;
  mail().refusals = [];
});

const RUN = '0192f0c1-0000-7000-8000-000000000000';

async function raise(key = 'held:1'): Promise<void> {
  await raiseAlerts(store.db.pool, [
    {
      event: 'held',
      key,
      data: {
        source: 'csv',
        state: 'held',
        runId: RUN,
        kind: 'import',
        counts: { rows: 2, created: 2 },
        held: [{ gate: 'creations', count: 2, limit: 0 }],
        next: { do: 'showRun', run: RUN },
      },
    },
  ]);
}

/** Makes every waiting alert due. */
async function now(): Promise<void> {
  await store.db.pool.query(
    `update alert set next_attempt_at = now() - interval '1 second' where next_attempt_at is not null`,
  );
}

/** Checks a signature as a receiver does, by standardwebhooks.com alone. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
  const age = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']));
  const sum = createHmac('sha256', key).update(signed).digest('base64');
  return headers['webhook-signature'] === `v1,${sum}` && age < 300;
}

test('the signature is that of the standard’s own example', () => {
  const headers = signature({
    url: 'https://example.com',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  });

  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a webhook is signed with its secret and has type, time and data', async () => {
  const { secret } = await addAlert(context(), { webhook: hook().url });
  await raise();

  await sendDue(loop());

  const [received, ...more] = hook().received;
  if (received === undefined) throw new Error('nothing came');
  expect(more).toEqual([]);
  expect(isSigned(received, secret ?? '')).toBe(true);
  expect(isSigned({ ...received, body: received.body.replace('2', '3') }, secret ?? '')).toBe(
    false,
  );
  expect(received.headers['content-type']).toBe('application/json');
  expect(JSON.parse(received.body)).toEqual({
    type: 'run.held',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: {
      source: 'csv',
      state: 'held',
      runId: RUN,
      kind: 'import',
      counts: { rows: 2, created: 2 },
      held: [{ gate: 'creations', count: 2, limit: 0 }],
      next: `npx rollcall runs show ${RUN}`,
    },
  });
});

test('a receiver that fails gets the same id and body again later, and then no more', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise();
  hook().statuses = [500];

  await sendDue(loop());
  const atOnce = await sendDue(loop());
  const [troubled] = await selectAlertTargets(store.db.pool);
  await now();
  await sendDue(loop());
  await now();
  const after = await sendDue(loop());

  expect([atOnce, after]).toEqual([0, 0]);
  expect(troubled).toMatchObject({
    sent: 0,
    waiting: 1,
    trouble: { event: 'held', message: 'The receiver answers 500.', attempts: 1 },
  });
  const [first, second] = hook().received;
  expect(hook().received).toHaveLength(2);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.body).toBe(first?.body);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([
    { sent: 1, waiting: 0, trouble: null },
  ]);
});

test('a worker that is killed between sending and recording it sends the same id again', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise();
  const { sender } = loop();
  const killed = {
    close: () => undefined,
    send: async (alert: Parameters<AlertSender['send']>[0]) => {
      await sender.send(alert);
      // The worker dies here: nothing is recorded after this.
      return new Promise<never>(() => undefined);
    },
  };

  void sendDue({ ...loop(), sender: killed });
  await eventually(() => (hook().received.length === 1 ? true : undefined));
  await now();
  await sendDue(loop());

  const ids = hook().received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([{ sent: 1, waiting: 0 }]);
});

test('an alert is tried seven times within a day, then given up', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise();
  hook().statuses = Array.from({ length: 20 }, () => 503);
  const minutes: number[] = [];

  while ((await sendDue(loop())) > 0) {
    const { rows } = await store.db.pool.query<{ minutes: number | null }>(
      `select round(extract(epoch from next_attempt_at - now()) / 60)::int as minutes from alert`,
    );
    minutes.push(rows[0]?.minutes ?? 0);
    await now();
  }

  expect(minutes).toEqual([1, 5, 30, 120, 360, 720, 0]);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([
    { sent: 0, waiting: 0, givenUp: 1, trouble: { attempts: 7, nextAttemptAt: null } },
  ]);
});

test('a redirect is not followed', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise();
  hook().statuses = [307];

  await sendDue(loop());

  expect(hook().received.map(({ path }) => path)).toEqual(['/hooks']);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([
    { sent: 0, trouble: { message: 'The receiver answers 307.' } },
  ]);
});

test('a receiver that is gone gets no more alerts', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise('held:1');
  hook().statuses = [410];

  await sendDue(loop());
  await raise('held:2');
  await sendDue(loop());

  expect(hook().received).toHaveLength(1);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([{ enabled: false }]);
});

test('a private address that is not allowed any more is not called', async () => {
  await addAlert(context(), { webhook: hook().url });
  await raise();
  const strict = openAlertSender({ ...context(), allowPrivateHosts: [] });

  await sendDue({ ...loop(), sender: strict });
  strict.close();

  expect(hook().received).toEqual([]);
  expect(await selectAlertTargets(store.db.pool)).toMatchObject([
    { waiting: 1, trouble: { message: expect.stringContaining('without https') } },
  ]);
});

test('a mail says what happened and what to do', async () => {
  await addAlert(context(), { email: 'ops@example.org' });
  await raise();

  await sendDue(loop());

  const [mailed] = mail().mails;
  expect(mailed).toMatchObject({ from: 'learning@example.com', to: ['ops@example.org'] });
  expect(mailed?.text).toMatch(/^Subject: Rollcall: the import of csv is held\r$/m);
  expect(mailed?.text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(mailed?.text).toContain('creations: 2 people would be created.');
  expect(mailed?.text).toContain(`npx rollcall runs show ${RUN}`);
});

test('a mail that was refused for now is sent again under the same Message-ID, and no address is kept', async () => {
  await addAlert(context(), { email: 'ops@example.org' });
  await raise();
  mail().refusals = [451];

  await sendDue(loop());
  const [troubled] = await selectAlertTargets(store.db.pool);
  await now();
  await sendDue(loop());

  expect(troubled?.trouble?.message).toBe('The mail server refuses it (451, EENVELOPE).');
  const { rows } = await store.db.pool.query<{ id: string }>('select id from alert');
  expect(mail().mails).toHaveLength(1);
  expect(mail().mails[0]?.text).toContain(`Message-ID: <${rows[0]?.id ?? ''}@example.com>`);
});

test('a worker without a mail server says so in the list', async () => {
  await addAlert(context(), { email: 'ops@example.org' });
  await raise();
  const mute = openAlertSender({ ...context(), smtpUrl: null });

  await sendDue({ ...loop(), sender: mute });
  mute.close();

  expect(await selectAlertTargets(store.db.pool)).toMatchObject([
    { waiting: 1, trouble: { message: expect.stringContaining('ROLLCALL_SMTP_URL') } },
  ]);
});

test('one receiver that is away delays no other', async () => {
  const strict = { ...context(), allowPrivateHosts: [hook().host, '127.0.0.1:1'] };
  await addAlert(strict, { webhook: 'http://127.0.0.1:1/away' });
  await addAlert(strict, { webhook: hook().url });
  await raise();
  const sender = openAlertSender(strict);

  await sendDue({ ...loop(), sender });
  sender.close();

  expect(hook().received).toHaveLength(1);
  const standing = await selectAlertTargets(store.db.pool);
  expect(standing.map(({ sent, waiting }) => [sent, waiting])).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('the loop sends what arrives while it runs, and ends when its signal is aborted', async () => {
  await addAlert(context(), { webhook: hook().url });
  const ended = new AbortController();
  const running = keepSending(loop(), ended.signal);

  await raise();
  await eventually(() => (hook().received.length === 1 ? true : undefined));
  ended.abort();

  await expect(running).resolves.toBeUndefined();
});
