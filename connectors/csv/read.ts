import { dateReader } from '../../domain/dates';
import { isNeutralisedFile, propertiesNamed } from '../../domain/files/columns';
import { DAYS_COLUMNS, FileDays } from '../../domain/files/fileDays';
import type { ReadSummary, StagedRow } from '../../domain/files/staged';
import type { NewMessage } from '../../domain/runs/messages';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { Days } from '../../domain/zones';
import { resolveHeader, type ReadColumn } from './columns';
import { dateFormMessages, findDateForms } from './dateColumns';
import { formatOf, type CsvFormat } from './format/format';
import type { Header } from './format/header';
import { openCsv, type CsvSource, type OpenCsv } from './format/open';
import type { ColumnWords } from './findings';
import { keyColumnOf, requireKeyField } from './keyColumn';
import { isBlank } from './rowColumns';
import { preferenceOf, type Preference } from './preference';
import { RowReader } from './rows';
import { WrappedLines } from './wrappedLines';

/**
 * Rows of a batch; the last one may have fewer. Small, so that a batch is released before the young
 * heap is collected. With 5,000 rows the collector copied the live ones, for over half of a read (1
 * M rows, column "read" of `npm run bench -- import`, 2026-11-23: 7.5 to 8.7 s; with 250 rows, 4.1
 * to 4.6 s).
 */
export const BATCH_ROWS = 250;

export interface ReadCsvInput extends Omit<CsvSource, 'options'> {
  readonly options: ImportOptions;
  /** `userKey(code)` and `userKey(name)` → organization id. */
  readonly organizations: ReadonlyMap<string, string>;
  readonly properties: readonly PropertyDefinition[];
  /** True where no store says which properties exist: a header `properties.KEY` is a text. */
  readonly undeclared?: boolean;
  /** Called with the cells of each row, the first `count` of `cells`, before it is in a batch. */
  readonly onRow?: (cells: readonly string[], count: number) => void;
  /** Which day it is; without it no days are decided. */
  readonly days?: Days;
}

/** A read whose header is understood; the rows are read while `batches` is consumed. */
export interface CsvRead {
  readonly columns: readonly ReadColumn[];
  /** How the file is written. */
  readonly format: CsvFormat;
  /** What each row has behind the columns of every staged row. */
  readonly tail: readonly string[];
  readonly batches: AsyncIterable<StagedRow[]>;
  /** Field → rows that gave it a value; complete once `batches` has ended. */
  filled(): Readonly<Record<string, number>>;
  /** Columns of which most rows hold words for nothing, and how many cells hold each of them. */
  wordsForNothing(): readonly ColumnWords[];
  /** Rows that are no people, unless somebody is known by them; complete once `batches` has ended. */
  noPeople(): { readonly rows: number; readonly lines: readonly number[] };
  /** What the read found; complete once `batches` has ended. */
  summary(): ReadSummary;
}

/**
 * Reads a CSV file into staged rows; memory does not grow with its size. White space around a cell
 * is not part of its value; rows with no value in any cell are passed over; a row with faults is
 * yielded with all of them.
 *
 * @throws Fault `refused_file` with a stable code, before or while `batches` is consumed:
 * `directory`, `archive`, `workbook`, `pdf`, `html`, `xml`, `json`, `document`, `file_too_large`,
 * `no_header`, `unknown_encoding`, `invalid_bytes`, `bad_delimiter`, `broken_quotes`,
 * `record_too_long`, `too_many_columns`, `unknown_column`, `mapped_column_absent`,
 * `repeated_column`, `no_key_column`, `unknown_field`;
 * Fault `usage`/`bad_date_format`.
 */
export async function readCsv(input: ReadCsvInput): Promise<CsvRead> {
  const { options, onRow } = input;
  const date = dateReader(options.dateFormat);
  const open = await openCsv(input);
  try {
    const properties =
      input.undeclared === true
        ? [...input.properties, ...propertiesNamed(open.header.cells)]
        : input.properties;
    const preference = preferenceOf(options, { header: open.header.cells, properties });
    const key = keyColumnOf(options, {
      header: open.header.cells,
      line: open.header.line,
      columns: preference?.columns ?? options.columns,
      properties,
    });
    const { columns, messages } = resolveHeader({
      header: open.header.cells,
      line: open.header.line,
      columns: key.columns,
      hasKey: key.own !== null,
      requiredColumns: [...(options.requiredColumns ?? []), ...(preference?.required ?? [])],
      ignoreUnknown: options.ignoreUnknown,
      likelyLine: open.header.likelyLine,
      properties,
    });
    requireKeyField(options, { columns, line: open.header.line });
    const days = daysOf(input, columns);
    const at = { columns, properties, line: open.header.line };
    const dateForms = await findDateForms(input, at);
    const reader = new RowReader({
      columns,
      date,
      dateFormat: options.dateFormat ?? 'YYYY-MM-DD',
      organizations: input.organizations,
      properties,
      decimalComma: open.header.delimiter !== ',',
      blank: options.blank,
      nullWords: options.nullWords,
      values: options.values,
      dateForms,
      maxCellChars: input.limits.maxCellChars,
      unnamed: options.ignoreUnknown ? [] : unnamedPlaces(columns),
      neutralised: isNeutralisedFile(open.header.cells),
      key,
      days,
    });
    const tally = { rows: 0, blank: new Lines(), repeated: new Lines() };
    return {
      columns,
      tail: [...(days === null ? [] : DAYS_COLUMNS), ...(preference === null ? [] : ['preferred'])],
      format: formatOf(open, columns),
      batches: batches(open, { reader, tally, onRow, preference }),
      filled: () => reader.filled(),
      noPeople: () => reader.people.counted(),
      wordsForNothing: () => reader.findings.wordsForNothing(tally.rows),
      summary: () => {
        const findings = reader.forPlan();
        return {
          rows: tally.rows,
          coverage: reader.coverage(tally.rows),
          messages: [
            ...(open.header.found ? [headerFound(open.header)] : []),
            ...messages,
            ...dateFormMessages(dateForms, columns),
            ...reader.findings.messages(tally.rows),
            ...escapesMessage(open),
            ...(days?.messages() ?? []),
            ...tally.repeated.message('repeated_header'),
            ...tally.blank.message('blank_rows'),
          ],
          ...(findings === undefined ? {} : { findings }),
        };
      },
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** The days of a file that has a column for them. */
function daysOf({ days, options }: ReadCsvInput, columns: readonly ReadColumn[]): FileDays | null {
  if (days === undefined || options.days === 'ignore') return null;
  const header = (wanted: string): string | null =>
    columns.find(({ field }) => field === wanted)?.header ?? null;
  const [first, last] = [header('hireDate'), header('leaveDate')];
  // A partial file corrects some cells: the empty ones change nothing, as in any other column.
  const emptySays = options.partial !== true || options.blank === 'clear';
  return first !== null || last !== null ? new FileDays(days, { first, last, emptySays }) : null;
}

interface Tally {
  rows: number;
  readonly blank: Lines;
  readonly repeated: Lines;
}

/** Counts lines that are passed over, and keeps the first. */
export class Lines {
  private count = 0;
  private first: number | null = null;

  add(line: number): void {
    this.count++;
    this.first ??= line;
  }

  message(code: 'blank_rows' | 'repeated_header'): NewMessage[] {
    if (this.count === 0) return [];
    return [{ line: this.first, column: null, code, facts: { rows: this.count } }];
  }
}

async function* batches(
  open: OpenCsv,
  o: {
    readonly reader: RowReader;
    readonly tally: Tally;
    readonly onRow: ReadCsvInput['onRow'] | undefined;
    readonly preference: Preference | null;
  },
): AsyncGenerator<StagedRow[]> {
  const { reader, tally, onRow, preference } = o;
  const ready: StagedRow[][] = [];
  let batch: StagedRow[] = [];
  const take = (row: StagedRow | null, line: number, cells: readonly string[] = []): void => {
    if (row === null) {
      tally.blank.add(line);
      return;
    }
    batch.push(preference === null ? row : [...row, preference.of(cells) ? 't' : 'f']);
    if (batch.length === BATCH_ROWS) {
      ready.push(batch);
      batch = [];
    }
  };
  const short = new WrappedLines({ reader, backslashes: open.header.quoting === 'doubled', take });
  const repeated = new RepeatedHeader(open.header.cells);
  const { least } = reader;
  const blocks = open.records((cells, count, line, suspicious) => {
    if (count < least && !cells.slice(0, count).every(isBlank)) {
      onRow?.(cells, count);
      short.add({ cells: cells.slice(0, count), line, suspicious });
      return;
    }
    if (short.isHolding) short.release();
    if (repeated.is(cells, count)) {
      tally.repeated.add(line);
      return;
    }
    const row = reader.read(cells, count, line, suspicious);
    if (row !== null) onRow?.(cells, count);
    take(row, line, cells);
  });
  try {
    for await (const _ of blocks) {
      for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
        tally.rows += next.length;
        yield next;
      }
    }
    short.release();
    for (const last of [...ready, batch]) {
      tally.rows += last.length;
      if (last.length > 0) yield last;
    }
  } finally {
    await open.close();
  }
}

/** Finds the rows that repeat the header, as files that were joined have them. */
class RepeatedHeader {
  private readonly at: number;
  private readonly name: string;

  constructor(private readonly header: readonly string[]) {
    this.at = header.findIndex((cell) => cell.trim() !== '');
    this.name = header[this.at] ?? '';
  }

  is(cells: readonly string[], count: number): boolean {
    const cell = cells[this.at];
    // Nearly every row ends here. A byte order mark may stand before the first cell.
    if (cell !== this.name && cell?.charCodeAt(0) !== 0xfeff) return false;
    return (
      count === this.header.length &&
      this.header.every((name, at) => name.trim() === cells[at]?.trim())
    );
  }
}

function escapesMessage(open: OpenCsv): NewMessage[] {
  const signs = open.escapeSigns();
  if (signs === null) return [];
  const { count, line } = signs;
  return [{ line: null, column: null, code: 'backslash_escapes', facts: { count, line } }];
}

function headerFound({ line }: Header): NewMessage {
  return { line, column: null, code: 'header_found', facts: {} };
}

function unnamedPlaces(columns: readonly ReadColumn[]): number[] {
  return columns.flatMap(({ header, index }) => (header === '' ? [index] : []));
}
