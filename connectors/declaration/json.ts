/** Any JSON value. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** True for an object that is not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of unknown values. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** A scalar as text, trimmed; null for null, blank, lists and objects. */
export function scalar(value: unknown): string | null {
  if (typeof value === 'string') {
    const text = value.trim();
    return text === '' ? null : text;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return null;
}

/** A whole number from a number or its digits; null for anything else. */
export function wholeNumber(value: unknown): number | null {
  const text = scalar(value);
  if (text === null || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
