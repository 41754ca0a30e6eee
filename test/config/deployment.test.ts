import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../config/env';
import { SETTINGS } from '../../config/settings';
import { projectRoot } from '../../embedded/paths';
import { SEARCH_ATTRIBUTES } from '../../embedded/temporal';

const text = (name: string): string => readFileSync(join(projectRoot(), name), 'utf8');

interface ComposeService {
  readonly image?: string;
  /** Null: as it is where compose runs; unset unless it is set there. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly command?: readonly string[];
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const compose: {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
} = parse(text('docker-compose.yml'), { merge: true });

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

test('compose runs Postgres 18, Temporal on a database of its own with a UI, and the worker', () => {
  expect(service('postgres').image).toBe('postgres:18');
  expect(service('temporal').environment).toMatchObject({
    DB: 'postgres12',
    POSTGRES_SEEDS: 'temporal-postgres',
  });
  expect(service('temporal-ui').environment).toMatchObject({ TEMPORAL_ADDRESS: 'temporal:7233' });
  expect(service('worker').build).toBe('.');
});

test("the log of compose's Postgres quotes no values", () => {
  expect(service('postgres').command).toEqual(
    expect.arrayContaining([
      '--log_min_messages=log',
      '--log_error_verbosity=terse',
      '--log_min_error_statement=panic',
    ]),
  );
});

test('the worker waits for a migrated database, a healthy Temporal and its search attributes', () => {
  expect(service('worker').depends_on).toMatchObject({
    migrate: { condition: 'service_completed_successfully' },
    'search-attributes': { condition: 'service_completed_successfully' },
    temporal: { condition: 'service_healthy' },
  });
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    expect(service('search-attributes').command?.join(' ')).toContain(
      `--name ${name} --type ${type}`,
    );
  }
});

test('whatever is depended on exists, and has a health check where health is waited for', () => {
  for (const { depends_on: needs = {}, volumes = [] } of Object.values(compose.services)) {
    for (const [name, { condition }] of Object.entries(needs)) {
      expect(compose.services).toHaveProperty([name]);
      if (condition === 'service_healthy') expect(service(name).healthcheck).toBeDefined();
    }
    for (const volume of volumes)
      expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
  }
});

test('only loopback ports are published', () => {
  const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports);

  expect(published.length).toBeGreaterThan(0);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test.each([
  ['without a mail server', {}, null],
  [
    'with the mail server of .env',
    { ROLLCALL_SMTP_URL: 'smtp://mx.example.org', ROLLCALL_MAIL_FROM: 'a@example.org' },
    { url: 'smtp://mx.example.org', from: 'a@example.org', sink: false },
  ],
])('the worker of compose has a configuration that Rollcall accepts, %s', (_, outside, mail) => {
  const given: Readonly<Record<string, string>> = outside;
  const env = Object.fromEntries(
    Object.entries(service('worker').environment ?? {}).map(([name, value]) => [
      name,
      value === null ? given[name] : value.replace(/\$\{\w+:-(\w+)\}/g, '$1'),
    ]),
  );

  expect(loadConfig({ env, folder: '/' })).toMatchObject({
    embedded: false,
    mail,
    databaseUrl: 'postgres://rollcall:rollcall@postgres:5432/rollcall',
    temporal: { address: 'temporal:7233' },
    health: { host: '0.0.0.0', port: 8080 },
  });
});

test('.env.example names every setting, and only settings', () => {
  const named = new Set(
    [...text('.env.example').matchAll(/^# (ROLLCALL_\w+?)(_FILE)?=/gm)].map((match) => match[1]),
  );
  const outside = [
    'ROLLCALL_TEMPORAL_CLI',
    'ROLLCALL_TEMPORAL_TEST_SERVER',
    'ROLLCALL_TEST_DATABASE_URL',
  ];

  expect([...named].sort()).toEqual([...Object.keys(SETTINGS.shape), ...outside].sort());
});

test('the numbers in .env.example are the defaults', () => {
  const defaults: Readonly<Record<string, unknown>> = SETTINGS.parse({});
  const wrong = [...text('.env.example').matchAll(/^# (ROLLCALL_\w+)=(\d+)$/gm)].filter(
    ([, name = '', given]) => defaults[name] !== undefined && defaults[name] !== Number(given),
  );

  expect(wrong.map(([line]) => line)).toEqual([]);
});

test('continuous integration runs what a developer runs', () => {
  const ci: { jobs: Record<string, { steps: readonly { run?: string }[] }> } = parse(
    text('.github/workflows/ci.yml'),
  );

  expect(ci.jobs['test']?.steps.map(({ run }) => run)).toContain('.ci/run');
  expect(text('.ci/run')).toMatch(/^exec npm test$/m);
});
