import { dateReader } from '../../domain/dates';
import { isNeutralisedFile } from '../../domain/files/columns';
import { nullTest } from '../../domain/files/nothing';
import type { RecordRow } from '../../domain/files/recordRows';
import type { ReadSummary } from '../../domain/files/staged';
import type { RecordSubject } from '../../domain/records/fileColumns';
import type { RecordMap } from '../../domain/records/fileMap';
import { openCsv, type CsvSource, type OpenCsv } from '../csv/format/open';
import { resolveRecordHeader } from './columns';
import { RecordReader } from './rows';

/** Rows of a batch; the last one may have fewer. */
const BATCH_ROWS = 250;

export interface ReadRecordsInput extends Omit<CsvSource, 'properties' | 'options'> {
  readonly subject: RecordSubject;
  readonly options: Omit<CsvSource['options'], 'columns'> & {
    readonly dateFormat?: string;
    readonly nullWords?: readonly string[];
    readonly recordColumns?: RecordMap;
    readonly ignoreUnknown?: boolean;
  };
}

/** A read whose header is understood; the rows are read while `batches` is consumed. */
export interface RecordsRead {
  readonly batches: AsyncIterable<RecordRow[]>;
  /** What the read found; complete once `batches` has ended. */
  summary(): ReadSummary;
}

/**
 * Reads a CSV file of learner records into staged rows; memory does not grow with its size. An empty cell
 * has no opinion. A row with faults is yielded with all of them.
 *
 * @throws Fault `refused_file` with a stable code, before or while `batches` is consumed: those of
 * `openCsv` and of `resolveRecordHeader`. Fault `usage`/`bad_date_format`.
 */
export async function readRecords(input: ReadRecordsInput): Promise<RecordsRead> {
  const { options, subject } = input;
  const date = dateReader(options.dateFormat);
  const open = await openCsv({ ...input, properties: [] });
  try {
    const { columns, messages } = resolveRecordHeader({
      subject,
      header: open.header.cells,
      line: open.header.line,
      map: options.recordColumns ?? {},
      ignoreUnknown: options.ignoreUnknown === true,
    });
    const reader = new RecordReader({
      subject,
      columns,
      date,
      width: open.header.cells.length,
      isNull: nullTest(options.nullWords),
      neutralised: isNeutralisedFile(open.header.cells),
      maxCellChars: input.limits.maxCellChars,
      decimalComma: open.header.delimiter !== ',',
    });
    const tally = { rows: 0 };
    return {
      batches: batches(open, reader, tally),
      summary: () => ({
        rows: tally.rows,
        coverage: reader.filled(),
        messages: [...messages, ...reader.messages()],
      }),
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

async function* batches(
  open: OpenCsv,
  reader: RecordReader,
  tally: { rows: number },
): AsyncGenerator<RecordRow[]> {
  const ready: RecordRow[][] = [];
  let batch: RecordRow[] = [];
  const blocks = open.records((cells, count, line, suspicious) => {
    const row = reader.read(cells, { count, line, suspicious });
    if (row === null) return;
    batch.push(row);
    if (batch.length < BATCH_ROWS) return;
    ready.push(batch);
    batch = [];
  });
  try {
    for await (const _ of blocks) {
      for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
        tally.rows += next.length;
        yield next;
      }
    }
    for (const last of [...ready, batch]) {
      tally.rows += last.length;
      if (last.length > 0) yield last;
    }
  } finally {
    await open.close();
  }
}
