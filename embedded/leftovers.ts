import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stackFilePath } from '../config/stackFile';
import { besides, readJson } from './files';
import { lockHolder } from './lock';
import type { DataPaths } from './paths';
import { end, isAlive, refOf, type ProcessRef } from './processes';

const children = z.array(
  z.object({ name: z.string(), pid: z.number().int(), started: z.string() }),
);

/** Postgres takes SIGINT as its fast shutdown; SIGTERM would wait for its clients. */
const ending = (name: string) =>
  name === 'postgres'
    ? ([
        ['SIGINT', 20_000],
        ['SIGQUIT', 5_000],
      ] as const)
    : ([['SIGTERM', 5_000]] as const);

/**
 * Ends what a killed supervisor (or a machine that went down) left behind, and removes the files that
 * describe it. Call it only with the lock held, or free. A pid is trusted only with its start time: it
 * may belong to another program by now. Returns how many processes were ended.
 */
export async function sweep(paths: DataPaths): Promise<number> {
  const recorded = children.safeParse(readJson(paths.children)).data ?? [];
  const strays = strayServers(paths).filter(({ pid }) => recorded.every((one) => one.pid !== pid));
  const alive = [...recorded, ...strays].filter(isAlive);
  await Promise.all(alive.map((ref) => end(ref, ending(ref.name))));
  removeStaleLock(paths);
  // A Temporal whose database was deleted while it ran left files that would spoil a new one.
  if (!existsSync(paths.temporalDb)) {
    for (const path of besides(paths.temporalDb)) rmSync(path, { force: true });
  }
  rmSync(stackFilePath(paths.data), { force: true });
  rmSync(paths.children, { force: true });
  if (lockHolder(paths.lock) === undefined) rmSync(paths.lock, { force: true });
  return alive.length;
}

interface Child extends ProcessRef {
  readonly name: string;
}

/**
 * Servers on this very folder that are in no record: their supervisor died in between, or the folder
 * was deleted under them. They would write by its path into the files of the next servers (Linux).
 */
function strayServers({ postgres, temporalDb }: DataPaths): Child[] {
  const serves = (argv: readonly string[], flag: string, path: string): boolean =>
    argv.some((part, i) => part === flag && argv[i + 1] === path);
  return processIds().flatMap((pid): Child[] => {
    const argv = commandOf(pid).split('\0');
    if (serves(argv, '-D', postgres)) return [{ name: 'postgres', ...refOf(Number(pid)) }];
    if (serves(argv, '--db-filename', temporalDb))
      return [{ name: 'temporal', ...refOf(Number(pid)) }];
    return [];
  });
}

function processIds(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/**
 * Removes the lock file of a Postgres that was killed. Postgres refuses to start while the pid in it
 * belongs to any process of the same user, even a dead one that is not reaped. Removed only when no
 * process works in the folder: every process of a Postgres does (Linux; elsewhere the file stays).
 */
function removeStaleLock({ postgres }: DataPaths): void {
  const lock = join(postgres, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const folder = realpathSync(postgres);
  if (!processIds().some((pid) => mayWorkIn(folder, pid))) rmSync(lock, { force: true });
}

/** False for a process that works elsewhere, is gone, or is dead and not reaped. */
function mayWorkIn(folder: string, pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch (error) {
    const closed = error instanceof Error && 'code' in error && error.code === 'EACCES';
    return closed && commandOf(pid).includes('postgres');
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
