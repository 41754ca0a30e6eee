import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../embedded/paths';

const execute = promisify(execFile);

/** An older commit, built in a git work tree of its own. */
export interface OlderBuild {
  readonly hash: string;
  /** The folder with its `bin/rollcall.js`. */
  readonly root: string;
}

/** Builds a commit unless an earlier call did; the work tree stays in the folder for temporary files. */
export async function olderBuild(
  commit: string,
  note: (line: string) => void,
): Promise<OlderBuild> {
  const hash = await hashOf(commit);
  const folder = join(tmpdir(), `rollcall-builds-${userInfo().username}`);
  const root = join(folder, hash.slice(0, 12));
  const whole = join(root, '.tools', 'compare-built');
  if (existsSync(whole)) return { hash, root };
  note(`building ${hash.slice(0, 12)} in ${root}`);
  mkdirSync(folder, { recursive: true });
  // What an interrupted build left, and what git remembers of a folder that was removed.
  rmSync(root, { recursive: true, force: true });
  await git('worktree', 'prune');
  await git('worktree', 'add', '--force', '--detach', root, hash);
  await shareModules(root, note);
  await execute(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--no-test-server'], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  writeFileSync(whole, `${hash}\n`);
  return { hash, root };
}

async function hashOf(commit: string): Promise<string> {
  try {
    return (await git('rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`)).trim();
  } catch (cause) {
    throw new Error(`There is no commit "${commit}" in this clone: git log shows them.`, { cause });
  }
}

async function git(...args: readonly string[]): Promise<string> {
  return (await execute('git', ['-C', projectRoot(), ...args])).stdout;
}

/** The packages of this clone where both builds ask for the same ones; else the set-up installs them. */
async function shareModules(root: string, note: (line: string) => void): Promise<void> {
  const lock = (folder: string): string => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (lock(root) !== lock(projectRoot())) {
    note('its packages are other ones than those of this clone: npm ci');
    return;
  }
  const [from, to] = [projectRoot(), root].map((folder) => join(folder, 'node_modules'));
  if (from === undefined || to === undefined) return;
  try {
    // Links to the same files: 800 MB at no cost. Not over file systems, and not on every platform.
    await execute('cp', ['-al', from, to]);
  } catch {
    rmSync(to, { recursive: true, force: true });
    await execute('cp', ['-R', from, to]);
  }
}
