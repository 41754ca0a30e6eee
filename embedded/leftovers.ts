import { readFileSync, rmSync } from 'node:fs';
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
  rmSync(stackFilePath(paths.data), { force: true });
  rmSync(paths.children, { force: true });
  if (lockHolder(paths.lock) === undefined) rmSync(paths.lock, { force: true });
  return alive.length;
}

/** A Postgres on this very folder that nobody recorded: its supervisor died in between. */
function strayPostgres(paths: DataPaths): ProcessRef | undefined {
  try {
    const pid = Number(readFileSync(join(paths.postgres, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
    return command.includes(paths.postgres) ? refOf(pid) : undefined;
  } catch {
    return undefined;
  }
}
