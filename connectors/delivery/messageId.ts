import { createHmac, timingSafeEqual } from 'node:crypto';

/** A recipient of a campaign, as a Message-ID and an ENVID name it. */
export interface MessageRef {
  readonly campaignId: string;
  readonly n: number;
}

/** Separates keys for this use from other uses of the same secret key. */
const PURPOSE = 'rollcall message-id v1';
/** 80 bits: nobody guesses one, and the id stays short enough for ENVID (RFC 3461: 100 characters). */
const MAC_HEX = 20;
const ID =
  /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,9})\.([0-9a-f]{20})(?![0-9a-f])/gi;

/**
 * What names a delivery to a mail server, the same at every attempt: the ENVID of a message, and its
 * Message-ID before the `@`. `key` is the secret key of the installation: an id cannot be made up.
 */
export function envelopeIdOf({ campaignId, n }: MessageRef, key: Buffer): string {
  return `${campaignId}.${String(n)}.${macOf({ campaignId, n }, key)}`;
}

/** The Message-ID of a delivery, with its angle brackets. */
export function messageIdOf(
  o: MessageRef & { readonly domain: string; readonly key: Buffer },
): string {
  return `<${envelopeIdOf(o, o.key)}@${o.domain}>`;
}

/**
 * The first delivery that a text names: a Message-ID, an ENVID, or anything that quotes one. `null`: the
 * text names none, or none that was made with one of the keys.
 */
export function parseMessageId(text: string, keys: readonly Buffer[]): MessageRef | null {
  for (const [, id = '', digits = '', mac = ''] of text.matchAll(ID)) {
    const ref = { campaignId: id.toLowerCase(), n: Number(digits) };
    if (keys.some((key) => isSame(macOf(ref, key), mac.toLowerCase()))) return ref;
  }
  return null;
}

const DERIVED = new WeakMap<Buffer, Buffer>();

function derived(key: Buffer): Buffer {
  const known = DERIVED.get(key);
  if (known !== undefined) return known;
  const own = createHmac('sha256', key).update(PURPOSE).digest();
  DERIVED.set(key, own);
  return own;
}

function macOf({ campaignId, n }: MessageRef, key: Buffer): string {
  const mac = createHmac('sha256', derived(key))
    .update(`${campaignId}.${String(n)}`)
    .digest('hex');
  return mac.slice(0, MAC_HEX);
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
