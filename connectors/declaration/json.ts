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

/** A member with 16 digits and more, or with an exponent; also the like within a text. */
const UNSURE = /[[:,]\s*-?\d(?:[\d.]{15}|[\d.]*[eE])/g;
const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * Parses JSON. A number that a double cannot hold digit by digit, such as an id beyond 2^53, is
 * given as the text of its digits: otherwise two people's ids become one. (Node 20 has no reviver
 * that sees the source.) @throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const pieces: string[] = [];
  let from = 0;
  const isInText = textsOf(text);
  for (const { index, 0: found } of text.matchAll(UNSURE)) {
    if (isInText(index)) continue;
    NUMBER.lastIndex = index + found.search(/[-\d]/);
    const start = NUMBER.lastIndex;
    const [number = ''] = NUMBER.exec(text) ?? [];
    if (keepsDigits(number)) continue;
    pieces.push(text.slice(from, start), `"${number}"`);
    from = start + number.length;
  }
  return pieces.length === 0 ? value : JSON.parse(pieces.join('') + text.slice(from));
}

/** Whether a place in valid JSON is within a text; to be asked for places in their order. */
function textsOf(json: string): (place: number) => boolean {
  let quote = json.indexOf('"');
  let isOpen = false;
  return (place) => {
    while (quote !== -1 && quote < place) {
      isOpen = !isOpen || isEscaped(json, quote);
      quote = json.indexOf('"', quote + 1);
    }
    return isOpen;
  };
}

function isEscaped(json: string, quote: number): boolean {
  let before = quote;
  while (json[before - 1] === '\\') before--;
  return (quote - before) % 2 === 1;
}

/** True when the number is written again with the digits that it was read from. */
function keepsDigits(token: string): boolean {
  const [written, again] = [token, String(Number(token))].map(decimal);
  return written === again && !/e/i.test(String(Number(token)));
}

/** The digits and the size of a number, however it is written: 1.50, 15e-1 and 1.5 are the same. */
function decimal(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().replace('-', '').split('e');
  const [whole = '', part = ''] = mantissa.split('.');
  const digits = (whole + part).replace(/^0+/, '');
  const size = digits === '' ? 0 : digits.length - part.length + Number(exponent);
  return `${digits.replace(/0+$/, '')}e${String(size)}`;
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
