import { linkSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { readJson } from './files';
import { isAlive, refOf, type ProcessRef } from './processes';

const schema = z.object({ pid: z.number().int(), started: z.string() });

/** The live process that holds a lock file; undefined when there is none. */
export function lockHolder(path: string): ProcessRef | undefined {
  const ref = schema.safeParse(readJson(path)).data;
  return ref !== undefined && isAlive(ref) ? ref : undefined;
}

/**
 * Takes the lock for this process, or returns the live holder. The file appears complete (a link to a
 * finished draft), so a reader never takes a half-written lock for a stale one.
 */
export function takeLock(path: string): ProcessRef | undefined {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, JSON.stringify(refOf(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        return undefined;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = lockHolder(path);
      if (holder !== undefined) return holder;
      setAside(path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a stale lock, unless another process has just put its own in its place. */
function setAside(path: string): void {
  const aside = `${path}.stale.${String(process.pid)}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (lockHolder(aside) === undefined) {
    unlinkSync(aside);
    return;
  }
  // Another process took it between our check and our rename: put it back.
  try {
    linkSync(aside, path);
  } catch {
    // a third process holds it by now
  }
  unlinkSync(aside);
}

/**
 * True while this process holds the lock: the file is at its path and names this process. A data folder
 * that was deleted, moved or taken over under a running supervisor no longer belongs to it.
 */
export function holdsLock(path: string): boolean {
  return lockHolder(path)?.pid === process.pid;
}

/** Releases the lock; does nothing when this process does not hold it. */
export function releaseLock(path: string): void {
  if (holdsLock(path)) rmSync(path, { force: true });
}
