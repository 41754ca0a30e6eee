import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, loadConfig, unknownSettings } from '../../config/env';
import { SETTINGS } from '../../config/settings';
import { settingWarning } from '../../config/unknown';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-config-'));
const servers = {
  ROLLCALL_DATABASE_URL: 'postgres://ann:s3cret@db:5432/people',
  ROLLCALL_TEMPORAL_ADDRESS: 'temporal:7233',
};

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('every fault is told in one message, without the values of secrets', () => {
  const env = {
    ...servers,
    ROLLCALL_DATABASE_URL: 'mysql://ann:s3cret@db/people',
    ROLLCALL_TEMPORAL_ADDRESS: 'http://temporal:7233',
    ROLLCALL_LOG_LEVEL: 'loud',
    ROLLCALL_MAX_COLUMNS: 'many',
    ROLLCALL_SECRET_KEY: 'c2hvcnQ=',
    ROLLCALL_TEMPORAL_API_KEY_FILE: 'missing.txt',
    ROLLCALL_TEMPORAL_TLS_CERT: 'pem',
  };

  const load = () => loadConfig({ env, folder });

  expect(load).toThrow(/7 faults/);
  for (const name of Object.keys(env))
    expect(load).toThrow(new RegExp(name.replace('CERT', 'KEY')));
  expect(load).not.toThrow(/s3cret|c2hvcnQ/);
});

test('the time zone of people without one is UTC, or any of the IANA database', () => {
  const zoneOf = (zone?: string) =>
    loadConfig({ env: { ...servers, ROLLCALL_TIME_ZONE: zone }, folder }).timeZone;

  expect(zoneOf()).toBe('UTC');
  expect(zoneOf('Europe/Vienna')).toBe('Europe/Vienna');
  expect(() => zoneOf('Europe/Wien')).toThrow(/ROLLCALL_TIME_ZONE: must be a time zone/);
});

test('the environment goes before .env, and both before NAME_FILE', () => {
  writeFileSync(join(folder, '.env'), 'ROLLCALL_LOG_LEVEL=debug\nROLLCALL_MAIL_FROM=env@x.org\n');
  writeFileSync(join(folder, 'from.txt'), 'file@x.org\n');
  writeFileSync(join(folder, 'smtp.txt'), 'smtp://mail.x.org\n');

  const config = loadConfig({
    env: {
      ...servers,
      ROLLCALL_LOG_LEVEL: 'warn',
      ROLLCALL_MAIL_FROM_FILE: 'from.txt',
      ROLLCALL_SMTP_URL_FILE: 'smtp.txt',
    },
    folder,
  });

  expect(config).toMatchObject({
    logLevel: 'warn',
    mailFrom: 'env@x.org',
    smtpUrl: 'smtp://mail.x.org',
    embedded: false,
  });
});

test('unset servers are the embedded ones of stack.json; a configured one replaces only its own', () => {
  const stack = {
    databaseUrl: 'postgres://rollcall:pw@127.0.0.1:5555/rollcall',
    temporalAddress: '127.0.0.1:7777',
    temporalNamespace: 'default',
    uiUrl: 'http://127.0.0.1:8888',
    temporalCli: '/bin/temporal',
    supervisor: { pid: 1, started: 'then' },
    services: [],
    worker: { health: 'http://127.0.0.1:9999' },
  };
  writeFileSync(join(folder, 'stack.json'), JSON.stringify(stack));

  const embedded = loadConfig({ env: { ROLLCALL_HOME: folder }, folder: '/' });
  const mixed = loadConfig({
    env: { ROLLCALL_HOME: folder, ROLLCALL_TEMPORAL_ADDRESS: 'temporal:7233' },
    folder: '/',
  });

  expect(embedded).toMatchObject({
    embedded: true,
    databaseUrl: stack.databaseUrl,
    temporal: { address: stack.temporalAddress },
    uiUrl: stack.uiUrl,
  });
  expect(mixed).toMatchObject({
    databaseUrl: stack.databaseUrl,
    temporal: { address: 'temporal:7233' },
    uiUrl: null,
  });
});

test('with nothing up and nothing configured the next step is rollcall up', () => {
  const load = () => loadConfig({ env: {}, folder: '/', home: '/nowhere' });

  expect(load).toThrow(
    expect.objectContaining({ code: 'nothing_up', next: { do: 'startServers' } }),
  );
});

test('an API key or a certificate turns TLS on, with the PEM texts as the SDK takes them', () => {
  const key = loadConfig({ env: { ...servers, ROLLCALL_TEMPORAL_API_KEY: 'k' }, folder: '/' });
  const cert = loadConfig({
    env: { ...servers, ROLLCALL_TEMPORAL_TLS_CERT: 'C', ROLLCALL_TEMPORAL_TLS_KEY: 'K' },
    folder: '/',
  });

  expect(key.temporal).toMatchObject({ apiKey: 'k', tls: {} });
  expect(cert.temporal.tls).toEqual({
    clientCertPair: { crt: Buffer.from('C'), key: Buffer.from('K') },
  });
  expect(() =>
    loadConfig({
      env: { ...servers, ROLLCALL_TEMPORAL_API_KEY: 'k', ROLLCALL_TEMPORAL_TLS: 'false' },
      folder: '/',
    }),
  ).toThrow(/never sent without TLS/);
});

test('the shown configuration names every setting and no secret', () => {
  const shown = describeConfig({
    env: { ...servers, ROLLCALL_TEMPORAL_API_KEY: 'top-secret' },
    folder: '/',
  });

  expect(shown.map(({ name }) => name)).toEqual(Object.keys(SETTINGS.shape));
  expect(JSON.stringify(shown)).not.toMatch(/s3cret|top-secret/);
  expect(shown).toContainEqual({
    name: 'ROLLCALL_DATABASE_URL',
    value: 'postgres://ann:(set)@db:5432/people',
    from: 'environment',
  });
});

test('a name that looks like a setting and is none is worth a warning with the nearest one', () => {
  writeFileSync(join(folder, '.env'), 'ROLLCALL_MAIL_FORM=a@x.org\n');
  const env = {
    ...servers,
    ROLLCALL_DATABSE_URL: 'postgres://ann:s3cret@db/people',
    ROLLCALL_SECRET_KEI_FILE: 'key.txt',
    ROLLCALL_WEATHER: 'fine',
    ROLLCALL_EMPTY: '',
    // Read elsewhere, or a setting's file.
    ROLLCALL_TEMPORAL_CLI: '/bin/temporal',
    ROLLCALL_TEST_DATABASE_URL: 'postgres://x@y/z',
    ROLLCALL_SMTP_URL_FILE: 'smtp.txt',
  };

  const unknown = unknownSettings({ env, folder });

  expect(unknown).toEqual([
    { name: 'ROLLCALL_DATABSE_URL', from: 'environment', nearest: 'ROLLCALL_DATABASE_URL' },
    { name: 'ROLLCALL_SECRET_KEI_FILE', from: 'environment', nearest: 'ROLLCALL_SECRET_KEY_FILE' },
    { name: 'ROLLCALL_WEATHER', from: 'environment', nearest: null },
    { name: 'ROLLCALL_MAIL_FORM', from: '.env', nearest: 'ROLLCALL_MAIL_FROM' },
  ]);
  expect(unknown.map(settingWarning).join()).not.toContain('s3cret');
});
