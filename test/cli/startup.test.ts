import { testDatabase } from '../support/postgres';
import { cliSettings } from './settings';

const store = testDatabase();
cliSettings(store);

/** Packages that a few commands need. Each takes some time to load, and a command's start is waited for. */
const OF_FEW = [
  ...['csv-parse', 'iconv-lite', 'liquidjs', 'mailparser', 'markdown-it', 'nodemailer'],
  ...['nodemailer/lib/dkim', 'nodemailer/lib/mail-composer', '@temporalio/client', 'axios'],
  // Of the commands that write single users.
  '@prisma/adapter-pg',
];
/** What commands load once they run. */
const OF_RUNNING = ['zod', 'pg'];

/** The packages among these that a command line loads, and its exit code. */
async function loadedBy(
  names: readonly string[],
  args: readonly string[],
): Promise<{ readonly exit: number; readonly loaded: readonly string[] }> {
  const loaded: string[] = [];
  jest.resetModules();
  for (const name of names) {
    jest.doMock(name, () => {
      loaded.push(name);
      return jest.requireActual<object>(name);
    });
  }
  const { rollcall } = await import('./harness.js');
  const { exit } = await rollcall(args);
  return { exit, loaded };
}

test.each([[['--help']], [['users', 'set', '--help']], [['users']]])(
  '%j loads nothing heavy',
  async (args) => {
    const { loaded } = await loadedBy([...OF_FEW, ...OF_RUNNING], args);

    expect(loaded).toEqual([]);
  },
);

test.each([
  [['users', 'list', '--filter', 'department eq "Sales"', '--count']],
  [['runs', 'list']],
  [['sources', 'list']],
  [['todo']],
])('%j loads nothing that only letters, files, edits or Temporal need', async (args) => {
  const ran = await loadedBy([...OF_FEW, ...OF_RUNNING], args);

  expect(ran).toEqual({ exit: 0, loaded: expect.arrayContaining(['zod', 'pg']) });
  expect([...ran.loaded].sort()).toEqual(['pg', 'zod']);
});

test('a command loads the files of its own family; help and unknown words those of all', async () => {
  const { FAMILIES, familyFor } = await import('../../cli/families.js');
  const { createProgram, programWith } = await import('../../cli/program.js');
  const { processIo } = await import('../../cli/output.js');
  const [io, said] = [processIo(), { out: '', err: '', command: undefined }];
  const all = await createProgram(io, said);
  const families: string[][] = [];

  for (const family of FAMILIES) {
    const { commands } = programWith({ io, said, register: await family.load() });
    families.push(commands.map((command) => command.name()));
  }

  expect(families).toEqual(FAMILIES.map(({ names }) => names));
  expect(all.commands.map((command) => command.name())).toEqual(families.flat());
  expect(familyFor(['--json', 'users', 'list'])?.names).toEqual(['users', 'duplicates']);
  for (const words of [[], ['--help'], ['nosuch'], ['help', 'users'], ['completion', 'bash']]) {
    expect(familyFor(words)).toBeUndefined();
  }
});
