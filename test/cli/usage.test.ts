import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from '../../cli/program';
import { processIo } from '../../cli/output';
import { writeOutput } from '../../cli/writeFile';
import { rollcall } from './harness';

/** No server runs here, and nothing is configured. */
const folder = mkdtempSync(join(tmpdir(), 'rollcall-usage-'));
const before = { home: process.env['ROLLCALL_HOME'], url: process.env['ROLLCALL_DATABASE_URL'] };

beforeAll(() => {
  process.env['ROLLCALL_HOME'] = folder;
  delete process.env['ROLLCALL_DATABASE_URL'];
  writeFileSync(join(folder, 'people.csv'), 'code,email\n1,a@example.org\n');
});

afterAll(() => {
  if (before.home === undefined) delete process.env['ROLLCALL_HOME'];
  else process.env['ROLLCALL_HOME'] = before.home;
  if (before.url !== undefined) process.env['ROLLCALL_DATABASE_URL'] = before.url;
  rmSync(folder, { recursive: true });
});

test.each([
  [[]],
  [['runs']],
  [['nonsense']],
  [['import']],
  [['users', 'foo', '--help']],
  [['users', 'foo', '--bar']],
  [['help', 'nonsense']],
  [['import', 'people.csv', '--no-such-option']],
  [['import', 'people.csv', '--missing', 'perhaps']],
  [['import', 'people.csv', '--create', 'yes']],
  [['import', 'people.csv', '--update', 'some']],
  [['import', 'people.csv', '--gate', 'deactivations=off', '--reason', 'x']],
  [['import', 'people.csv', '--gate', 'weather=3', '--reason', 'x']],
  [['import', 'people.csv', '--timeout', 'soon']],
  [['import', 'people.csv', '--timeout', '0']],
  [['import', 'people.csv', '--timeout', '2147483648']],
  [['import', 'people.csv', '--detach', '--timeout', '5']],
  [['import', 'people.csv', '--detach', '--wait']],
  [['runs', 'list', '--state', 'sleeping']],
  [['runs', 'list', '--limit', 'many']],
  [['runs', 'diff', '0192', '--action', 'destroy']],
  [['runs', 'diff', '0192', '--gate', 'weather']],
  [['runs', 'report', '0192', '--csv', 'a', '--failed-rows', 'b']],
  [['runs', 'resolve', '0192']],
  [['runs', 'resolve', '0192', '--entry', '1']],
  [['runs', 'resolve', '0192', '--entry', '1', '--create', '--skip']],
  [['runs', 'undo', '0192', '--expect', '99999999999']],
  [['runs', 'undo', '0192']],
  [['runs', 'undo', '0192', '--expect', 'few']],
])('wrong usage ends with 2: rollcall %j', async (args) => {
  const plain = await rollcall(args);
  const json = await rollcall([...args, '--json']);

  expect([plain.exit, json.exit]).toEqual([2, 2]);
  expect(plain.out).toBe('');
  expect(plain.err).toMatch(/error: .+\nnext: {2}.+\n$/);
  expect(json.err).toBe('');
  expect(json.json()).toMatchObject({
    error: {
      code: expect.stringMatching(/^[a-z_]+$/),
      message: expect.stringMatching(/./),
      next: expect.stringMatching(/^rollcall [^(,]+$/),
    },
  });
});

test.each([
  [['import', join(folder, 'people.csv')]],
  [['import', 'columns']],
  [['runs', 'list']],
  [['runs', 'show', '0192']],
  [['runs', 'approve', '0192']],
  [['mappings', 'list']],
  [['alerts', 'list']],
  [['db', 'status']],
])('with nothing up it says rollcall up: rollcall %j', async (args) => {
  const ran = await rollcall([...args, '--json']);

  expect(ran.exit).toBe(1);
  expect(ran.json()).toMatchObject({ error: { code: 'nothing_up', next: 'rollcall up --detach' } });
});

test.each([
  [['user'], 'There is no command "user"; is "users" meant?', 'rollcall --help'],
  [
    ['users', 'shw', '--help'],
    'There is no command "users shw"; is "users show" meant?',
    'rollcall users --help',
  ],
  [['users', 'foo', '--bar'], 'There is no command "users foo".', 'rollcall users --help'],
  [
    ['users', 'link'],
    'USER, --source <name> and --external-id <id> are missing.',
    'rollcall users link --help',
  ],
  [['orgs', 'create', 'X'], '--name <name> is missing.', 'rollcall orgs create --help'],
  [
    ['runs', 'resolve'],
    'ID and one of --entry <n>, --renumbered, --all-by email are missing.',
    'rollcall runs resolve --help',
  ],
  [['users', 'edit', 'X'], 'There is nothing to change.', 'rollcall users edit --help'],
  [
    ['runs', 'diff', '0192', '--action', 'crate'],
    expect.stringContaining('"crate" is no action; there are error, '),
    'rollcall runs diff --help',
  ],
  [
    ['import', 'people.csv', '--gate', 'deactivations', '--reason', 'x'],
    'The gate deactivations takes a whole number: --gate deactivations=300. It can be raised, not switched off.',
    'rollcall import --help',
  ],
  [
    ['import', 'people.csv', '--gate', 'first_link=3', '--reason', 'x'],
    'The gate first_link has no number to set; a run that it puts on hold can be approved. ' +
      'The gates with a number are deactivations, reactivations, key_changes, creations, updates.',
    'rollcall import --help',
  ],
  [
    ['users', 'deactivate'],
    'Name the users (USERS, --filter or --saved), and how many they are (--expect N or --yes).',
    'rollcall users deactivate --help',
  ],
])(
  'all mistakes of rollcall %j are reported at once, with its own help',
  async (args, message, next) => {
    const ran = await rollcall([...args, '--json']);

    expect(ran.exit).toBe(2);
    expect(ran.json()).toEqual({ error: { code: 'usage', message, next } });
  },
);

test('help for an existing command is no failure, however it is asked for', async () => {
  const [flag, word] = [
    await rollcall(['users', 'edit', '--help']),
    await rollcall(['help', 'users']),
  ];

  const deep = await rollcall(['help', 'users', 'edit']);

  expect([flag.exit, word.exit, deep.exit]).toEqual([0, 0, 0]);
  expect(deep.out).toBe(flag.out);
  expect(flag.out).toContain('Usage: rollcall users edit');
  expect(word.out).toContain('Usage: rollcall users');
  expect([flag.err, word.err]).toEqual(['', '']);
});

test('a directory in place of a file is wrong usage, a missing file is not found', async () => {
  expect((await rollcall(['runs', 'approve', '0192', '--entries', folder, '--json'])).exit).toBe(2);
  expect(
    (await rollcall(['runs', 'approve', '0192', '--entries', join(folder, 'no.csv')])).exit,
  ).toBe(5);
});

describe('status', () => {
  const nextOf = async (env: Record<string, string>): Promise<unknown> => {
    Object.assign(process.env, env);
    const ran = await rollcall(['status', '--json']);
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    expect(ran.exit).toBe(1);
    return (ran.json() as { next: unknown }).next;
  };
  const nobody = 'postgres://nobody@127.0.0.1:1/rollcall';

  test('says what to start, or to check', async () => {
    expect(await nextOf({})).toBe('rollcall up --detach');
    expect(await nextOf({ ROLLCALL_DATABASE_URL: nobody })).toBe(
      'Start the postgres server, or check ROLLCALL_DATABASE_URL.',
    );
    expect(await nextOf({ ROLLCALL_TEMPORAL_ADDRESS: '127.0.0.1:1' })).toBe(
      'Start the temporal server, or check ROLLCALL_TEMPORAL_ADDRESS.',
    );
  });
});

test.each(['down', 'status'])('%s says in which folder it found nothing', async (verb) => {
  const here = await rollcall([verb]);
  const other = join(folder, 'other');
  const there = await rollcall([verb, '--data', other]);

  expect(here.out).toContain(
    `Nothing is running in ${folder}. For another folder give --data DIR or ROLLCALL_HOME.`,
  );
  expect(there.out).toContain(`Nothing is running in ${other}.`);
});

test('a command to start in another folder names the folder', async () => {
  const other = join(folder, 'an other');

  const { out } = await rollcall(['status', '--data', other]);

  expect(out).toContain(`next: rollcall up --detach --data '${other}'`);
});

test('an undo without confirmation is wrong usage before a server is asked', async () => {
  const ran = await rollcall(['runs', 'undo', '0192', '--json']);

  expect(ran.json()).toMatchObject({
    error: {
      code: 'usage',
      message: expect.stringContaining(
        '--dry-run to see how many people it changes, then again with --expect NUMBER',
      ),
      next: 'rollcall runs undo 0192 --dry-run',
    },
  });
});

test.each([
  [['AL1', 'it’s'], "rollcall users deactivate AL1 'it’s' --expect 2"],
  [['--filter', 'code eq "A"'], 'rollcall users deactivate --filter=\'code eq "A"\' --dry-run'],
])(
  'a bulk change of %j without confirmation names the command that confirms it',
  async (who, next) => {
    const ran = await rollcall(['users', 'deactivate', ...who, '--json']);

    expect(ran.exit).toBe(2);
    expect(ran.json()).toMatchObject({ error: { code: 'usage', next } });
  },
);

test('every command has a description and a help with an example', async () => {
  const program = await createProgram(processIo(), { out: '', err: '', command: undefined });
  const lacking: string[] = [];

  const visit = (command: typeof program, path: string): void => {
    const help: string[] = [];
    command.configureOutput({ writeOut: (text) => help.push(text) });
    command.outputHelp();
    if (command.description() === '' || !help.join('').includes('Example')) {
      lacking.push(path);
    }
    for (const child of command.commands) visit(child, `${path} ${child.name()}`);
  };
  visit(program, 'rollcall');

  expect(lacking).toEqual([]);
});

test('help goes to stdout and is no failure', async () => {
  const ran = await rollcall(['runs', 'approve', '--help']);

  expect(ran.exit).toBe(0);
  expect(ran.out).toContain('--keep-held');
  expect(ran.out).toContain('Examples:');
});

test('the version is a document, too', async () => {
  const [plain, json] = [await rollcall(['--version']), await rollcall(['--version', '--json'])];

  expect([plain.exit, json.exit]).toEqual([0, 0]);
  expect(json.json()).toEqual({ version: plain.out.trim() });
});

describe('a file that already exists', () => {
  const file = join(folder, 'kept.csv');
  const to = { force: false, instead: (name: string) => `write ${name}` };

  test('is refused with a free name, and stays', async () => {
    writeFileSync(file, 'mine');
    writeFileSync(join(folder, 'kept-2.csv'), 'mine, too');

    await expect(writeOutput(file, ['theirs'], to)).rejects.toMatchObject({
      kind: 'usage',
      code: 'file_exists',
      next: { do: 'say', text: `write ${join(folder, 'kept-3.csv')}` },
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('is replaced with --force', async () => {
    await writeOutput(file, ['theirs'], { ...to, force: true });

    expect(readFileSync(file, 'utf8')).toBe('theirs');
  });

  test('is not left half written where there was none', async () => {
    const half = join(folder, 'half.csv');
    const breaking = function* () {
      yield 'begun';
      throw new Error('it broke');
    };

    await expect(writeOutput(half, breaking(), to)).rejects.toThrow('it broke');
    expect(existsSync(half)).toBe(false);
    await writeOutput('/dev/null', ['nothing'], to);
  });
});

test('config shows every setting and no secret', async () => {
  process.env['ROLLCALL_TEMPORAL_API_KEY'] = 'canary-key';
  process.env['ROLLCALL_DATABASE_URL'] = 'postgres://me:canary-word@db.example/rollcall';

  const ran = await rollcall(['config', '--json']);

  delete process.env['ROLLCALL_TEMPORAL_API_KEY'];
  delete process.env['ROLLCALL_DATABASE_URL'];
  expect(ran.exit).toBe(0);
  expect(ran.out).not.toContain('canary');
  expect(ran.json()).toMatchObject({
    settings: expect.arrayContaining([
      { name: 'ROLLCALL_TEMPORAL_API_KEY', value: '(set)', from: 'environment' },
    ]),
  });
});

test('what was typed cannot steer the terminal when it is repeated', async () => {
  const ran = await rollcall(['--no-such-\u001b[31m\u009b31m\u202eoption']);

  expect(ran.exit).toBe(2);
  expect(ran.err).toContain('no-such-');
  expect(ran.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});
