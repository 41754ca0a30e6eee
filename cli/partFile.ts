import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

const short = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Begins the names of all parts of this file that programs on this machine write. */
const startOf = (target: string): string =>
  `.rollcall-${short(`${hostname()}/${basename(target)}`)}-`;

/**
 * A new name, in the folder of `target`, for a file that is being written: it says for which file, on which
 * machine and by which process.
 */
export function partOf(target: string): string {
  const own = `${String(process.pid)}-${randomBytes(4).toString('hex')}`;
  return join(dirname(target), `${startOf(target)}${own}.part`);
}

/** Removes what killed programs left of earlier writings of `target`. Never throws: another one may be first. */
export async function removeLeftParts(target: string): Promise<void> {
  const folder = dirname(target);
  const start = startOf(target);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(start)
      ? /^(\d+)-[0-9a-f]{8}\.part$/.exec(name.slice(start.length))
      : null;
    if (pid === null || isRunning(Number(pid[1]))) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
