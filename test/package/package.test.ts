import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { fakePeople } from '../../connectors/fake/people';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { projectRoot } from '../../embedded/paths';
import { COMMONJS_SCRIPT, FILES, WRONG_USE } from './scripts';

const execute = promisify(execFile);
const root = projectRoot();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-package-'));
/** The empty folder that the package is installed into. */
const app = join(folder, 'app');
const installed = join(app, 'node_modules', 'rollcall');
const MAX_BYTES = 5_000_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}
const state: { packed: Packed } = { packed: { filename: '', size: 0, files: [] } };

interface Done {
  readonly stdout: string;
  readonly stderr: string;
}

/** What the stack and the scripts are given besides; the settings of who runs the tests are not theirs. */
const settings: Record<string, string | undefined> = { ROLLCALL_HOME: join(folder, 'data') };

/** Runs a program in the empty folder. */
function there(program: string, ...args: readonly string[]): Promise<Done> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ROLLCALL_'));
  const env = { ...Object.fromEntries(kept), ...settings };
  return execute(program, args, { cwd: app, env, maxBuffer: 10_000_000 });
}

/** The TypeScript blocks of docs/library.md, in their order. */
function documented(): string[] {
  const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8');
  return [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, script = '']) => script);
}

/** As `npm install` lays it out, without the network: the declared dependencies, and no others. */
function install(tarball: string): Promise<Done> {
  mkdirSync(join(app, 'node_modules', '.bin'), { recursive: true });
  mkdirSync(installed);
  const declared: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys(declared.dependencies)) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  symlinkSync(
    join('..', 'rollcall', 'bin', 'rollcall.js'),
    join(app, 'node_modules/.bin/rollcall'),
  );
  return execute('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
}

const [
  importing = '',
  approving = '',
  waiting = '',
  syncing = '',
  linking = '',
  finding = '',
  changing = '',
  sending = '',
  recording = '', // An export needs the types of Node.
  ,
  auditing = '',
  announcing = '',
  failing = '',
] = documented();
const SCRIPTS = {
  'import.mts': importing,
  'approve.mts': approving,
  'todo.mts': waiting,
  'sync.mts': syncing,
  'link.mts': linking,
  'users.mts': finding,
  'change.mts': changing,
  'send.mts': sending,
  'records.mts': recording,
  'audit.mts': auditing,
  'announce.mts': announcing,
  'errors.mts': failing,
  'common.cts': COMMONJS_SCRIPT,
  'wrong.mts': WRONG_USE,
};
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    types: [],
    outDir: 'out',
  },
  files: Object.keys(SCRIPTS),
};

beforeAll(async () => {
  chmodSync(folder, 0o755);
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    maxBuffer: 10_000_000,
  });
  const [packed]: Packed[] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  if (packed === undefined) throw new Error(stdout);
  state.packed = packed;
  await install(join(folder, packed.filename));
}, 240_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('it holds what runs, at most 5 MB, and nothing that builds or tests it', () => {
  const paths = state.packed.files.map(({ path }) => path);
  const migrations = readdirSync(join(root, 'prisma', 'migrations'));
  const allowed = [
    /^(?:package\.json|README\.md|CHANGELOG\.md|\.env\.example)$/,
    /^bin\/rollcall\.js$/,
    /^dist\/(?:activities|cli|client|config|connectors|domain|embedded|operations|store|temporal|wording|worker|workflows)\/.+\.js$/,
    /^dist\/(?:\.build|workflow-bundle\.(?:js|key)|client\/index\.d\.ts)$/,
    /^docs\/(?:library|alerts|database|letters|(?:connectors|runbooks)\/\w+)\.md$/,
    /^prisma\/(?:schema\.prisma|migrations\/(?:migration_lock\.toml|\w+\/migration\.sql))$/,
  ];

  expect(state.packed.size).toBeLessThan(MAX_BYTES);
  expect(paths.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  expect(paths).toEqual(
    expect.arrayContaining([
      'bin/rollcall.js',
      'dist/client/index.d.ts',
      'dist/store/generated/client.js',
      'dist/workflow-bundle.js',
      'dist/workflow-bundle.key',
      ...migrations
        .filter((name) => /^\d/.test(name))
        .map((name) => `prisma/migrations/${name}/migration.sql`),
    ]),
  );
});

test('no file of it loads one that is not in it', () => {
  const paths = new Set(state.packed.files.map(({ path }) => path));
  const scripts = [...paths].filter(
    (path) => path.endsWith('.js') && path !== 'dist/workflow-bundle.js',
  );
  const missing = scripts.flatMap((path) => {
    const text = readFileSync(join(installed, path), 'utf8');
    return [...text.matchAll(/\b(?:require|import)\("(\.[^"]+)"\)/g)]
      .map(([, to = '']) => posix.join(posix.dirname(path), to))
      .filter((to) => ![to, `${to}.js`, `${to}/index.js`].some((each) => paths.has(each)))
      .map((to) => `${path} → ${to}`);
  });

  expect(scripts.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

test('the command is there', async () => {
  const { stdout } = await there('npx', '--no-install', 'rollcall', '--help');

  expect(stdout).toContain('Usage: npx rollcall');
});

describe('scripts in ES modules and in CommonJS', () => {
  beforeAll(() => {
    for (const [name, text] of Object.entries({ ...SCRIPTS, ...FILES })) {
      writeFileSync(join(app, name), text);
    }
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  });

  test('are checked strictly, declarations included, with the types of this package alone', async () => {
    const checked = await checkTypes();

    expect(checked.stdout).toBe('');
  }, 120_000);

  test('need nothing of a browser or of Node for the declarations', async () => {
    const bare = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext'];
    const declarations = join('node_modules', 'rollcall', 'dist', 'client', 'index.d.ts');

    const checked = await checkTypes(...bare, '--lib', 'es2023', declarations);

    expect(checked.stdout).toBe('');
  }, 120_000);

  test('import, follow, approve, sync, list users and meet typed errors', async () => {
    const fake = await startFake({ vendor: 'bamboohr', people: fakePeople(40) });
    const { stdout: cli } = await execute(process.execPath, [join(root, 'scripts/temporal.mjs')]);
    Object.assign(settings, {
      ROLLCALL_TEMPORAL_CLI: cli.trim(),
      ROLLCALL_ALLOW_PRIVATE_HOSTS: fake.host,
      HR_KEY: fake.secrets['apiKey'],
    });
    try {
      await rollcall('up', '--detach', '--json');
      await rollcall('sources', 'add', 'bamboohr', '--name', 'crm', ...givenTo(fake));

      const imported = await script('import.mjs');
      const common = await script('common.cjs');
      const approved = await script('approve.mjs');
      const synced = await script('sync.mjs');
      const waits = await script('todo.mjs');
      const linked = await script('link.mjs');
      const found = await script('users.mjs');
      const failed = await script('errors.mjs');

      expect(imported).toMatch(/^(?:waiting|running) [^]*\ndone 20 0\n$/);
      expect(JSON.parse(common)).toEqual({
        seen: true,
        held: 'held',
        gates: ['deactivations 6'],
        done: 'done',
        gone: ['E0', 'E1', 'E2', 'E3', 'E4', 'E5'],
        refused: [['state', 'run_is_done']],
        next: 'held',
      });
      expect(approved).toMatch(/^[0-9a-f-]{36} done\n$/);
      // The first sync of a source, into a store that has users: the gate `first_link` holds it.
      expect(synced).toMatch(/\nsettled held \{[^]*created: 40,/);
      expect(waits).toMatch(/^1 things wait\n[0-9a-f-]{36} \S+ first_link rollcall runs show /);
      // No run on hold has renumbered people.
      expect(linked).toBe('');
      expect(found.split('\n').filter((line) => line.endsWith(' active'))).toHaveLength(8);
      expect(failed).toBe('nothing to import today\n');
    } finally {
      await rollcall('down').catch(said);
      await fake.stop();
    }
  }, 120_000);
});

function checkTypes(...args: readonly string[]): Promise<Done> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return there(process.execPath, tsc, '--pretty', 'false', ...args).catch(said);
}

function rollcall(...args: readonly string[]): Promise<Done> {
  return there(join(app, 'node_modules', '.bin', 'rollcall'), ...args);
}

async function script(name: string): Promise<string> {
  return (await there(process.execPath, join('out', name))).stdout;
}

function givenTo(fake: FakeVendor): string[] {
  const config = Object.entries(fake.config).flatMap(([key, value]) => [
    '--config',
    `${key}=${value}`,
  ]);
  return [...config, '--secret', 'apiKey=env:HR_KEY', '--base-url', fake.baseUrl];
}

/** What a program printed that failed. */
function said(error: unknown): Done {
  if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
  return { stdout: String(error.stdout), stderr: String(error.stderr) };
}
