import { createHmac, hkdfSync } from 'node:crypto';
import { userKey } from '../../domain/keys';
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../domain/letters/suppressions';
import type { Queryable } from '../database/db';
import { requireKey, type Keyring } from '../sources/secrets';

/**
 * The hashes of an address, one for each key: HMAC-SHA-256 of its key (`userKey`), so that an address stays
 * suppressed once its user was erased, and nobody finds it by trying without the secret key. The first one
 * is written, any of them is found. @throws Fault usage when there is no key.
 */
export function addressHashes({ keys }: Keyring, address: string): readonly Buffer[] {
  requireKey(keys, 'suppressions');
  return keys.map((key) =>
    createHmac('sha256', hashKey(key)).update(userKey(address), 'utf8').digest(),
  );
}

const DERIVED = new WeakMap<Buffer, Buffer>();

/** Derived, so that no hash says anything about what the secret key seals. */
function hashKey(key: Buffer): Buffer {
  const known = DERIVED.get(key);
  if (known !== undefined) return known;
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'suppressed addresses', 32));
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

/** One suppression as it is kept. */
export interface SuppressionRow {
  /** By the key that is valid now, or the one before. */
  readonly hash: string;
  /** `null`: its user was erased. */
  readonly address: string | null;
  readonly reason: SuppressionReason;
  readonly since: Date;
  readonly campaignId: string | null;
  readonly note: string | null;
}

const COLUMNS = `encode(address_hash, 'hex') as hash, address, reason, since, campaign_id as "campaignId", note`;

/** The suppressions of an address, the strongest reason first; locked until commit where that is said. */
export async function suppressionsOf(
  db: Queryable,
  o: Keyring & { readonly address: string; readonly lock?: boolean },
): Promise<SuppressionRow[]> {
  const { rows } = await db.query<SuppressionRow>(
    `select ${COLUMNS} from suppression where address_hash = any ($1)
     order by address_hash, reason ${o.lock === true ? 'for update' : ''}`,
    [addressHashes(o, o.address)],
  );
  const rank = ({ reason }: SuppressionRow): number => SUPPRESSION_REASONS.indexOf(reason);
  return rows.sort((a, b) => rank(a) - rank(b));
}

/** A page of suppressions, the newest first. */
export async function selectSuppressions(
  db: Queryable,
  o: {
    readonly reason?: SuppressionReason | undefined;
    readonly limit: number;
    /** The last row of the page before. */
    readonly after: Pick<SuppressionRow, 'hash' | 'reason' | 'since'> | null;
  },
): Promise<SuppressionRow[]> {
  const { reason, limit, after } = o;
  const { rows } = await db.query<SuppressionRow>(
    `select ${COLUMNS} from suppression
     where ($1::suppression_reason is null or reason = $1)
       and ($2::timestamptz is null or (since, address_hash, reason)
         < ($2::timestamptz, decode($3, 'hex'), $4::suppression_reason))
     order by since desc, address_hash desc, reason desc limit $5`,
    [reason ?? null, after?.since ?? null, after?.hash ?? null, after?.reason ?? null, limit],
  );
  return rows;
}

/** What is suppressed, and why. */
export interface NewSuppression {
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly note?: string | null;
  /** The campaign that bounced, or that a person complained about. */
  readonly campaignId?: string | null;
}

/**
 * Suppresses addresses, all in one statement. Those that are suppressed for that reason already, by either
 * key, stay as they are. Returns how many are new.
 */
export async function insertSuppressions(
  tx: Queryable,
  { keys, suppressions }: Keyring & { readonly suppressions: readonly NewSuppression[] },
): Promise<number> {
  if (suppressions.length === 0) return 0;
  const rows = suppressions.map(({ address, reason, note, campaignId }) => {
    const hashes = addressHashes({ keys }, address).map((hash) => hash.toString('hex'));
    return { hash: hashes[0], hashes, address, reason, note: note ?? null, campaign: campaignId };
  });
  const { rowCount } = await tx.query(
    `insert into suppression (address_hash, address, reason, note, campaign_id)
     select distinct on (n.hash, n.reason) decode(n.hash, 'hex'), n.address, n.reason, n.note, n.campaign
     from jsonb_to_recordset($1) n(hash text, hashes text[], address text, reason suppression_reason,
       note text, campaign uuid)
     where not exists (select from suppression s where s.reason = n.reason
       and s.address_hash = any (select decode(h, 'hex') from unnest(n.hashes) h))
     order by n.hash, n.reason
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
  return rowCount ?? 0;
}

/** Gives a suppression another note. */
export async function noteSuppression(
  tx: Queryable,
  o: { readonly hash: string; readonly reason: SuppressionReason; readonly note: string },
): Promise<void> {
  await tx.query(
    `update suppression set note = $3 where address_hash = decode($1, 'hex') and reason = $2`,
    [o.hash, o.reason, o.note],
  );
}

/** Removes suppressions. */
export async function deleteSuppressions(
  tx: Queryable,
  rows: readonly Pick<SuppressionRow, 'hash' | 'reason'>[],
): Promise<void> {
  await tx.query(
    `delete from suppression where (address_hash, reason) in
       (select decode(h, 'hex'), r from unnest($1::text[], $2::suppression_reason[]) u(h, r))`,
    [rows.map(({ hash }) => hash), rows.map(({ reason }) => reason)],
  );
}

/** Addresses that are read at once. */
const BATCH = 1000;

/**
 * Writes hashes by the key before again by the key of today, while both are known: afterwards the key before
 * can go. An address that is no longer kept cannot be hashed again, so its row needs the key before. Returns
 * how many were written.
 */
export async function renewHashes(db: Queryable, { keys }: Keyring): Promise<number> {
  const [key] = keys;
  if (key === undefined || keys.length < 2) return 0;
  let renewed = 0;
  for (let after = ''; ;) {
    const { rows } = await db.query<{ hash: string; address: string }>(
      `select distinct encode(address_hash, 'hex') as hash, address from suppression
       where address is not null and address_hash > decode($1, 'hex') order by 1 limit $2`,
      [after, BATCH],
    );
    const older = rows.flatMap(({ hash, address }) => {
      const [now] = addressHashes({ keys: [key] }, address).map((one) => one.toString('hex'));
      return now === undefined || now === hash ? [] : [{ hash, now }];
    });
    const { rowCount } = await db.query(
      `update suppression s set address_hash = decode(o.now, 'hex')
       from jsonb_to_recordset($1) o(hash text, now text)
       where s.address_hash = decode(o.hash, 'hex') and not exists (select from suppression t
         where t.address_hash = decode(o.now, 'hex') and t.reason = s.reason)`,
      [JSON.stringify(older)],
    );
    renewed += rowCount ?? 0;
    after = rows.at(-1)?.hash ?? '';
    if (rows.length < BATCH) return renewed;
  }
}
