import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { keyFilePath } from '../config/keyFile';

const BYTES = 32;

/**
 * Creates the key of a data folder, readable by its owner only; an existing key is never replaced.
 */
export function ensureSecretKey(data: string): void {
  const path = keyFilePath(data);
  if (existsSync(path)) return;
  // The supervisor's lock is held, so no other process creates one. Half a key would be a lost one.
  const draft = `${path}.${String(process.pid)}.new`;
  writeFileSync(draft, `${randomBytes(BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
}
