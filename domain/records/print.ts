import { withoutUnseen } from '../files/unseen';
import type { CreditValues } from './credit';

/**
 * The print of a credit: 63 bits, never negative. Two credits of one person with the same print are the same
 * credit, so that it is there once however often it is given. Case, spaces and characters that nobody sees
 * do not count, and `1.50` credits are `1.5`; evidence is no part of it.
 *
 * It is made here and not by SQL, which folds case in another way. Two lanes of 32 bits, because BigInt
 * over each character takes ten times as long.
 */
export function creditPrint({
  title,
  provider,
  credits,
  earnedOn,
}: Omit<CreditValues, 'evidenceUrl'>): bigint {
  const parts = [folded(title), folded(provider), plain(credits), earnedOn];
  const [low, high] = lanes(parts.join('\u0000'));
  return (BigInt(high & 0x7fffffff) << 32n) | BigInt(low);
}

function folded(text: string): string {
  // Most titles are plain; the other way takes five times as long.
  if (PLAIN.test(text)) return spaced(text.toLowerCase());
  const seen = withoutUnseen(text, { joiners: false });
  return spaced(seen.normalize('NFKC').toLowerCase().normalize('NFKC'));
}
const PLAIN = /^[ -~]*$/;

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A number without zeros that change nothing. */
function plain(number: string): string {
  return number
    .replace(/^0+(?=\d)/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** Two hashes of a text, mixed into each other at the end (the rounds of MurmurHash3). */
function lanes(text: string): readonly [number, number] {
  let a = 0x2c1b3c6d;
  let b = 0x297a2d39;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca6b);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ unit, 0xc2b2ae35);
    b = (b << 16) | (b >>> 16);
  }
  return [mixed(a ^ text.length ^ Math.imul(b, 0x9e3779b1)), mixed(b ^ Math.imul(a, 0x85ebca77))];
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
