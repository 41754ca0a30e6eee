import { isZeroDate } from '../../domain/dates';
import { hasLostSign, isRounded } from '../../domain/files/cellKinds';
import { DAYS_COLUMNS } from '../../domain/files/fileDays';
import { plainCell } from '../../domain/files/csvCells';
import type { FieldName } from '../../domain/users/fields';
import { userKey } from '../../domain/keys';
import { unnamedValue } from './columns';
import { Findings } from './findings';
import { PeopleWatch } from './noPeople';
import {
  formOf,
  isBlank,
  isText,
  isUnseen,
  LETTER_LOST,
  MAX_NAMED,
  rowColumn,
  textFault,
  trimmed,
  withoutFormula,
  type RowColumn,
} from './rowColumns';
import { hasKey, ID_AT, ownKeyColumn } from './rowKey';
import type { RowRules, ShortRow } from './rowRules';
import { CLEAR_TOKEN, EXTRA_TOKEN, MISSING_TOKEN, NULL_CELL } from '../../domain/files/tokens';
import { ungarbled } from '../../domain/files/garbled';
import { isNoDay, saysNothing } from '../../domain/files/noDay';
import { MAY_BE_NOTHING, nullTest, wordForNothing } from '../../domain/files/nothing';
import { isTimeZone } from '../../domain/zones';
import { factText, rowFault, type CellFault, type RowFault } from '../../domain/files/rowFaults';
import { withoutUnseen } from '../../domain/files/unseen';
import {
  arrayLiteral,
  CONTROL,
  emptyRowWith,
  stagedAt,
  type ReadFindings,
  type StagedRow,
} from '../../domain/files/staged';

const LINE = stagedAt('line');
const EXTERNAL_ID = stagedAt('external_id');
const CODE = stagedAt('code');
const LOGIN = stagedAt('login');
const LOGIN_KEY = stagedAt('login_key');
const EMAIL = stagedAt('email');
const EMAIL_KEY = stagedAt('email_key');
const PROPERTIES = stagedAt('properties');
const CLEARS = stagedAt('clears');
const FAULTS = stagedAt('faults');
const KEY_READABLE = stagedAt('key_readable');
/** A text of ASCII that is seen. */
const PRINTABLE = /^[ -~]*$/;

/**
 * Makes staged rows of cells; one instance for each read, because it counts what the columns fill.
 */
export class RowReader {
  readonly findings = new Findings();
  readonly people: PeopleWatch;
  private readonly isNull: (value: string) => boolean;
  private readonly hasNullWords: boolean;
  private readonly columns: readonly RowColumn[];
  private readonly emptyRow: () => (string | null)[];
  /** The column with the external id; undefined: the file has none. */
  private readonly idColumn: RowColumn | undefined;
  /** The staged value that is the external id. */
  private readonly idAt: number;
  /** The staged value where a total has its word: the code, or the login of a file without codes. */
  private readonly numberAt: number;
  private readonly keyHeader: string;
  /** Place of the column that says who a row is. */
  private readonly keyAt: number;
  /** Number of columns. */
  private readonly width: number;
  /** Cells up to the last column with a name: a row that has so many is complete. */
  readonly least: number;
  /** True until the first row came. */
  private isFirst = true;
  // What one row collects besides its cells; reset for each row.
  private faults: RowFault[] | null = null;
  private clears: string[] | null = null;
  private properties = '';
  private keyFault = false;
  private idFault = false;
  /** True once a good row came that has no external id. */
  private unnumbered = false;
  /** Headers of cells that still hold {@link MISSING_TOKEN} or {@link EXTRA_TOKEN}. */
  private unfixed: string[] | null = null;

  constructor(private readonly rules: RowRules) {
    const { own, field } = rules.key;
    const hasCode = rules.columns.some((column) => column.field === 'code');
    this.numberAt = hasCode ? CODE : LOGIN;
    this.people = new PeopleWatch({ byLogin: !hasCode });
    const fields = rules.columns.flatMap((column) =>
      column.field === null ? [] : [rowColumn(column, column.field, { ...rules, hasCode })],
    );
    this.emptyRow = emptyRowWith(rules.days === null ? 0 : DAYS_COLUMNS.length);
    const ownColumn = own === null ? undefined : ownKeyColumn(own, rules);
    this.columns =
      ownColumn === undefined
        ? fields
        : [...fields, ownColumn].sort((one, two) => one.index - two.index);
    this.idColumn = ownColumn ?? fields.find((column) => column.field === field);
    this.idAt = field === null ? EXTERNAL_ID : ID_AT[field];
    this.isNull = nullTest(rules.nullWords);
    this.hasNullWords = (rules.nullWords ?? []).length > 0;
    const key = this.idColumn ?? this.columns.find(({ isKey }) => isKey);
    this.keyHeader = this.columns.find(({ isKey }) => isKey)?.header ?? 'code';
    this.keyAt = key?.index ?? 0;
    this.width = rules.columns.length;
    this.least = 1 + rules.columns.findLastIndex(({ header }) => header !== '');
  }

  /** The number of rows that gave each field a value. */
  filled(): Record<string, number> {
    return Object.fromEntries(this.fieldColumns().map(({ field, filled }) => [field, filled]));
  }

  /**
   * As {@link RowReader.filled}; 0 where most have one word for nothing.
   */
  coverage(rows: number): Record<string, number> {
    return Object.fromEntries(
      this.fieldColumns().map((column) => [
        column.field,
        this.findings.isEmptied(column, rows) ? 0 : column.filled,
      ]),
    );
  }

  /** What only the plan can judge. */
  forPlan(): ReadFindings | undefined {
    const found = this.findings.forPlan(this.people.found());
    if (!this.unnumbered) return found;
    return { ...(found ?? { nameless: false, words: {} }), unnumbered: true };
  }

  private fieldColumns(): readonly RowColumn[] {
    return this.rules.key.own === null
      ? this.columns
      : this.columns.filter(({ target }) => target !== EXTERNAL_ID);
  }

  /**
   * The staged row of the first `count` of `cells`; null when all of them are blank. `suspicious`:
   * the cells may hold control characters. Outer white space of a cell is not part of its value.
   * The row has no opinion of the columns whose cells are missing at its end, and surplus cells at
   * its end may be blank.
   *
   * @throws Fault `refused_file`/`unknown_column` when the first row has a value in a column without
   * a name.
   */
  read(
    cells: readonly string[],
    count: number,
    line: number,
    suspicious: boolean,
  ): StagedRow | null {
    this.begin();
    const row = this.emptyRow();
    row[LINE] = String(line);
    if (count !== this.width || this.rules.unnamed.length > 0) {
      const fault = this.placeFault(cells, count, line);
      if (fault !== null) return this.readMisfit(row, { cells, count, suspicious }, fault);
    }
    const columns = count < this.least ? this.firstColumns(count) : this.columns;
    for (const column of columns) {
      this.readCell(row, column, cells[column.index] ?? '', suspicious);
    }
    if (!hasKey(row) && !this.keyFault) {
      if (cells.slice(0, count).every(isBlank)) return null;
      if (suspicious && cells.slice(0, count).every(isUnseen)) return null;
      this.fault(rowFault(this.keyHeader, ['missing_key', {}]));
    }
    this.finish(row, !this.idFault && hasKey(row));
    this.people.end(row[this.numberAt] ?? null, line);
    return row;
  }

  private begin(): void {
    this.faults = null;
    this.clears = null;
    this.properties = '';
    this.keyFault = false;
    this.idFault = false;
    this.people.begin();
    this.unfixed = null;
  }

  /** The row of half a line. `backslash`: the line was cut behind one. */
  half({ cells, line, suspicious }: ShortRow, backslash: boolean): StagedRow | null {
    this.begin();
    const row = this.emptyRow();
    row[LINE] = String(line);
    const { length: count } = cells;
    return this.readMisfit(row, { cells, count, suspicious }, this.tooFew(count, backslash));
  }

  /**
   * True when `rest` may be the rest of the line that begins with `start`, cut within its cell `at`:
   * that cell is of a text, and `rest` is no row of its own.
   */
  goesOn(start: readonly string[], rest: readonly string[], at: number): boolean {
    const cut = this.columns.find(({ index }) => index === at);
    if (cut !== undefined && !isText(cut.field)) return false;
    const email = this.columns.find(({ field }) => field === 'email');
    const address = trimmed(rest[email?.index ?? -1] ?? '');
    if (address !== '' && email?.kind.convert(address) != null) return false;
    const key = rest[this.keyAt];
    return key === undefined || formOf(key) !== formOf(start[this.keyAt] ?? '');
  }

  /** True when a row of so many cells has a cell for each column. */
  isComplete(count: number): boolean {
    return count >= this.least && count <= this.width;
  }

  private firstColumns(count: number): readonly RowColumn[] {
    return this.columns.filter(({ index }) => index < count);
  }

  /** Why the cells of a row may be in the wrong columns; null: they are in their places. */
  private placeFault(cells: readonly string[], count: number, line: number): MisfitFault | null {
    for (let at = this.width; at < count; at++) {
      if (isBlank(cells[at] ?? '')) continue;
      return ['too_many_cells', { cells: count, columns: this.width }];
    }
    if (count <= this.keyAt) return this.tooFew(count);
    const at = this.rules.unnamed.find((place) => place < count && !isBlank(cells[place] ?? ''));
    const isFirst = this.isFirst;
    this.isFirst = false;
    if (at === undefined) return null;
    if (isFirst && !this.rules.neutralised) throw unnamedValue(at, line);
    return ['unnamed_cell', { place: at + 1 }];
  }

  private tooFew(count: number, backslash = false): MisfitFault {
    const facts = { cells: count, columns: this.width };
    return ['too_few_cells', backslash ? { ...facts, backslash } : facts];
  }

  /** Reads a row whose cells may have moved: only its first cell is certainly in its place. */
  private readMisfit(
    row: (string | null)[],
    given: {
      readonly cells: readonly string[];
      readonly count: number;
      readonly suspicious: boolean;
    },
    fault: MisfitFault,
  ): StagedRow | null {
    const cells = given.cells.slice(0, given.count);
    if (cells.every(isBlank)) return null;
    this.fault(rowFault(null, fault));
    for (const first of this.columns) {
      if (first.index === 0 && first.isKey) {
        this.readCell(row, first, cells[0] ?? '', given.suspicious);
      }
    }
    this.finish(row, this.idColumn === undefined && hasKey(row));
    return row;
  }

  private readCell(
    row: (string | null)[],
    column: RowColumn,
    cell: string,
    suspicious: boolean,
  ): void {
    let value = suspicious || this.rules.neutralised ? this.text(row, column, cell) : trimmed(cell);
    // 61 is `=`.
    if (value.charCodeAt(0) === 61) value = withoutFormula(value);
    const mapped = value === '' ? undefined : column.values?.get(userKey(value));
    if (mapped !== undefined) value = mapped;
    if (this.rules.neutralised && (value === MISSING_TOKEN || value.includes(EXTRA_TOKEN))) {
      this.countFault(column);
      (this.unfixed ??= []).push(column.header);
      return;
    }
    if (value === '') {
      if (this.rules.blank === 'clear' && column.clearable === 'yes') this.clear(column.field);
      return;
    }
    if (value.length > this.rules.maxCellChars || (suspicious && CONTROL.test(value))) {
      this.cellFault(column, textFault(value, this.rules.maxCellChars));
      return;
    }
    if (mapped === undefined && this.isNothing(column, cell, value)) return;
    // 60 is `<`.
    if (value.charCodeAt(0) === 60 && value.toLowerCase() === CLEAR_TOKEN) {
      this.clearByToken(column);
      return;
    }
    if (column.role === 'manager' && isRounded(value)) {
      this.findings.roundedManager(Number(row[LINE]), value);
      return;
    }
    this.people.note(column.role, value);
    const converted = column.kind.convert(value);
    if (column.role === 'day' && mapped === undefined && this.isNoDay(column, value, converted)) {
      if (this.rules.blank === 'clear') this.clear(column.field);
      return;
    }
    if (converted === null) {
      this.cellFault(column, column.kind.fault(value));
      return;
    }
    if (column.role === 'zone' && !isTimeZone(value)) {
      this.findings.unknownZone(column, value);
      return;
    }
    column.filled++;
    if (column.role === 'name' && hasLostSign(value) && LETTER_LOST.test(value)) {
      this.findings.questionMark(Number(row[LINE]), value);
    }
    if (column.target >= 0) row[column.target] = converted;
    else this.addProperty(column.field, converted);
  }

  /** The text of a cell that may hold what cannot be seen, or that Rollcall wrote. */
  private text(row: readonly (string | null)[], column: RowColumn, cell: string): string {
    const given = this.rules.neutralised ? plainCell(cell) : cell;
    // Most cells of such a row hold nothing of the kind.
    if (PRINTABLE.test(given)) return trimmed(given);
    // A soft hyphen or a no-break space may be half of a garbled letter, so this comes first.
    const garbled = ungarbled(given);
    if (garbled !== null) this.findings.garbled(Number(row[LINE]), given, garbled);
    const seen = withoutUnseen(given, column);
    if (seen !== given && garbled === null) this.findings.unseen(Number(row[LINE]));
    return trimmed(seen);
  }

  /** True for a cell that means no opinion; other words for nothing are counted. */
  private isNothing(column: RowColumn, cell: string, value: string): boolean {
    const mayBe = MAY_BE_NOTHING[value.charCodeAt(0)] === 1;
    if (!mayBe && !this.hasNullWords) return false;
    if (cell === NULL_CELL || this.isNull(value)) return true;
    const word = mayBe ? wordForNothing(value) : null;
    if (word !== null) this.findings.wordForNothing(column, value, word);
    return false;
  }

  /** True for a day that says nothing, because programs mean by it that there is none. */
  private isNoDay(column: RowColumn, value: string, day: string | null): boolean {
    if (day === null ? !isZeroDate(value) : !isNoDay(day)) return false;
    this.findings.noDay(column, value);
    return day === null || saysNothing(column.field === 'hireDate' ? 'hireDate' : 'leaveDate', day);
  }

  private clearByToken(column: RowColumn): void {
    if (column.field === 'code' || column.field === 'status') {
      this.cellFault(column, ['cannot_clear', {}]);
    } else {
      this.clear(column.field);
    }
  }

  private clear(field: FieldName): void {
    (this.clears ??= []).push(field);
  }

  private addProperty(field: FieldName, json: string): void {
    const member = `${JSON.stringify(field.slice('properties.'.length))}:${json}`;
    this.properties = this.properties === '' ? member : `${this.properties},${member}`;
  }

  private cellFault(column: RowColumn, fault: CellFault): void {
    this.countFault(column);
    this.fault(rowFault(column.header, fault));
  }

  private countFault(column: RowColumn): void {
    if (column.isKey) this.keyFault = true;
    if (column === this.idColumn) this.idFault = true;
  }

  /** One fault for the row, however many of its cells are still marked. */
  private unfixedFault(headers: readonly string[]): void {
    const [first = null] = headers;
    const columns = headers.slice(0, MAX_NAMED).map(factText);
    this.fault(rowFault(first, ['unmended_cell', { columns, cells: headers.length }]));
  }

  private fault(fault: RowFault): void {
    (this.faults ??= []).push(fault);
  }

  /** `others`: without an external id, the row is readable by its other keys. */
  private finish(row: (string | null)[], others: boolean): void {
    const { [LOGIN]: login, [EMAIL]: email } = row;
    if (this.unfixed !== null) this.unfixedFault(this.unfixed);
    if (typeof login === 'string') row[LOGIN_KEY] = userKey(login);
    if (typeof email === 'string') row[EMAIL_KEY] = userKey(email);
    const id = row[this.idAt] ?? null;
    row[EXTERNAL_ID] = id;
    if (id === null && this.faults === null) this.unnumbered = true;
    if (this.properties !== '') row[PROPERTIES] = `{${this.properties}}`;
    if (this.clears !== null) row[CLEARS] = arrayLiteral(this.clears);
    if (this.faults !== null) row[FAULTS] = JSON.stringify(this.faults);
    row[KEY_READABLE] = id !== null || others ? 't' : 'f';
    this.rules.days?.decide(row, Number(row[LINE]));
  }
}

type MisfitFault = CellFault<'too_few_cells' | 'too_many_cells' | 'unnamed_cell'>;
