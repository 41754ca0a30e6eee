import { Fault } from './faults';

/** Reads a day from a cell: `YYYY-MM-DD`, or `null` when the cell holds none. */
export type DateReader = (value: string) => string | null;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ZONE = '(?:[Zz]|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?)';
/** What may follow the day in ISO 8601: a time, to any precision, with or without its offset. */
const TIME = `[Tt ](?:[01]\\d|2[0-4])(?::?[0-5]\\d(?::?(?:[0-5]\\d|60)(?:[.,]\\d+)?)?)?(?: ?${ZONE})?`;
/** XML Schema lets a zone follow a day directly: `2024-01-05Z`, `2024-01-05-07:00`. */
const ZONE_OF_DAY = '(?:[Zz]|[+-](?:0\\d|1[0-4]):?[0-5]\\d)';
const AFTER_DAY = new RegExp(`^(?:${TIME}|${ZONE_OF_DAY})$`);
/** The time of a spreadsheet or a program that writes for people: `12:00:00 AM`, `8:05`. */
const WRITTEN_TIME =
  '[,\\s]\\s*(?:(?:0?\\d|1[0-2])(?::[0-5]\\d(?::[0-5]\\d(?:[.,:]\\d+)?)?)?\\s*[AaPp]\\.?[Mm]\\.?' +
  `|(?:[01]?\\d|2[0-4]):[0-5]\\d(?::(?:[0-5]\\d|60)(?:[.,]\\d+)?)?)(?:\\s?${ZONE})?`;

/** True when the day is in the calendar (proleptic Gregorian, years 1 to 9999). */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS_IN_MONTH[month - 1] ?? 0);
}

/**
 * The day of an ISO 8601 calendar date, `YYYY-MM-DD`. A time or a zone may follow; only the written
 * day counts, without a change of zone. `null` for anything else and for days that do not exist.
 */
export function isoDay(value: string): string | null {
  if (value.length < 10 || value.charCodeAt(4) !== 45 || value.charCodeAt(7) !== 45) return null;
  const year = digits(value, 0, 4);
  const month = digits(value, 5, 7);
  const day = digits(value, 8, 10);
  if (year < 0 || month < 0 || day < 0 || !isCalendarDay(year, month, day)) return null;
  if (value.length === 10) return value;
  return AFTER_DAY.test(value.slice(10)) ? value.slice(0, 10) : null;
}

/** The number that the digits from `start` to `end` write, or -1. */
function digits(value: string, start: number, end: number): number {
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** The names of formats that are no pattern → what they read. */
const NAMED: Readonly<Record<string, DateReader>> = {
  serial: (value) => serialDay(value, 0),
  'serial-1904': (value) => serialDay(value, 1_462),
  'epoch-ms': (value) => epochDay(value, 1),
  'epoch-s': (value) => epochDay(value, 1_000),
  '/date(ms)/': (value) => epochDay(value, 1),
};

/** The forms that `--date-format` takes, for help and messages. */
export const DATE_FORMATS =
  'DD.MM.YYYY, M/D/YYYY, DD-MMM-YYYY (English names of months), YYYYMMDD, serial (days of a ' +
  'spreadsheet), serial-1904, epoch-ms, epoch-s, /Date(ms)/; a time, AM or PM, or a zone may follow a day';

/**
 * A reader for dates as `format` writes them: the parts `YYYY`, `MM` or `M` (or `MMM`, the English
 * name of the month, short or complete), `DD` or `D` (any case) and the text between them, such as
 * `DD.MM.YYYY`, `M/D/YYYY`, `YYYYMMDD`, `DD-MMM-YYYY`; or one of the names in {@link DATE_FORMATS}.
 * A time may follow, with AM or PM, and a zone. The reader also takes ISO 8601, which its leading
 * year of four digits sets apart (unless the format begins with one, too).
 *
 * @throws Fault `usage`/`bad_date_format`, also for two-digit years, which name no century.
 */
export function dateReader(format: string | undefined): DateReader {
  if (format === undefined || /^\s*iso([ -]?8601)?\s*$/i.test(format)) return isoDay;
  const name = format.trim().toLowerCase();
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named !== undefined) return (value) => named(value) ?? isoDay(value);
  const { pattern, order } = compile(format.trim());
  const isoToo = order[0] !== 'Y' || name === 'yyyy-mm-dd';
  return (value) => {
    const match = pattern.exec(value);
    if (match === null) return isoToo ? isoDay(value) : null;
    const part = (letter: string): string => match[order.indexOf(letter) + 1] ?? '';
    const [year, day] = [part('Y'), part('D').padStart(2, '0')];
    const month = monthOf(part('M'));
    if (!isCalendarDay(Number(year), Number(month), Number(day))) return null;
    return `${year}-${month}-${day}`;
  };
}

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september'],
  ...['october', 'november', 'december'],
];

/** The month as two digits, from its number or its English name; `00` for any other word. */
function monthOf(text: string): string {
  if (/^\d/.test(text)) return text.padStart(2, '0');
  const word = text.toLowerCase();
  const found = MONTHS.findIndex(
    (month) =>
      month === word || month.slice(0, 3) === word || (word === 'sept' && month === 'september'),
  );
  return String(found + 1).padStart(2, '0');
}

function compile(format: string): { pattern: RegExp; order: string[] } {
  const order: string[] = [];
  const separated = /^[^YMD]*[YMD]+[^YMD]+[YMD]+[^YMD]+[YMD]+[^YMD]*$/i.test(format);
  const source = format.replace(/([YMD])\1*|\s+|[^YMD]/gi, (token) => {
    const letter = token.charAt(0).toUpperCase();
    if (!'YMD'.includes(letter)) {
      if (/[\p{L}\p{N}]/u.test(token)) throw badFormat(format);
      if (/\s/.test(token)) return '\\s+';
      return token.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    }
    const width = token.length;
    const byName = letter === 'M' && (width === 3 || width === 4);
    const good =
      letter === 'Y' ? width === 4 : byName || (width <= 2 && (separated || width === 2));
    if (!good || order.includes(letter)) throw badFormat(format);
    order.push(letter);
    if (byName) return '([A-Za-z]{3,9})\\.?';
    return letter === 'Y' ? '(\\d{4})' : separated ? '(\\d{1,2})' : '(\\d{2})';
  });
  if (order.length !== 3) throw badFormat(format);
  return {
    pattern: new RegExp(`^${source}(?:${TIME}|${WRITTEN_TIME}|${ZONE_OF_DAY})?$`),
    order,
  };
}

/** Days of a spreadsheet before 1970-01-01, in the count that begins with 1900. */
const SERIAL_OF_1970 = 25_569;
const DAY_MS = 86_400_000;

/**
 * The day of a spreadsheet's serial number; a fraction is a time. `shift`: days by which its count
 * begins later than the one of 1900. That one has a day 60, 1900-02-29, which never was.
 */
function serialDay(value: string, shift: number): string | null {
  if (!/^\d{1,7}(?:[.,]\d+)?$/.test(value)) return null;
  const serial = Math.floor(Number(value.replace(',', '.')));
  if (shift === 0 && (serial < 1 || serial === 60)) return null;
  const days = serial + shift + (shift === 0 && serial < 60 ? 1 : 0) - SERIAL_OF_1970;
  return dayOfTime(days * DAY_MS);
}

/**
 * The day of a point in time: a number of `unitMs`, in UTC, or `/Date(ms)/` as OData and Microsoft's
 * JSON write it, in the zone that follows the number there. Microsoft writes that zone as hours and
 * minutes, OData 2.0 as minutes; where they differ, the one counts by which it is midnight.
 */
export function epochDay(value: string, unitMs: number): string | null {
  if (/^-?\d{1,16}$/.test(value)) return dayOfTime(Number(value) * unitMs);
  const [, ms, zone] = /^\\?\/Date\((-?\d{1,16})([+-]\d{1,4})?\)\\?\/$/.exec(value) ?? [];
  if (ms === undefined) return null;
  const times = zone === undefined ? [0] : offsets(zone);
  const local = times.map((offset) => Number(ms) + offset * 60_000);
  const midnight = local.filter((time) => time % DAY_MS === 0);
  const days = new Set((midnight.length > 0 ? midnight : local).map(dayOfTime));
  const [day = null] = days;
  return days.size === 1 ? day : null;
}

/** The minutes that a zone may mean; no place is further than 14 hours from UTC. */
function offsets(zone: string): number[] {
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1);
  const clock = Number(digits.slice(0, -2)) * 60 + Number(digits.slice(-2));
  const readings = [Number(digits)];
  if (digits.length === 4 && Number(digits.slice(-2)) < 60) readings.unshift(clock);
  return readings.filter((minutes) => minutes <= 840).map((minutes) => sign * minutes);
}

function dayOfTime(time: number): string | null {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return null;
  const day = date.toISOString().slice(0, 10);
  return isoDay(day);
}

/** Year, month and day in the forms of databases, SAP and spreadsheets, where day 0 is 1900-01-00. */
const ZERO_DAY =
  '0000[-./]00[-./]00|00[-./]00[-./]0000|00000000|1900[-./]01[-./]00|' +
  '00?[-./]0?1[-./]1900|0?1[-./]00?[-./]1900';
const ZERO_DATE = new RegExp(
  `^(?:${ZERO_DAY})(?:[T ](?:0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?AM)Z?)?$`,
  'i',
);

/** True for `0000-00-00` and its like, by which programs mean that there is no date. */
export function isZeroDate(value: string): boolean {
  return ZERO_DATE.test(value);
}

function badFormat(format: string): Fault {
  return new Fault('usage', {
    code: 'bad_date_format',
    message:
      `The date format ${JSON.stringify(format)} does not say where year, month and day stand` +
      (/(^|[^y])yy([^y]|$)/i.test(format) ? ', and a year of two digits names no century.' : '.'),
    next: `Write each of YYYY, MM and DD once. Forms: ${DATE_FORMATS}.`,
  });
}
