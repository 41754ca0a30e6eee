import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAlert, listAlerts, removeAlert } from '../../operations/alerts/alerts';
import { ALERT_WORDS } from '../../wording/alerts';
import { forgetTargets } from '../support/alerts';
import { testDatabase } from '../support/postgres';
import {
  startHookReceiver,
  startMailReceiver,
  type HookReceiver,
  type MailReceiver,
} from '../support/fakes/receivers';
import { rollcall, type Ran } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-alerts-'));
const NAMES = [
  'ROLLCALL_HOME',
  'ROLLCALL_DATABASE_URL',
  'ROLLCALL_SECRET_KEY',
  'ROLLCALL_ALLOW_PRIVATE_HOSTS',
  'ROLLCALL_SMTP_URL',
  'ROLLCALL_MAIL_FROM',
] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);
const up: { hook?: HookReceiver; mail?: MailReceiver } = {};

function hook(): HookReceiver {
  if (up.hook === undefined) throw new Error('the receiver is not up');
  return up.hook;
}

beforeAll(async () => {
  up.hook = await startHookReceiver();
  up.mail = await startMailReceiver();
});
beforeEach(async () => {
  Object.assign(process.env, {
    ROLLCALL_HOME: folder,
    ROLLCALL_DATABASE_URL: store.url,
    ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    ROLLCALL_ALLOW_PRIVATE_HOSTS: hook().host,
    ROLLCALL_SMTP_URL: up.mail?.url,
    ROLLCALL_MAIL_FROM: 'rollcall@example.org',
  });
  hook().received.length = 0;
  hook().statuses = [];
  await forgetTargets(store.db);
});
afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
  await up.hook?.stop();
  await up.mail?.stop();
});

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const add = (...options: string[]): Promise<Ran> =>
  rollcall(['alerts', 'add', ...options, '--json']);

interface Shown {
  readonly id: string;
  readonly secret: string | null;
}

test('a webhook’s secret is made, shown once and sealed', async () => {
  const added = await add('--webhook', hook().url);
  const listed = await rollcall(['alerts', 'list', '--json']);
  const plain = await rollcall(['alerts', 'list']);

  const { secret, id } = added.json() as Shown;
  expect(added.exit).toBe(0);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(listed.json()).toEqual({
    alerts: [
      expect.objectContaining({
        id,
        kind: 'webhook',
        to: hook().url,
        events: [
          'held',
          'quarantined',
          'failed',
          'overdue',
          'conflicts',
          'token_ending',
          'token_recovered',
          'campaign_held',
          'campaign_paused',
          'campaign_unknown',
        ],
        enabled: true,
        sent: 0,
        waiting: 0,
        trouble: null,
      }),
    ],
    next: null,
  });
  expect(listed.out + plain.out).not.toContain(secret);
  const { rows } = await store.db.pool.query<{ text: string }>(
    `select encode(secrets, 'escape') || t::text as text from alert_target t`,
  );
  expect(rows[0]?.text).not.toContain(secret?.slice(6));
});

test('a receiver’s own secret comes from a file, and is shown nowhere', async () => {
  const file = join(folder, 'secret.txt');
  writeFileSync(file, `${SECRET}\n`);

  const added = await add('--webhook', hook().url, '--secret', `@${file}`);

  expect(added).toMatchObject({ exit: 0 });
  expect(added.json()).toMatchObject({ secret: null });
});

test('some events can be chosen', async () => {
  const added = await add('--email', 'ops@example.org', '--events', 'failed, held');

  expect(added.json()).toMatchObject({ to: 'ops@example.org', events: ['held', 'failed'] });
});

test('a test goes out at once, and says when it did not arrive', async () => {
  const webhook = (await add('--webhook', hook().url)).json() as Shown;
  const email = (await add('--email', 'ops@example.org')).json() as Shown;

  const posted = await rollcall(['alerts', 'test', webhook.id, '--json']);
  const mailed = await rollcall(['alerts', 'test', email.id]);
  hook().statuses = [500];
  const broken = await rollcall(['alerts', 'test', webhook.id, '--json']);

  expect(posted).toMatchObject({ exit: 0 });
  expect(JSON.parse(hook().received[0]?.body ?? '')).toMatchObject({ type: 'alert.test' });
  expect(mailed).toMatchObject({ exit: 0, out: 'A test was sent to ops@example.org\n' });
  expect(up.mail?.mails[0]?.text).toContain('Subject: Rollcall: this is a test');
  expect(broken.exit).toBe(1);
  expect(broken.json()).toMatchObject({
    error: {
      code: 'alert_not_sent',
      message: 'The test did not arrive: The receiver answers 500.',
      next: `rollcall alerts test ${webhook.id}`,
    },
  });
});

test('a test from a shell that may not call the host names the setting', async () => {
  const { id } = (await add('--webhook', hook().url)).json() as Shown;
  delete process.env['ROLLCALL_ALLOW_PRIVATE_HOSTS'];

  const refused = await rollcall(['alerts', 'test', id, '--json']);

  expect(refused.json()).toMatchObject({
    error: {
      code: 'alert_not_sent',
      next: expect.stringMatching(
        new RegExp(
          `ROLLCALL_ALLOW_PRIVATE_HOSTS=${hook().host} .*, then: rollcall alerts test ${id}$`,
        ),
      ),
    },
  });
});

test('a removed target gets no more alerts', async () => {
  const { id } = (await add('--webhook', hook().url)).json() as Shown;

  const removed = await rollcall(['alerts', 'remove', id, '--json']);
  const again = await rollcall(['alerts', 'remove', id, '--json']);

  expect(removed.json()).toEqual({ id, to: hook().url, removed: true });
  expect(again.exit).toBe(5);
  expect(again.json()).toMatchObject({ error: { next: 'rollcall alerts list' } });
});

test('the same address twice is refused, because it would get everything twice', async () => {
  await add('--webhook', hook().url);

  const again = await add('--webhook', hook().url);

  expect(again.exit).toBe(1);
  expect(again.json()).toMatchObject({ error: { code: 'alert_exists' } });
});

test('all mistakes are reported at once, and a key in an address is not repeated', async () => {
  const wrong = await add('--webhook', 'http://10.0.0.1/x?key=zqkey', '--events', 'hold');
  await add('--webhook', `${hook().url}?key=zqkey`);
  const listed = await rollcall(['alerts', 'list']);

  expect(wrong.exit).toBe(2);
  expect(wrong.json()).toMatchObject({
    error: {
      message: expect.stringMatching(
        /10\.0\.0\.1 .*https.*ROLLCALL_ALLOW_PRIVATE_HOSTS=10\.0\.0\.1 .*\n.*is held meant\?/s,
      ),
      next: 'rollcall alerts add --help',
    },
  });
  expect(wrong.out + listed.out).not.toContain('zqkey');
  expect(listed.out).toContain('?…');
});

test.each([
  [[], /Give --email or --webhook/],
  [['--email', 'a@example.org', '--webhook', 'https://example.com'], /Give --email or --webhook/],
  [['--email', 'nobody'], /no e-mail address/],
  [['--email', 'a@example.org', '--secret', 'env:MY_SECRET'], /is not set/],
  [['--webhook', 'https://user:pw@example.com/'], /without a user name/],
  [['--webhook', 'nowhere'], /takes a URL/],
  [['--webhook', 'https://example.com', '--secret', SECRET], /does not belong on the command line/],
])('wrong usage: alerts add %j', async (options, message) => {
  const ran = await add(...options);

  expect(ran.exit).toBe(2);
  expect(ran.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
  expect(ran.out).not.toContain(SECRET);
});

test('without a mail server an address is refused, with what to set', async () => {
  delete process.env['ROLLCALL_SMTP_URL'];
  delete process.env['ROLLCALL_MAIL_FROM'];

  const ran = await add('--email', 'ops@example.org');

  expect(ran.exit).toBe(2);
  expect(ran.json()).toMatchObject({
    error: { message: expect.stringMatching(/ROLLCALL_SMTP_URL.*ROLLCALL_MAIL_FROM/) },
  });
});

test('a manager may neither see nor change the targets', async () => {
  const deps = {
    ...{ keys: [], allowPrivateHosts: [], smtpUrl: null, mailFrom: null },
    words: ALERT_WORDS,
  };
  const { db } = store;
  const who = { actorId: '', level: 'manager', door: 'cli', tokenId: null } as const;
  const context = { db, ...who, ...deps };

  for (const work of [
    addAlert(context, { email: 'a@example.org' }),
    listAlerts(context),
    removeAlert(context, '0192'),
  ]) {
    await expect(work).rejects.toMatchObject({ kind: 'forbidden' });
  }
});
