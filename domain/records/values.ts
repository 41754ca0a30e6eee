import { isoDay, type DateReader } from '../dates';
import { enrollmentStatus, ENROLLMENT_STATUS_NAMES } from './statuses';

/** Why a text is not a value of a learner record. */
export type RefusedRecordValue =
  | 'bad_number'
  | 'bad_date'
  | 'bad_evidence'
  | 'empty_value'
  | 'too_long'
  | 'control_character'
  | 'unknown_status';

/** The stored text of a value, or why there is none. */
export type RecordReading =
  { readonly value: string } | { readonly refused: RefusedRecordValue; readonly wanted: string };

/** How a value of a learner record is read; surrounding spaces do not count. */
export type RecordReader = (text: string) => RecordReading;

/** Limits of texts, in UTF-16 units. */
export const MAX_TITLE_CHARS = 500;
export const MAX_EVIDENCE_CHARS = 2_000;

/** A number without exponent and without grouping; the decimal sign is a point. */
const DECIMAL = /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/;
const CONTROL = /\p{Cc}/u;

interface Decimals {
  /** Digits before and after the point that the column holds. */
  readonly whole: number;
  readonly decimals: number;
  /** True where zero is no value. */
  readonly positive?: true;
  readonly wanted: string;
}

/**
 * Reads a number as text, because a float would not keep every decimal. It is never rounded: one with
 * more decimals than are kept is refused. Zeros that change nothing go: `082.50` is `82.5`.
 */
function decimalReader({ whole, decimals, positive, wanted }: Decimals): RecordReader {
  return (text) => {
    const [, sign, digits = '', fraction = ''] = DECIMAL.exec(text.trim()) ?? [];
    const isZero = digits === '0' && fraction === '';
    if (sign === undefined || (sign === '-' && !isZero)) return { refused: 'bad_number', wanted };
    if (digits.length > whole || fraction.length > decimals || (positive === true && isZero)) {
      return { refused: 'bad_number', wanted };
    }
    return { value: fraction === '' ? digits : `${digits}.${fraction}` };
  };
}

/** A score: numeric(7,2). */
export const readScore = decimalReader({
  whole: 5,
  decimals: 2,
  wanted: 'a number from 0 to 99999.99 with at most two decimals, such as 82.5',
});

/** Credits: numeric(8,2), more than none. */
export const readCredits = decimalReader({
  whole: 6,
  decimals: 2,
  positive: true,
  wanted: 'a number above 0, up to 999999.99, with at most two decimals, such as 1.5',
});

const PROGRESS = 'a whole number from 0 to 100';
const readWhole = decimalReader({ whole: 3, decimals: 0, wanted: PROGRESS });

/** Percent, with or without its sign. */
export function readProgress(text: string): RecordReading {
  const reading = readWhole(text.trim().replace(/\s*%$/, ''));
  const isOver = 'value' in reading && Number(reading.value) > 100;
  return isOver ? { refused: 'bad_number', wanted: PROGRESS } : reading;
}

/** A day, `YYYY-MM-DD`; files may have another format. */
export function readDay(text: string, read: DateReader = isoDay): RecordReading {
  const value = read(text.trim());
  return value === null
    ? { refused: 'bad_date', wanted: 'a day of the calendar, written YYYY-MM-DD' }
    : { value };
}

export function readStatus(text: string): RecordReading {
  const value = enrollmentStatus(text);
  return value === null
    ? { refused: 'unknown_status', wanted: `one of ${ENROLLMENT_STATUS_NAMES.join(', ')}` }
    : { value };
}

/** A title or a provider: one line. */
export function readTitle(text: string): RecordReading {
  const value = text.trim().replace(/\s+/g, ' ');
  if (value === '') return { refused: 'empty_value', wanted: 'a text' };
  if (CONTROL.test(value)) {
    return { refused: 'control_character', wanted: 'a text without control characters' };
  }
  return value.length > MAX_TITLE_CHARS
    ? { refused: 'too_long', wanted: `a text of at most ${String(MAX_TITLE_CHARS)} characters` }
    : { value };
}

const EVIDENCE = 'an address that begins with https://, without a user name or a password in it';

/** The address of a credit's evidence. It is shown, and never fetched. */
export function readEvidence(text: string): RecordReading {
  const value = text.trim();
  if (value.length > MAX_EVIDENCE_CHARS) {
    return {
      refused: 'too_long',
      wanted: `an address of at most ${String(MAX_EVIDENCE_CHARS)} characters`,
    };
  }
  const scheme = /^https:\/\//i.exec(value)?.[0];
  // Spaces, controls and backslashes: URL would take them away, so that another address is stored than shown.
  if (scheme === undefined || /[\s\p{C}\\<>"]/u.test(value) || !URL.canParse(value)) {
    return { refused: 'bad_evidence', wanted: EVIDENCE };
  }
  const { username, password, hostname } = new URL(value);
  // A text after the scheme that begins with a slash has its host only by the leniency of URL.
  const isLenient = value.charAt(scheme.length) === '/';
  if (username !== '' || password !== '' || hostname === '' || isLenient || hasUser(value)) {
    return { refused: 'bad_evidence', wanted: EVIDENCE };
  }
  return { value: `https://${value.slice(scheme.length)}` };
}

/** `https://@host`, whose user is empty. */
function hasUser(address: string): boolean {
  return /^https:\/\/[^/?#]*@/i.test(address);
}
