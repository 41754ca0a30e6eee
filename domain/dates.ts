import { Fault } from './faults';

/** Reads a day from a cell: `YYYY-MM-DD`, or `null` when the cell holds none. */
export type DateReader = (value: string) => string | null;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** What may follow the day in ISO 8601: a time, to any precision, with or without its offset. */
const TIME =
  /[Tt ](?:[01]\d|2[0-4])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:[.,]\d+)?)?)?(?: ?(?:[Zz]|[+-]\d\d(?::?\d\d)?))?/;
const ONLY_TIME = new RegExp(`^${TIME.source}$`);

/** True when the day is in the calendar (proleptic Gregorian, years 1 to 9999). */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS_IN_MONTH[month - 1] ?? 0);
}

/**
 * The day of an ISO 8601 calendar date, `YYYY-MM-DD`. A time part may follow; only the written day
 * counts, without a change of zone. `null` for anything else and for days that do not exist.
 */
export function isoDay(value: string): string | null {
  if (value.length < 10 || value.charCodeAt(4) !== 45 || value.charCodeAt(7) !== 45) return null;
  const year = digits(value, 0, 4);
  const month = digits(value, 5, 7);
  const day = digits(value, 8, 10);
  if (year < 0 || month < 0 || day < 0 || !isCalendarDay(year, month, day)) return null;
  if (value.length === 10) return value;
  return ONLY_TIME.test(value.slice(10)) ? value.slice(0, 10) : null;
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

/**
 * A reader for dates as `format` writes them: the parts `YYYY`, `MM` or `M`, `DD` or `D` (any case)
 * and the text between them, such as `DD.MM.YYYY`, `M/D/YYYY`, `YYYYMMDD`. The reader also takes
 * ISO 8601, which its leading year of four digits sets apart (unless the format begins with one,
 * too).
 *
 * @throws Fault `usage`/`bad_date_format`, also for two-digit years, which name no century.
 */
export function dateReader(format: string | undefined): DateReader {
  if (format === undefined || /^\s*(iso([ -]?8601)?|yyyy-mm-dd)\s*$/i.test(format)) return isoDay;
  const { pattern, order } = compile(format.trim());
  const isoToo = order[0] !== 'Y';
  return (value) => {
    const match = pattern.exec(value);
    if (match === null) return isoToo ? isoDay(value) : null;
    const part = (letter: string): string => match[order.indexOf(letter) + 1] ?? '';
    const [year, month, day] = [part('Y'), part('M').padStart(2, '0'), part('D').padStart(2, '0')];
    if (!isCalendarDay(Number(year), Number(month), Number(day))) return null;
    return `${year}-${month}-${day}`;
  };
}

function compile(format: string): { pattern: RegExp; order: string[] } {
  const order: string[] = [];
  const separated = /^[^YMD]*[YMD]+[^YMD]+[YMD]+[^YMD]+[YMD]+[^YMD]*$/i.test(format);
  const source = format.replace(/([YMD])\1*|[^YMD]/gi, (token) => {
    const letter = token.charAt(0).toUpperCase();
    if (!'YMD'.includes(letter)) {
      if (/[\p{L}\p{N}]/u.test(token)) throw badFormat(format);
      return token.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    }
    const width = token.length;
    const good = letter === 'Y' ? width === 4 : width <= 2 && (separated || width === 2);
    if (!good || order.includes(letter)) throw badFormat(format);
    order.push(letter);
    return letter === 'Y' ? '(\\d{4})' : separated ? '(\\d{1,2})' : '(\\d{2})';
  });
  if (order.length !== 3) throw badFormat(format);
  return { pattern: new RegExp(`^${source}(?:${TIME.source})?$`), order };
}

function badFormat(format: string): Fault {
  return new Fault('usage', {
    code: 'bad_date_format',
    message:
      `The date format ${JSON.stringify(format)} does not say where year, month and day stand` +
      (/(^|[^y])yy([^y]|$)/i.test(format) ? ', and a year of two digits names no century.' : '.'),
    next: 'Write each of YYYY, MM and DD once, such as DD.MM.YYYY or MM/DD/YYYY.',
  });
}
