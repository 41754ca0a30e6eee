import type { DateReader } from '../../domain/dates';
import type { RecordRow } from '../../domain/files/recordRows';
import { factText, rowFault, type CellFault, type RowFault } from '../../domain/files/rowFaults';
import { CLEAR_TOKEN, NULL_CELL } from '../../domain/files/tokens';
import { userKey } from '../../domain/keys';
import { courseKey } from '../../domain/records/course';
import { CREDIT_VALUES } from '../../domain/records/credit';
import { ENROLLMENT_VALUES } from '../../domain/records/enrollment';
import type { RecordColumn, RecordSubject } from '../../domain/records/fileColumns';
import { creditPrint } from '../../domain/records/print';
import { readDay, type RecordReader as ReadValue } from '../../domain/records/values';
import type { NewMessage } from '../../domain/runs/messages';
import { Lines } from '../csv/read';
import { isBlank } from '../csv/rowColumns';
import type { RowPlace } from './batches';
import { cellValue, valueFault, type CellRules } from './cells';
import type { FileColumn } from './columns';

export interface ReaderRules extends CellRules {
  readonly subject: RecordSubject;
  readonly columns: readonly FileColumn[];
  readonly date: DateReader;
  /** Columns of the header. */
  readonly width: number;
  readonly isNull: (value: string) => boolean;
  /** A comma in a number is its decimal sign. */
  readonly decimalComma: boolean;
}

/** A column with the way its cells are read. */
interface CellColumn {
  readonly index: number;
  readonly header: string;
  /** The name of its value in the staged record. */
  readonly key: string;
  readonly required: boolean;
  readonly clearable: boolean;
  readonly read: ReadValue;
  filled: number;
}

type Values = Record<string, string | number | null>;

/** Makes staged rows of cells; one instance for each read, because it counts what the columns fill. */
export class RecordReader {
  private readonly columns: readonly CellColumn[];
  /** A row with fewer cells may be half of a broken line. */
  private readonly least: number;
  private readonly blank = new Lines();

  constructor(private readonly rules: ReaderRules) {
    this.columns = rules.columns.flatMap((at) =>
      at.column === null ? [] : [cellColumn(at, at.column, rules)],
    );
    this.least = 1 + Math.max(...this.columns.filter((c) => c.required).map((c) => c.index));
  }

  /** The number of rows that gave each column a value. */
  filled(): Record<string, number> {
    return Object.fromEntries(this.columns.map(({ key, filled }) => [key, filled]));
  }

  messages(): NewMessage[] {
    return this.blank.message('blank_rows');
  }

  /** The staged row of the first `count` of `cells`; null when all of them are blank. */
  read(cells: readonly string[], { count, line, suspicious }: RowPlace): RecordRow | null {
    const faults: RowFault[] = [];
    if (count !== this.rules.width) {
      const given = cells.slice(0, count);
      if (given.every(isBlank)) return this.pass(line);
      const misfit = this.misfit(given);
      if (misfit !== null) {
        return {
          line,
          userRef: null,
          otherRef: null,
          record: null,
          faults: [rowFault(null, misfit)],
        };
      }
    }
    const values: Values = {};
    for (const column of this.columns) {
      const cell = column.index < count ? (cells[column.index] ?? '') : '';
      const fault = this.readCell(values, { column, cell, suspicious });
      if (fault !== null) faults.push(rowFault(column.header, fault));
    }
    if (hasStrayDay(values)) {
      const { header = null } = this.columns.find(({ key }) => key === 'completedAt') ?? {};
      const value = factText(text(values['completedAt']));
      faults.push(rowFault(header, ['bad_record_value', { value, wanted: STRAY_DAY }]));
    }
    if (faults.length > 0 && cells.slice(0, count).every(isBlank)) return this.pass(line);
    return this.row(values, { line, faults });
  }

  private pass(line: number): null {
    this.blank.add(line);
    return null;
  }

  private misfit(cells: readonly string[]): CellFault | null {
    const facts = { cells: cells.length, columns: this.rules.width };
    if (cells.length < this.least) return ['too_few_cells', facts];
    const surplus = cells.slice(this.rules.width).some((cell) => !isBlank(cell));
    return surplus ? ['too_many_cells', facts] : null;
  }

  private readCell(
    values: Values,
    o: { readonly column: CellColumn; readonly cell: string; readonly suspicious: boolean },
  ): CellFault | null {
    const { column, cell } = o;
    const value = cellValue({ text: cell, suspicious: o.suspicious }, this.rules);
    if (value === '' || cell === NULL_CELL || this.rules.isNull(value)) {
      return column.required ? ['missing_cell', {}] : null;
    }
    const fault = valueFault(value, {
      ...this.rules,
      header: column.header,
      suspicious: o.suspicious,
    });
    if (fault !== null) return fault;
    if (value.toLowerCase() === CLEAR_TOKEN) {
      if (!column.clearable) return ['cannot_clear', {}];
      values[column.key] = null;
      return null;
    }
    const reading = column.read(value);
    if ('refused' in reading) {
      return ['bad_record_value', { value: factText(value), wanted: reading.wanted }];
    }
    values[column.key] = reading.value;
    column.filled++;
    return null;
  }

  private row(
    { user, course, ...values }: Values,
    { line, faults }: { readonly line: number; readonly faults: readonly RowFault[] },
  ): RecordRow {
    const userRef = typeof user === 'string' ? user : null;
    const otherRef = typeof course === 'string' ? course : null;
    if (faults.length > 0) return { line, userRef, otherRef, record: null, faults };
    const record = {
      ...values,
      ...(userRef === null ? {} : { userKey: userKey(userRef) }),
      ...(otherRef === null ? {} : { otherKey: courseKey(otherRef) }),
      ...OF_SUBJECT[this.rules.subject].made(values),
    };
    return { line, userRef, otherRef, record, faults: null };
  }
}

/** How the values of each subject are read, and what its records hold besides. */
const OF_SUBJECT = {
  enrollments: { values: ENROLLMENT_VALUES, made: () => ({}) },
  credits: { values: CREDIT_VALUES, made: (values) => ({ print: printOf(values) }) },
} as const satisfies Record<
  RecordSubject,
  {
    readonly values: Readonly<Record<string, ReadValue>>;
    readonly made: (values: Values) => Values;
  }
>;

function printOf({ title, provider, credits, earnedOn }: Values): string {
  return creditPrint({
    title: text(title),
    provider: text(provider),
    credits: text(credits),
    earnedOn: text(earnedOn),
  }).toString();
}

function text(value: Values[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A day of completion beside a status that has none. */
function hasStrayDay({ status = 'completed', completedAt }: Values): boolean {
  return status !== 'completed' && typeof completedAt === 'string';
}

const STRAY_DAY = 'a day for a row with another status than completed';

/** Names of columns → the names of their values, where they differ. */
const KEYS: Readonly<Record<string, string>> = {
  completed: 'completedAt',
  earned: 'earnedOn',
  evidence: 'evidenceUrl',
};
const CLEARABLE: ReadonlySet<string> = new Set(['progress', 'score', 'evidence']);

function cellColumn(
  { index, header }: FileColumn,
  { name, required }: RecordColumn,
  rules: ReaderRules,
): CellColumn {
  const key = KEYS[name] ?? name;
  const clearable = CLEARABLE.has(name);
  return {
    index,
    header,
    key,
    required: required === true,
    clearable,
    read: readerOf(key, rules),
    filled: 0,
  };
}

function readerOf(key: string, { date, decimalComma, subject }: ReaderRules): ReadValue {
  const readers: Readonly<Record<string, ReadValue>> = OF_SUBJECT[subject].values;
  const read = readers[key] ?? ((value) => ({ value }));
  if (key === 'completedAt' || key === 'earnedOn') return (value) => readDay(value, date);
  const isNumber = key === 'score' || key === 'credits' || key === 'progress';
  return isNumber && decimalComma ? (value) => read(value.replace(',', '.')) : read;
}
