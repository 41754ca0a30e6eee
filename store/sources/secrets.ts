import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Fault } from '../../domain/faults';

/** The secrets of a source, or of an alert target, by name. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * Keys of 32 bytes: the first one seals, any of them opens (a key that is being replaced still opens).
 */
export interface Keyring {
  readonly keys: readonly Buffer[];
}

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets for one owner: version, nonce, tag, then AES-256-GCM over their JSON. The owner's id
 * is authenticated with them, so that a row copied to another owner does not open.
 * @throws Fault usage when there is no key.
 */
export function seal(secrets: Secrets, o: Keyring & { readonly ownerId: string }): Buffer {
  const key = requireKey(o.keys, 'secrets');
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(o.ownerId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), sealed]);
}

/** @throws Fault usage when no key opens them. */
export function open(sealed: Buffer, o: Keyring & { readonly ownerId: string }): Secrets {
  requireKey(o.keys, 'secrets');
  for (const key of o.keys) {
    const text = tryOpen(sealed, key, o.ownerId);
    if (text !== null) return parsed(text);
  }
  throw new Fault('usage', {
    code: 'secrets_sealed',
    message: 'The secrets were sealed with another key.',
    next: { do: 'giveSecrets' },
  });
}

function tryOpen(sealed: Buffer, key: Buffer, ownerId: string): string | null {
  if (sealed[0] !== VERSION) return null;
  const body = 1 + IV_BYTES + TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + IV_BYTES));
  decipher.setAAD(Buffer.from(ownerId));
  decipher.setAuthTag(sealed.subarray(1 + IV_BYTES, body));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(body)), decipher.final()]).toString();
  } catch {
    return null;
  }
}

function parsed(text: string): Secrets {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

const MAKE = 'Set ROLLCALL_SECRET_KEY to 32 bytes in base64 (make one: openssl rand -base64 32)';

/** What the secret key is for: what is said where there is none, and what to do. */
const PURPOSES = {
  secrets: { message: 'There is no key to seal secrets with.', next: MAKE },
  suppressions: {
    message: 'There is no key that the suppressed addresses are kept by.',
    next: MAKE,
  },
  bounces: {
    message: 'There is no key by which a letter that comes back is recognized.',
    next: 'Set ROLLCALL_SECRET_KEY to the key that the letters were sent with',
  },
  letters: {
    message: 'There is no key that Message-IDs are made with.',
    next: 'Set ROLLCALL_SECRET_KEY where the worker runs.',
  },
} as const satisfies Record<string, { readonly message: string; readonly next: string }>;

/** The key that is used now, the first one. @throws Fault usage `no_secret_key` where there is none */
export function requireKey<K>(keys: readonly K[], purpose: keyof typeof PURPOSES): K {
  const [key] = keys;
  if (key !== undefined) return key;
  throw new Fault('usage', { code: 'no_secret_key', ...PURPOSES[purpose] });
}
