import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stackFilePath } from '../config/stackFile';
import { readJson } from './files';
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
 * Ends what a supervisor that was killed (or a machine that went down) left behind, and removes the
 * files that speak of it. Only with the lock held, or free. A pid is trusted only with its start
 * time: it may be another program's by now. Tells how many processes were ended.
 */
export async function sweep(paths: DataPaths): Promise<number> {
  const recorded = children.safeParse(readJson(paths.children)).data ?? [];
  const stray = strayPostgres(paths);
  const all = [...recorded, ...(stray === undefined ? [] : [{ name: 'postgres', ...stray }])];
  const alive = all.filter(isAlive);
  await Promise.all(alive.map((ref) => end(ref, ending(ref.name))));
  removeStaleLock(paths);
  rmSync(stackFilePath(paths.data), { force: true });
  rmSync(paths.children, { force: true });
  if (lockHolder(paths.lock) === undefined) rmSync(paths.lock, { force: true });
  return alive.length;
}

/** A Postgres on this very folder that nobody recorded: its supervisor died in between. */
function strayPostgres(paths: DataPaths): ProcessRef | undefined {
  try {
    const pid = Number(readFileSync(join(paths.postgres, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const command = commandOf(String(pid)).split('\0');
    return command.includes(paths.postgres) ? refOf(pid) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes the lock file of a Postgres that was killed. Postgres would refuse to start while that
 * number is some process's of the same user, also of one that is dead and not yet reaped. Only where
 * nobody works in its folder: every process of a Postgres does (Linux; elsewhere it stays).
 */
function removeStaleLock({ postgres }: DataPaths): void {
  const lock = join(postgres, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const folder = realpathSync(postgres);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  if (!pids.some((pid) => mayWorkIn(folder, pid))) rmSync(lock, { force: true });
}

/** False for a process that works elsewhere, is gone, or dead and not reaped. */
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
