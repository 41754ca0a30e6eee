import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, loadStoreConfig } from '../../config/env';
import { requireMail, SINK_FROM } from '../../config/mail';

const home = mkdtempSync(join(tmpdir(), 'rollcall-mail-config-'));
const databaseUrl = 'postgres://rollcall:pw@127.0.0.1:5555/rollcall';
const service = (name: string, port: number) => ({
  ...{ name, pid: 1, started: 'then' },
  address: `127.0.0.1:${String(port)}`,
});

function stackWith(...services: ReturnType<typeof service>[]): void {
  const stack = {
    ...{ databaseUrl, temporalAddress: '127.0.0.1:7777', temporalNamespace: 'default' },
    ...{ uiUrl: null, temporalCli: null, supervisor: { pid: 1, started: 'then' }, services },
    worker: { health: 'http://127.0.0.1:9999' },
  };
  writeFileSync(join(home, 'stack.json'), JSON.stringify(stack));
}

const load = (env: Readonly<Record<string, string>> = {}) =>
  loadStoreConfig({ env: { ROLLCALL_HOME: home, ...env }, folder: '/' });

beforeEach(() => {
  stackWith(service('postgres', 5555), service('mail', 2525));
});

afterAll(() => {
  rmSync(home, { recursive: true });
});

test('letters of an embedded stack go to its sink, from a default sender', () => {
  expect(load().mail).toEqual({ url: 'smtp://127.0.0.1:2525', from: SINK_FROM, sink: true });
  expect(load({ ROLLCALL_MAIL_FROM: 'a@x.org' }).mail?.from).toBe('a@x.org');
  expect(load({ ROLLCALL_DATABASE_URL: databaseUrl }).mail?.sink).toBe(true);
});

test('a worker of the stack gets its sink as a setting, before stack.json is there', () => {
  rmSync(join(home, 'stack.json'));

  const worker = load({
    ROLLCALL_DATABASE_URL: databaseUrl,
    ROLLCALL_SINK_URL: 'smtp://127.0.0.1:2525',
  });

  expect(worker.mail).toEqual({ url: 'smtp://127.0.0.1:2525', from: SINK_FROM, sink: true });
  expect(() => load({ ROLLCALL_SINK_URL: 'smtp://mail.x.org:25' })).toThrow(/ROLLCALL_SINK_URL/);
});

test('a configured server takes the place of the sink, and needs a sender', () => {
  const url = 'smtp://mail.x.org';

  const mail = load({ ROLLCALL_SMTP_URL: url, ROLLCALL_MAIL_FROM: 'Ann <a@x.org>' }).mail;
  const noSender = load({ ROLLCALL_SMTP_URL: url });

  expect(mail).toEqual({ url, from: 'Ann <a@x.org>', sink: false });
  expect(() => requireMail(noSender)).toThrow(
    expect.objectContaining({
      code: 'mail_not_configured',
      next: expect.objectContaining({ text: expect.stringMatching(/^Set ROLLCALL_MAIL_FROM /) }),
    }),
  );
});

test.each([
  ['a database of your own', { ROLLCALL_DATABASE_URL: 'postgres://ann@db/people' }],
  [
    'a database of your own, with a sender',
    {
      ROLLCALL_DATABASE_URL: 'postgres://ann@db/people',
      ROLLCALL_MAIL_FROM: 'a@x.org',
    },
  ],
])('%s has no sink', (_, env) => {
  const config = load(env);

  expect(config.mail).toBeNull();
  expect(() => requireMail(config)).toThrow('No mail server is configured');
});

test('the stack of an older build has no sink, and loads', () => {
  stackWith(service('postgres', 5555));

  expect(load()).toMatchObject({ databaseUrl, mail: null });
});

test.each(['Learning', 'Learning <>', '<a@x.org>, b@x.org', 'a@x.org\nBcc: b@x.org', 'a b@x.org'])(
  'a sender is one address: not %j',
  (from) => {
    expect(() => load({ ROLLCALL_MAIL_FROM: from })).toThrow(/ROLLCALL_MAIL_FROM: must be one/);
  },
);

test('the URL of a mail server says required or opportunistic of TLS, or nothing', () => {
  const mailOf = (url: string) => load({ ROLLCALL_SMTP_URL: url, ROLLCALL_MAIL_FROM: 'a@x.org' });

  expect(mailOf('smtp://mail.x.org?tls=opportunistic').mail?.sink).toBe(false);
  expect(() => mailOf('smtp://mail.x.org?tls=true')).toThrow(
    'ROLLCALL_SMTP_URL: may have ?tls=required or ?tls=opportunistic, and no other tls',
  );
});

test('the shown configuration says that the sender comes from the embedded stack', () => {
  const shown = describeConfig({ env: { ROLLCALL_HOME: home }, folder: '/' });

  expect(shown).toContainEqual({
    name: 'ROLLCALL_MAIL_FROM',
    value: SINK_FROM,
    from: 'embedded stack',
  });
});
