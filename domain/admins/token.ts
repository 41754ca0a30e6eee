/**
 * A token: `rc_`, eight characters by which people name it, and 256 bits of a secret in letters and
 * digits (43 of 62 characters), which a double click selects as a whole.
 */
export const TOKEN_FORM = /^(rc_[0-9a-z]{8})_[0-9A-Za-z]{43}$/;
export const TOKEN_LETTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const TOKEN_ID_CHARS = 8;
export const TOKEN_SECRET_CHARS = 43;

export const DEFAULT_TOKEN_DAYS = 90;
export const MAX_TOKEN_DAYS = 366;
/** Days before its end from which on a token is reported. */
export const TOKEN_WARNING_DAYS = 14;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNITS_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };

/**
 * The end of a token as it is given: a time from now (`90d`, `12w`, `8h`), or the last day on which it
 * is valid, in UTC (`2027-03-01`). A text is what is wrong with it.
 */
export function tokenEnd(given: string, now: Date): Date | string {
  const text = given.trim().toLowerCase();
  const end = /^\d{4}-/.test(text) ? endOfDay(text) : endOfSpan(text, now);
  if (end === null) {
    return `"${given}" is neither a time such as 90d (h, d, w) nor a day such as 2027-03-01.`;
  }
  const most = now.getTime() + MAX_TOKEN_DAYS * DAY_MS;
  if (end.getTime() <= now.getTime()) return `A token that ends with ${given} has ended already.`;
  if (end.getTime() <= most + DAY_MS) return end;
  return `A token is valid for ${String(MAX_TOKEN_DAYS)} days at most, to ${new Date(most).toISOString().slice(0, 10)}.`;
}

function endOfSpan(text: string, now: Date): Date | null {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit ?? ''];
  return unitMs === undefined ? null : new Date(now.getTime() + Number(count) * unitMs);
}

/** The first instant after the day. */
function endOfDay(text: string): Date | null {
  const start = new Date(`${text}T00:00:00.000Z`);
  const isDay = !Number.isNaN(start.getTime()) && start.toISOString().slice(0, 10) === text;
  return isDay ? new Date(start.getTime() + DAY_MS) : null;
}

/** Whether a token opens the door, or why not. */
export const TOKEN_STATES = [
  'valid',
  'expired',
  'revoked',
  'admin_disabled',
  'user_inactive',
] as const;
export type TokenState = (typeof TOKEN_STATES)[number];
