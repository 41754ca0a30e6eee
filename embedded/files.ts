import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { Fault } from '../domain/faults';
import type { DataPaths } from './paths';

/**
 * Writes JSON so that a reader sees the old file or the new one, never half. Only its owner may read it.
 */
export function writeJson(path: string, content: unknown): void {
  const draft = `${path}.${String(process.pid)}.new`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Parsed JSON; undefined when the file is missing or broken. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Makes the data folder. @throws Fault when it cannot be written. */
export function prepareFolder({ data, logs }: DataPaths): void {
  try {
    // Under root, Postgres runs as another user: others may pass through the folder, not list it.
    mkdirSync(data, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    accessSync(data, constants.W_OK | constants.X_OK);
    accessSync(logs, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw folderFault(data, cause);
  }
}

/** The files that SQLite keeps beside a database while it is open. */
export function besides(database: string): readonly string[] {
  return ['-wal', '-shm', '-journal'].map((end) => database + end);
}

/** Closes to others the files that a Temporal started without a mask left readable. */
export function closeToOthers({ temporalDb }: DataPaths): void {
  for (const path of [temporalDb, ...besides(temporalDb)]) {
    try {
      chmodSync(path, 0o600);
    } catch {
      // it does not exist
    }
  }
}

/** Says what is wrong with a data folder. */
export function folderFault(data: string, cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const why =
    {
      EACCES: 'it may not be written by this user',
      EPERM: 'it may not be written by this user',
      EROFS: 'it is on a read-only disk',
      ENOSPC: 'its disk is full',
      EDQUOT: 'its disk quota is used up',
      EEXIST: 'there is a file of that name',
      ENOTDIR: 'a part of its path is a file',
    }[code] ?? code;
  return new Fault('state', {
    code: 'data_folder',
    message: `The data folder ${data} cannot be used: ${why}.`,
    next: 'Use another folder: rollcall up --data DIR (or set ROLLCALL_HOME).',
    cause,
  });
}
