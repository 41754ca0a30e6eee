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

const ID_CHARS = 25;
const MAC_CHARS = 16;
const TOKEN = /\+([0-9a-z]{25})-([0-9a-z]{1,6})-([0-9a-z]{16})@/gi;

/**
 * The address that bounces of a delivery come to, by which it is known when a bounce says nothing else (VERP):
 * `bounces+TOKEN@example.com`. Servers may change the case of its letters, and drop a local part that is too long.
 */
export function bounceAddressOf(address: string, ref: MessageRef, key: Buffer): string {
  const at = address.lastIndexOf('@');
  const id = base36(ref.campaignId.replaceAll('-', ''), ID_CHARS);
  const token = `${id}-${ref.n.toString(36)}-${base36(macOf(ref, key), MAC_CHARS)}`;
  return `${address.slice(0, at)}+${token}${address.slice(at)}`;
}

function base36(hex: string, chars: number): string {
  return BigInt(`0x${hex}`).toString(36).padStart(chars, '0');
}

/** The campaign's id in base 36; `null`: it is larger than an id. */
function campaignOf(token: string): string | null {
  const value = Array.from(token).reduce(
    (sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)),
    0n,
  );
  const hex = value.toString(16).padStart(32, '0');
  if (hex.length > 32) return null;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The first delivery that a text names: a Message-ID, an ENVID, the address that its bounces come to, or anything
 * that quotes one. `null`: the text names none, or none that was made with one of the keys.
 */
export function parseMessageId(text: string, keys: readonly Buffer[]): MessageRef | null {
  for (const [, id = '', digits = '', mac = ''] of text.matchAll(ID)) {
    const ref = { campaignId: id.toLowerCase(), n: Number(digits) };
    if (keys.some((key) => isSame(macOf(ref, key), mac.toLowerCase()))) return ref;
  }
  for (const [, token = '', digits = '', mac = ''] of text.matchAll(TOKEN)) {
    const campaignId = campaignOf(token);
    if (campaignId === null) continue;
    const ref = { campaignId, n: parseInt(digits, 36) };
    const isOurs = (key: Buffer): boolean =>
      isSame(base36(macOf(ref, key), MAC_CHARS), mac.toLowerCase());
    if (keys.some(isOurs)) return ref;
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
