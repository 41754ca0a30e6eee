import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';

/** Where `rollcall up` keeps the key that seals the secrets of sources. */
export function keyFilePath(home: string): string {
  return join(home, 'secret.key');
}

/** The key of an embedded stack; undefined where `up` has created none. @throws Fault usage. */
export function readKeyFile(home: string): string | undefined {
  const path = keyFilePath(home);
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw broken(path, 'cannot be read');
  }
  if (isKey(text)) return text;
  throw broken(path, 'does not hold 32 bytes in base64');
}

/** True for 32 bytes in base64. */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text);
}

/** The keys of a configuration: the first one seals, any opens. */
export function secretKeys(config: {
  readonly secretKey: string | null;
  readonly previousSecretKey: string | null;
}): Buffer[] {
  return [config.secretKey, config.previousSecretKey].flatMap((key) =>
    key === null ? [] : [Buffer.from(key, 'base64')],
  );
}

function broken(path: string, why: string): Fault {
  return new Fault('usage', {
    code: 'bad_key_file',
    message: `${path} ${why}; it seals the secrets of sources.`,
    next: 'Put it back from a copy, or set ROLLCALL_SECRET_KEY.',
  });
}
