import { createHash } from 'node:crypto';
import { isList, isObject } from './json';

/** JSON with the members of each object in the order of their names (as RFC 8785 sorts them). */
export function canonicalJson(value: unknown): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

/**
 * SHA-256 of the canonical JSON, in hex: the same for the same declaration, however it is formatted.
 */
export function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** A short mark of a text, for comparison: 11 characters. */
export function mark(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 11);
}
