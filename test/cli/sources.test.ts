import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '../support/postgres';
import { tinyHr } from '../support/fakes/tinyHr';
import { rollcall, type Ran } from './harness';

jest.mock('@temporalio/client', () =>
  jest.requireActual<typeof import('../support/impatient')>('../support/impatient').impatient(),
);

const store = testDatabase();
const hr = tinyHr([
  { id: '1', number: 'E1', email: 'ann@example.org', firstName: 'Ann' },
  { id: '2', number: 'E2', email: 'not an address' },
]);
const folder = mkdtempSync(join(tmpdir(), 'rollcall-sources-'));
const NAMES = [
  'ROLLCALL_HOME',
  'ROLLCALL_DATABASE_URL',
  'ROLLCALL_TEMPORAL_ADDRESS',
  'ROLLCALL_SECRET_KEY',
  'ROLLCALL_ALLOW_PRIVATE_HOSTS',
] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeAll(() => {
  Object.assign(process.env, {
    ROLLCALL_HOME: folder,
    ROLLCALL_DATABASE_URL: store.url,
    // No server listens on this port.
    ROLLCALL_TEMPORAL_ADDRESS: '127.0.0.1:1',
    ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    ROLLCALL_ALLOW_PRIVATE_HOSTS: hr.host,
  });
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

const add = (name: string, secret: string, input = ''): Promise<Ran> =>
  rollcall(
    [
      ...['sources', 'add', 'bamboohr', '--name', name, '--config', 'company=acme'],
      ...['--base-url', hr.baseUrl, '--secret', secret, '--json'],
    ],
    { input },
  );

test('types are listed with the settings that each one needs', async () => {
  const all = await rollcall(['sources', 'types', '--json']);
  const one = await rollcall(['sources', 'types', 'bamboohr']);

  const { types } = all.json() as { types: { id: string }[] };
  expect(types.map(({ id }) => id)).toEqual(expect.arrayContaining(['bamboohr', 'hubspot']));
  expect(types.find(({ id }) => id === 'bamboohr')).toMatchObject({
    config: [{ key: 'company', required: true }],
    secrets: [{ name: 'apiKey', required: true }],
  });
  expect(one.out).toContain(
    'next: rollcall sources add bamboohr --name NAME --config company=… --secret apiKey=-',
  );
});

test('a secret comes from standard input or a file, and is shown nowhere', async () => {
  const file = join(folder, 'key.txt');
  writeFileSync(file, `${hr.key}\n`);

  const piped = await add('piped', 'apiKey=-', `${hr.key}\n`);
  const filed = await add('filed', `apiKey=@${file}`);
  const tests = await Promise.all(
    ['piped', 'filed'].map((name) => rollcall(['sources', 'test', name, '--json'])),
  );
  const shown = await rollcall(['sources', 'show', 'piped']);

  expect([piped.exit, filed.exit]).toEqual([0, 0]);
  // 3: an error of one of the two people would be over the limit.
  expect(tests.map(({ exit }) => exit)).toEqual([3, 3]);
  expect(shown.out).toMatch(/secret apiKey\s+set/);
  const said = [piped, filed, shown, ...tests].map(({ out, err }) => out + err).join('');
  expect(said).not.toContain(hr.key);
});

test('a secret on the command line is refused and not repeated', async () => {
  const named = await add('bare', 'apiKey=canary-9911');
  const bare = await add('bare', 'canary-9911');

  expect([named.exit, bare.exit]).toEqual([2, 2]);
  expect(named.out).toContain('apiKey=-');
  expect(named.out + bare.out).not.toContain('canary-9911');
});

test('all mistakes of a command line are reported at once', async () => {
  const ran = await rollcall([
    ...['sources', 'add', 'bamboohr', '--name', 'x', '--config', 'company'],
    ...['--secret', 'apiKey=env:ROLLCALL_NOT_SET', '--secret', 'other=@/not/there', '--json'],
  ]);

  expect(ran.exit).toBe(2);
  const { error } = ran.json() as { error: { message: string } };
  for (const part of ['KEY=VALUE', 'ROLLCALL_NOT_SET', '/not/there']) {
    expect(error.message).toContain(part);
  }
});

test('a test prints the people for a person to look at, and one alone when asked', async () => {
  await add('looked', 'apiKey=-', hr.key);

  const all = await rollcall(['sources', 'test', 'looked']);
  const one = await rollcall(['sources', 'test', 'looked', '--only', '1']);
  const gone = await rollcall(['sources', 'test', 'looked', '--only', '99']);
  const step = await rollcall(['sources', 'sync', 'looked', '--only', '1']);

  expect(all.out).toContain('2 of 2 people in');
  expect(all.out).toContain('bad_email');
  expect(all.out).toContain('next: rollcall sources sync looked --dry-run');
  expect([one.exit, gone.exit, step.exit]).toEqual([0, 5, 0]);
  expect(step.out).toMatch(/read .*\nmapped .*Ann.*\nmatched {2}nobody\nplanned {2}create\n/);
  expect(step.out).toContain('firstName: ∅ → Ann');
});

test('a key that was refused is reported as refused, and is not repeated', async () => {
  await add('wrong', 'apiKey=-', 'canary-wrong-9922');

  const ran = await rollcall(['sources', 'test', 'wrong', '--json']);

  expect(ran.exit).toBe(1);
  expect(ran.json()).toMatchObject({ error: { code: 'credentials_refused' } });
  expect(ran.out + ran.err).not.toContain('canary-wrong-9922');
});

test('no sync is recorded while Temporal is away', async () => {
  await add('away', 'apiKey=-', hr.key);

  const ran = await rollcall(['sources', 'sync', 'away', '--json']);

  expect(ran.json()).toMatchObject({ error: { code: 'temporal_unavailable' } });
  const { rows } = await store.db.pool.query('select count(*)::int as n from run');
  expect(rows).toEqual([{ n: 0 }]);
});

test('the list shows what each source is and its state', async () => {
  await add('listed', 'apiKey=-', hr.key);

  const { sources } = (await rollcall(['sources', 'list', '--json'])).json() as {
    sources: { name: string }[];
  };
  const text = (await rollcall(['sources', 'list'])).out;

  expect(sources.find(({ name }) => name === 'listed')).toMatchObject({
    kind: 'connector',
    connector: 'bamboohr',
    state: 'ready',
    trouble: null,
    blockedBy: null,
    lastSyncAt: null,
    nextSyncAt: null,
  });
  expect(text).toMatch(/listed +bamboohr +ready/);
});

test('a schedule that Temporal did not get is kept, with the command to go on', async () => {
  await add('timed', 'apiKey=-', hr.key);

  const ran = await rollcall(['sources', 'schedule', 'timed', '--every', '1h', '--json']);
  const paused = await rollcall(['sources', 'pause', 'timed', '--json']);
  const { rows } = await store.db.pool.query(
    `select c.polling, c.schedule from connection c join source s on s.id = c.source_id
     where s.name = 'timed'`,
  );

  expect(ran.exit).toBe(1);
  expect(ran.json()).toMatchObject({
    error: {
      code: 'schedule_not_followed',
      next: expect.stringContaining('rollcall sources schedule timed'),
    },
  });
  expect(paused.json()).toMatchObject({
    error: { message: expect.stringContaining('the source is paused') },
  });
  expect(rows).toEqual([{ polling: 'paused', schedule: { everyMinutes: 60 } }]);
});

test('a source without a schedule is paused and resumed without Temporal', async () => {
  await add('quiet', 'apiKey=-', hr.key);

  const paused = await rollcall(['sources', 'pause', 'quiet', '--json']);
  const refused = await rollcall(['sources', 'sync', 'quiet', '--only', '1', '--full']);
  const resumed = await rollcall(['sources', 'resume', 'quiet', '--json']);

  expect(paused.json()).toEqual({ name: 'quiet', schedule: null, paused: true });
  expect(refused.exit).toBe(2);
  expect(resumed.json()).toMatchObject({ paused: false });
});

test('removing asks, and does nothing without an answer', async () => {
  await add('stays', 'apiKey=-', hr.key);

  const ran = await rollcall(['sources', 'remove', 'stays', '--json']);

  expect(ran.exit).toBe(2);
  expect(ran.json()).toMatchObject({ error: { message: expect.stringContaining('--yes') } });
});

describe('a connection file of the user', () => {
  const file = join(folder, 'own.json');
  const pages = join(folder, 'pages');

  beforeAll(async () => {
    mkdirSync(pages);
    await rollcall(['connectors', 'init', file]);
    const person = (id: number) => ({
      id: `p${String(id)}`,
      workEmail: `p${String(id)}@example.org`,
      firstName: 'Pat',
      status: id === 3 ? 'gone fishing' : 'active',
      startDate: '2020-01-01',
    });
    const meta = { total: 3 };
    const first = { data: [person(1), person(2)], meta: { ...meta, nextCursor: 'c2' } };
    writeFileSync(join(pages, '1.json'), JSON.stringify(first));
    writeFileSync(join(pages, '2.json'), JSON.stringify({ data: [person(3)], meta }));
  });

  test('begins as a valid example', async () => {
    const ran = await rollcall(['connectors', 'validate', file, '--json']);

    expect(ran.exit).toBe(0);
    expect(ran.json()).toMatchObject({ valid: true, id: 'ourHr', faults: [] });
  });

  test('gets every fault with its place', async () => {
    const broken = join(folder, 'broken.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      broken,
      text.replace('"version": 1', '"version": "one", "extra": 1').replace('"hris"', '"zoo"'),
    );

    const ran = await rollcall(['connectors', 'validate', broken, '--json']);
    const plain = await rollcall(['connectors', 'validate', broken]);

    expect(ran.exit).toBe(2);
    const { faults } = ran.json() as { faults: { path: string }[] };
    expect(faults.map(({ path }) => path).sort()).toEqual(['/extra', '/system', '/version']);
    expect(plain.out).toContain('3 mistakes');
  });

  test('is tried on saved pages, which are read in their order', async () => {
    const ran = await rollcall(['connectors', 'try', file, '--pages', pages, '--json']);
    const plain = await rollcall(['connectors', 'try', file, '--pages', pages]);

    expect(ran.exit).toBe(3);
    expect(ran.json()).toMatchObject({
      requests: [
        { request: expect.stringMatching(/^GET https:.*\/people\?/), file: '1.json' },
        { request: expect.stringContaining('cursor=c2'), file: '2.json' },
      ],
      unused: [],
      people: [{ externalId: 'p1' }, { externalId: 'p2' }, { faults: [{ field: 'status' }] }],
      complete: true,
      coverage: { email: 3, department: 0 },
      faulty: 1,
    });
    expect(plain.out).toContain('! nobody has');
    expect(plain.out).toContain('the list is complete');
  });

  test('gets the name of the page that is missing', async () => {
    rmSync(join(pages, '2.json'));

    const ran = await rollcall(['connectors', 'try', file, '--pages', pages, '--json']);

    expect(ran.json()).toMatchObject({
      error: { code: 'page_not_saved', message: expect.stringContaining('cursor=c2') },
    });
  });

  test('makes a source, which is shown as such', async () => {
    const ran = await rollcall(
      [
        ...['sources', 'add', '--connector', file, '--name', 'own', '--config', 'host=hr.test'],
        ...['--secret', 'token=-', '--json'],
      ],
      { input: 'canary-token' },
    );

    expect(ran.json()).toMatchObject({ connector: 'ourHr', custom: true, system: 'Our HR system' });
  });

  test('with which people get lost makes a source only on a yes', async () => {
    const lossy = join(folder, 'lossy.json');
    const example = JSON.parse(readFileSync(file, 'utf8')) as {
      reads: { full: { complete: object }[] };
    };
    const [read] = example.reads.full;
    const faulty = join(folder, 'faulty.json');
    writeFileSync(faulty, JSON.stringify({ ...example, baseUrl: 'no address' }));
    const full = [{ ...read, complete: { by: 'endSignal' } }];
    writeFileSync(lossy, JSON.stringify({ ...example, reads: { ...example.reads, full } }));
    const add = [
      'sources',
      'add',
      '--connector',
      lossy,
      '--name',
      'lossy',
      '--config',
      'host=hr.test',
    ];
    const token = [...['--secret', 'token=-'], '--json'];

    const wrong = await rollcall(
      [...add.map((word) => (word === lossy ? faulty : word)), ...token],
      { input: 'canary-token' },
    );
    const refused = await rollcall([...add, ...token], { input: 'canary-token' });
    const added = await rollcall([...add, ...token, '--yes'], { input: 'canary-token' });

    expect(wrong.json()).toMatchObject({
      error: { next: `rollcall connectors validate ${faulty}` },
    });
    expect(refused.exit).toBe(2);
    expect(refused.json()).toMatchObject({
      error: {
        message: expect.stringMatching(
          /people can get lost[^]*! \/reads\/full\/0\/complete: Name the total[^]*No source was added/,
        ) as unknown,
        next: `rollcall connectors check ${lossy}`,
      },
    });
    expect(added.json()).toMatchObject({ name: 'lossy' });
  });

  test('that is no JSON is refused as such', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{');

    const ran = await rollcall(['connectors', 'validate', bad, '--json']);

    expect(ran.exit).toBe(2);
    expect(ran.json()).toMatchObject({ error: { code: 'not_json' } });
  });
});

test('source precedence is set, listed and cleared; unknown sources are refused by name', async () => {
  await add('first', 'apiKey=-', `${hr.key}\n`);
  const set = await rollcall(
    ['sources', 'precedence', 'job title', '--sources', 'first,csv', '--json'],
    {},
  );
  const text = await rollcall(['sources', 'precedence']);
  const stranger = await rollcall(['sources', 'precedence', 'jobTitle', '--sources', 'first,who']);
  const noField = await rollcall(['sources', 'precedence', 'shoeSize', '--sources', 'first']);
  const cleared = await rollcall(['sources', 'precedence', 'jobTitle', '--clear', '--json']);

  expect(set.json()).toMatchObject({
    mastering: [{ field: 'jobTitle', sources: ['first', 'csv'] }],
  });
  expect(text.out).toMatch(/jobTitle +first, csv/);
  expect([stranger.exit, stranger.err]).toEqual([5, expect.stringContaining('"who"')]);
  expect([noField.exit, noField.err]).toEqual([2, expect.stringContaining('"shoeSize"')]);
  expect(cleared.json()).toMatchObject({ mastering: [] });
});

test('the old word for source precedence still works, is hidden, and names the new one', async () => {
  const [plain, json, quiet] = [
    await rollcall(['sources', 'mastering']),
    await rollcall(['sources', 'mastering', '--json']),
    await rollcall(['sources', 'mastering', '--quiet']),
  ];
  const help = await rollcall(['sources', '--help']);
  const now = await rollcall(['sources', 'precedence', '--json']);

  expect([plain.exit, json.exit, quiet.exit]).toEqual([0, 0, 0]);
  const note = '`mastering` is now called `precedence`.\n';
  expect([plain.err, json.err, quiet.err]).toEqual([note, note, '']);
  expect(json.json()).toEqual(now.json());
  expect(now.err).toBe('');
  expect(help.out).toContain('precedence [options] [field]');
  expect(help.out).not.toContain('mastering');
});
