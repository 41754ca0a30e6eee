// Keeps what is generated up to date: node_modules, the Prisma client, dist/, the workflow bundle.
// Each part has `stale()` (cheap: stats and hashes) and `make()`.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SetupError, root, run, say, tail, toolEnv } from './run.mjs';

const at = (...parts) => join(root, ...parts);
const bin = (name) => at('node_modules', '.bin', name);

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function hash(...texts) {
  const sum = createHash('sha256');
  for (const text of texts) sum.update(text).update('\0');
  return sum.digest('hex');
}

function stamp(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, value);
}

/** Files below `folders` that end in one of `endings`, relative to the clone, sorted. */
function files(folders, endings) {
  const found = [];
  const walk = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
    }
  };
  for (const folder of folders) walk(at(folder));
  return found.map((path) => relative(root, path)).sort();
}

/** A key of the state of files: changes when one is edited, added or removed. */
function stateOf(paths) {
  return hash(
    ...paths.map((path) => {
      const { size, mtimeMs } = statSync(at(path));
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
}

const lockFile = at('package-lock.json');
const installed = at('node_modules', '.rollcall-install');
const installKey = () => hash(read(lockFile) ?? '', process.platform, process.arch);

/** True when every package in node_modules is the one that package-lock.json names. */
function sameAsLock() {
  const hidden = read(at('node_modules', '.package-lock.json'));
  const wanted = read(lockFile);
  if (!hidden || !wanted) return false;
  const have = JSON.parse(hidden).packages ?? {};
  return Object.entries(JSON.parse(wanted).packages).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return have[path] ? have[path].version === version : optional === true;
  });
}

export const modules = {
  stale() {
    if (read(installed) === installKey()) return false;
    return !sameAsLock();
  },
  async make() {
    say('installing packages (npm ci); the first time takes about a minute');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
    let done;
    try {
      done = await run(npm, args, { env: toolEnv() });
    } catch (error) {
      throw new SetupError(`npm could not be started (${error.code})`, 'install npm, try again.');
    }
    if (done.code !== 0) {
      const next = done.output.includes('package.json and package-lock.json')
        ? 'run `npm install` to bring package-lock.json up to date, then try again.'
        : 'check the network, the disk and npm’s registry setting (`npm config get registry`), then try again.';
      // What went wrong comes first; npm ends with a page of usage.
      const words = done.output.split('\n').filter((row) => row.startsWith('npm error'));
      throw new SetupError(`npm ci failed:\n${tail(words.slice(0, 15).join('\n'))}`, next);
    }
    stamp(installed, installKey());
  },
};

const command = bin('rollcall');
export const link = {
  stale: () => process.platform !== 'win32' && !existsSync(command),
  make() {
    rmSync(command, { force: true });
    symlinkSync(join('..', '..', 'bin', 'rollcall.js'), command);
  },
};

const schema = at('prisma', 'schema.prisma');
const generated = at('store', 'generated', '.schema');
const schemaKey = () =>
  hash(read(schema) ?? '', read(at('node_modules', 'prisma', 'package.json')) ?? '');

export const client = {
  stale: () => existsSync(schema) && read(generated) !== schemaKey(),
  async make() {
    say('generating the Prisma client');
    // `generate` needs no schema engine, but fetches one unless a setting names a file that exists.
    const env = toolEnv({
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    });
    const done = await run(process.execPath, [bin('prisma'), 'generate'], { env });
    if (done.code !== 0) {
      throw new SetupError(
        `prisma generate failed:\n${tail(done.output)}`,
        'mend prisma/schema.prisma (the message names the line), then try again.',
      );
    }
    stamp(generated, schemaKey());
  },
};

const built = at('dist', '.sources');
const build = at('dist', '.build');

/** What config/build.ts reads: the same in every clone of the same sources. */
function buildOf(paths) {
  const { version } = JSON.parse(read(at('package.json')));
  return `${version} ${hash(...paths.flatMap((path) => [path, read(at(path))])).slice(0, 16)}\n`;
}

function sources() {
  const folders = JSON.parse(read(at('tsconfig.json'))).include;
  return [...files(folders, ['.ts']), 'tsconfig.json', 'package-lock.json'];
}

/** Compiled files whose source is gone would still be loaded: they are removed. */
function removeOrphans(list) {
  const known = new Set(list);
  const folders = JSON.parse(read(at('tsconfig.json'))).include;
  for (const path of files(
    folders.map((folder) => join('dist', folder)),
    ['.js', '.js.map'],
  )) {
    const source = relative('dist', path).replace(/\.js(\.map)?$/, '.ts');
    if (!known.has(source)) rmSync(at(path));
  }
}

export const compiled = {
  stale: () => read(built) !== stateOf(sources()) || !existsSync(build),
  async make() {
    say('compiling to dist/');
    const list = sources();
    const key = stateOf(list);
    if (!existsSync(at('dist', 'config'))) rmSync(at('dist', '.tsbuildinfo'), { force: true });
    const done = await run(process.execPath, [
      bin('tsc'),
      '-p',
      'tsconfig.json',
      '--pretty',
      'false',
      // Types are one of the checks of `npm test`; without them it takes half of the time.
      '--noCheck',
    ]);
    removeOrphans(list);
    if (done.code !== 0) {
      throw new SetupError(
        `tsc found errors:\n${tail(done.output, 40)}`,
        'mend them (`npm run build` shows them again, `npm run lint` those of types, too).',
      );
    }
    stamp(build, buildOf(list));
    stamp(built, key);
  },
};

const bundle = at('dist', 'workflow-bundle.js');
const bundled = at('dist', '.bundle');
const bundler = at('dist', 'worker', 'bundle.js');
const bundleKey = () =>
  stateOf([
    ...files(['workflows', 'domain', 'wording', 'activities'], ['.ts']),
    'package-lock.json',
    ...(existsSync(at('worker', 'bundle.ts')) ? ['worker/bundle.ts'] : []),
  ]);

export const workflowBundle = {
  stale: () =>
    existsSync(at('worker', 'bundle.ts')) && (!existsSync(bundle) || read(bundled) !== bundleKey()),
  async make() {
    if (!existsSync(bundler)) return;
    say('bundling the workflows');
    const done = await run(process.execPath, [bundler]);
    if (done.code !== 0) {
      throw new SetupError(
        `the workflow bundle could not be built:\n${tail(done.output)}`,
        'workflows may import only @temporalio/workflow, @temporalio/common and domain/; mend the import that the message names.',
      );
    }
    stamp(bundled, bundleKey());
  },
};
