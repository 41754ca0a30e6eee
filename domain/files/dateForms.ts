import { dateReader, isoDay } from '../dates';
import { isNoDay } from './noDay';

/** A way in which programs write days, and the formats that may be meant by it. */
interface Shape {
  readonly form: RegExp;
  readonly formats: readonly string[];
}

const END = '(?=$|[ T,])';
const shape = (form: string, formats: readonly string[]): Shape => ({
  form: new RegExp(`^${form}${END}`),
  formats,
});

/** With points, the day comes first in every country that writes them. */
const SHAPES: readonly Shape[] = [
  shape('\\d\\d?\\.\\d\\d?\\.\\d{4}', ['DD.MM.YYYY']),
  shape('\\d\\d?/\\d\\d?/\\d{4}', ['DD/MM/YYYY', 'MM/DD/YYYY']),
  shape('\\d\\d?-\\d\\d?-\\d{4}', ['DD-MM-YYYY', 'MM-DD-YYYY']),
  shape('\\d{4}/\\d\\d?/\\d\\d?', ['YYYY/MM/DD']),
  shape('\\d{4}\\.\\d\\d?\\.\\d\\d?', ['YYYY.MM.DD']),
  shape('\\d{4}-\\d\\d?-\\d\\d?', ['YYYY-M-D']),
  shape('\\d{8}', ['YYYYMMDD', 'DDMMYYYY', 'MMDDYYYY']),
  shape('\\d\\d?-[A-Za-z]{3,9}-\\d{4}', ['DD-MMM-YYYY']),
  shape('\\d\\d? [A-Za-z]{3,9} \\d{4}', ['DD MMM YYYY']),
  shape('[A-Za-z]{3,9}\\.? \\d\\d?, \\d{4}', ['MMM DD, YYYY']),
  shape('\\\\?/Date\\(-?\\d+(?:[+-]\\d{1,4})?\\)\\\\?/', ['/Date(ms)/']),
  shape('\\d{5}(?:[.,]\\d+)?', ['serial', 'serial-1904']),
  shape('\\d{13}', ['epoch-ms']),
  shape('\\d{10}', ['epoch-s']),
];

const TWO_DIGIT_YEAR = /^\d\d?([./-])\d\d?\1\d\d(?=$|[ T,])/;
const YEARS = ['1900', '2199'] as const;

/** The formats in which a text may be a day, which is not ISO 8601; empty: in none. */
export function formatsOf(text: string): readonly string[] {
  const found = SHAPES.find(({ form }) => form.test(text));
  return found?.formats.filter((format) => isDayIn(text, format)) ?? [];
}

/** True for a day whose year has two digits, which name no century. */
export function hasShortYear(text: string): boolean {
  return TWO_DIGIT_YEAR.test(text);
}

const READERS = new Map<string, (text: string) => string | null>();

function isDayIn(text: string, format: string): boolean {
  const read = READERS.get(format) ?? dateReader(format);
  READERS.set(format, read);
  const day = read(text);
  // Eight digits are a year somewhere, so only years of people tell the formats apart.
  return day !== null && ((day > YEARS[0] && day < YEARS[1]) || isNoDay(day));
}

/** The days of one column that are not ISO 8601. */
export interface FoundForm {
  readonly format: string;
  readonly cells: number;
  /** The first of them. */
  readonly value: string;
}

/** Place of a column → the format of its days. */
export type FoundForms = ReadonlyMap<number, FoundForm>;

/**
 * Finds the one format that all days of a column fit. A text that is a day in no format is none, so it
 * decides nothing.
 */
export class DateForms {
  private candidates: ReadonlySet<string> | null = null;
  private cells = 0;
  private value = '';
  /** Days in ISO 8601. */
  iso = 0;

  add(text: string): void {
    if (isoDay(text) !== null) {
      this.iso++;
      return;
    }
    const formats = formatsOf(text);
    if (formats.length === 0) return;
    if (this.cells++ === 0) this.value = text;
    const { candidates } = this;
    if (candidates === null) this.candidates = new Set(formats);
    else if (candidates.size > formats.length || !formats.every((f) => candidates.has(f))) {
      this.candidates = new Set(formats.filter((format) => candidates.has(format)));
    }
  }

  /** True once a day came that is not ISO 8601. */
  get isOther(): boolean {
    return this.cells > 0;
  }

  /** `null`: no format, or several. */
  found(): FoundForm | null {
    const [format, ...more] = this.candidates ?? [];
    if (format === undefined || more.length > 0 || isBare(format)) return null;
    return { format, cells: this.cells, value: this.value };
  }
}

/**
 * Numbers may be something else than days, so their formats are only offered. YYYYMMDD is none of these: eight
 * digits that begin with a year and go on with a month and a day are hardly anything else.
 */
function isBare(format: string): boolean {
  return /^(?:serial|epoch|DDMM|MMDD)/.test(format);
}
