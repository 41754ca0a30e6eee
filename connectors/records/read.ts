import { dateReader } from '../../domain/dates';
import { isNeutralisedFile } from '../../domain/files/columns';
import { nullTest } from '../../domain/files/nothing';
import type { RecordSubject } from '../../domain/records/fileColumns';
import type { RecordMap } from '../../domain/records/fileMap';
import { openCsv, type CsvSource } from '../csv/format/open';
import { recordBatches, type RecordsRead } from './batches';
import { resolveRecordHeader } from './columns';
import { RecordReader } from './rows';

export interface ReadRecordsInput extends Omit<CsvSource, 'properties' | 'options'> {
  readonly subject: RecordSubject;
  readonly options: Omit<CsvSource['options'], 'columns'> & {
    readonly dateFormat?: string;
    readonly nullWords?: readonly string[];
    readonly recordColumns?: RecordMap;
    readonly ignoreUnknown?: boolean;
  };
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
      batches: recordBatches(open, reader, tally),
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
