import { dateReader } from '../../domain/dates';
import { isFailedRowsFile, propertiesNamed } from '../../domain/files/columns';
import type { ReadSummary, StagedRow } from '../../domain/files/staged';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { resolveHeader, type ReadColumn } from './columns';
import { formatOf, type CsvFormat } from './format';
import { openCsv, type CsvSource, type OpenCsv } from './open';
import type { ColumnWords } from './findings';
import { RowReader } from './rows';

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
}

/** A read whose header is understood; the rows are read while `batches` is consumed. */
export interface CsvRead {
  readonly columns: readonly ReadColumn[];
  /** How the file is written. */
  readonly format: CsvFormat;
  readonly batches: AsyncIterable<StagedRow[]>;
  /** Field → rows that gave it a value; complete once `batches` has ended. */
  filled(): Readonly<Record<string, number>>;
  /** Columns of which most rows hold words for nothing, and how many cells hold each of them. */
  wordsForNothing(): readonly ColumnWords[];
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
    const { columns, messages } = resolveHeader({
      header: open.header.cells,
      line: open.header.line,
      columns: options.columns,
      ...(options.requiredColumns === undefined
        ? {}
        : { requiredColumns: options.requiredColumns }),
      ignoreUnknown: options.ignoreUnknown,
      properties,
    });
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
      maxCellChars: input.limits.maxCellChars,
      neutralised: isFailedRowsFile(open.header.cells),
    });
    const tally: Tally = { rows: 0, blank: 0, firstBlank: null };
    return {
      columns,
      format: formatOf(open, columns),
      batches: batches(open, { reader, tally, onRow }),
      filled: () => reader.filled(),
      wordsForNothing: () => reader.findings.wordsForNothing(tally.rows),
      summary: () => {
        const findings = reader.findings.forPlan();
        return {
          rows: tally.rows,
          coverage: reader.coverage(tally.rows),
          messages: [...messages, ...reader.findings.messages(tally.rows), ...blankMessage(tally)],
          ...(findings === undefined ? {} : { findings }),
        };
      },
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

interface Tally {
  rows: number;
  blank: number;
  firstBlank: number | null;
}

async function* batches(
  open: OpenCsv,
  o: {
    readonly reader: RowReader;
    readonly tally: Tally;
    readonly onRow: ReadCsvInput['onRow'] | undefined;
  },
): AsyncGenerator<StagedRow[]> {
  const { reader, tally, onRow } = o;
  const ready: StagedRow[][] = [];
  let batch: StagedRow[] = [];
  const blocks = open.records((cells, count, line, suspicious) => {
    const row = reader.read(cells, count, line, suspicious);
    if (row === null) {
      tally.blank++;
      tally.firstBlank ??= line;
      return;
    }
    onRow?.(cells, count);
    batch.push(row);
    if (batch.length === BATCH_ROWS) {
      ready.push(batch);
      batch = [];
    }
  });
  try {
    for await (const _ of blocks) {
      for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
        tally.rows += next.length;
        yield next;
      }
    }
    tally.rows += batch.length;
    if (batch.length > 0) yield batch;
  } finally {
    await open.close();
  }
}

function blankMessage(tally: Tally): ReadSummary['messages'] {
  if (tally.firstBlank === null) return [];
  const [line, count] = [tally.firstBlank, tally.blank];
  return [{ line, column: null, code: 'blank_rows', facts: { rows: count } }];
}
