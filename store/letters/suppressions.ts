import { createHmac, hkdfSync } from 'node:crypto';
import { Fault } from '../../domain/faults';
import { userKey } from '../../domain/keys';
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../domain/letters/suppressions';
import type { Queryable } from '../database/db';
import type { Keyring } from '../sources/secrets';

/**
 * The hashes of an address, one for each key: HMAC-SHA-256 of its key (`userKey`), so that an address stays
 * suppressed once its user was erased, and nobody finds it by trying without the secret key. The first one
 * is written, any of them is found. @throws Fault usage when there is no key.
 */
export function addressHashes({ keys }: Keyring, address: string): readonly Buffer[] {
  if (keys.length === 0) throw noKey();
  return keys.map((key) =>
    createHmac('sha256', hashKey(key)).update(userKey(address), 'utf8').digest(),
  );
}

const DERIVED = new WeakMap<Buffer, Buffer>();

/** Derived, so that no hash says anything about what the secret key seals. */
function hashKey(key: Buffer): Buffer {
  const known = DERIVED.get(key);
  if (known !== undefined) return known;
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'rollcall suppressed addresses', 32));
  DERIVED.set(key, derived);
  return derived;
}

/**
 * The suppressed ones of some addresses, as they were given, with the strongest reason of each; `holdsBack`
 * says which letters it holds back. Faults as of {@link addressHashes}.
 */
export async function suppressedAmong(
  tx: Queryable,
  { keys, addresses }: Keyring & { readonly addresses: readonly string[] },
): Promise<Map<string, SuppressionReason>> {
  const byHash = new Map<string, string[]>();
  for (const address of new Set(addresses)) {
    for (const hash of addressHashes({ keys }, address)) {
      const name = hash.toString('hex');
      byHash.set(name, [...(byHash.get(name) ?? []), address]);
    }
  }
  const { rows } = await tx.query<{ hash: string; reason: SuppressionReason }>(
    `select encode(address_hash, 'hex') as hash, reason from suppression
     where address_hash = any (select decode(h, 'hex') from unnest($1::text[]) h)`,
    [[...byHash.keys()]],
  );
  const found = new Map<string, SuppressionReason>();
  for (const { hash, reason } of rows) {
    for (const address of byHash.get(hash) ?? []) {
      found.set(address, stronger(reason, found.get(address)));
    }
  }
  return found;
}

function stronger(one: SuppressionReason, other: SuppressionReason | undefined): SuppressionReason {
  return SUPPRESSION_REASONS.find((reason) => reason === one || reason === other) ?? one;
}

function noKey(): Fault {
  return new Fault('usage', {
    code: 'no_secret_key',
    message: 'There is no key that the suppressed addresses are kept by.',
    next: 'Set ROLLCALL_SECRET_KEY to 32 bytes in base64 (make one: openssl rand -base64 32)',
  });
}
