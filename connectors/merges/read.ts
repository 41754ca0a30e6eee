import { isNeutralisedFile } from '../../domain/files/columns';
import { isReportColumn } from '../../domain/files/columns';
import type { RecordRow } from '../../domain/files/recordRows';
import { factText } from '../../domain/files/rowFaults';
import type { ReadSummary } from '../../domain/files/staged';
import {
  MAX_PAIRS,
  PAIR_COLUMNS,
  PAIR_HEADERS,
  pairColumnOf,
  type PairColumn,
} from '../../domain/merges/fileColumns';
import type { NewMessage } from '../../domain/runs/messages';
import { shortened } from '../../domain/shown';
import type { PropertyDefinition } from '../../domain/users/fields';
import { openCsv, type CsvSource, type OpenCsv } from '../csv/format/open';
import { refusal } from '../csv/refusals';
import { PairReader } from './rows';

/** Rows of a batch; the last one may have fewer. */
const BATCH_ROWS = 250;

export interface ReadPairsInput extends Omit<CsvSource, 'options'> {
  readonly options: Omit<CsvSource['options'], 'columns'>;
  readonly properties: readonly PropertyDefinition[];
  /** Keys of the courses that choices may name. */
  readonly courses: ReadonlySet<string>;
}

/** A read whose header is understood; the rows are read while `batches` is consumed. */
export interface PairsRead {
  readonly batches: AsyncIterable<RecordRow[]>;
  /** What the read found; complete once `batches` has ended. */
  summary(): ReadSummary;
}

/**
 * Reads a CSV file of pairs of users into staged rows; memory does not grow with its size. A row with faults is
 * yielded with all of them.
 *
 * @throws Fault `refused_file` with a stable code, before or while `batches` is consumed: those of `openCsv`,
 * `missing_column`, `repeated_column`, `too_many_pairs`.
 */
export async function readPairs(input: ReadPairsInput): Promise<PairsRead> {
  const columns = Object.fromEntries(PAIR_HEADERS.map((name) => [name, 'code' as const]));
  const open = await openCsv({ ...input, options: { ...input.options, columns } });
  try {
    const { cells, line } = open.header;
    const { places, messages } = resolved(cells, line);
    const reader = new PairReader({
      places,
      headers: cells.map((cell) => shortened(cell.trim())),
      neutralised: isNeutralisedFile(cells),
      maxCellChars: input.limits.maxCellChars,
      properties: input.properties,
      courses: input.courses,
    });
    const tally = { rows: 0 };
    return {
      batches: batches(open, reader, tally),
      summary: () => ({
        rows: tally.rows,
        coverage: {},
        messages: [...messages, ...reader.messages()],
      }),
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** Where each column is in a row. */
function resolved(
  header: readonly string[],
  line: number,
): {
  readonly places: ReadonlyMap<PairColumn, number>;
  readonly messages: readonly NewMessage[];
} {
  const places = new Map<PairColumn, number>();
  const messages: NewMessage[] = [];
  for (const [index, cell] of header.entries()) {
    const name = pairColumnOf(cell);
    if (name === undefined) {
      if (cell.trim() === '' || isReportColumn(cell)) continue;
      const facts = { place: index + 1, header: factText(cell.trim()) };
      messages.push({ line, column: shortened(cell.trim()), code: 'ignored_column', facts });
    } else if (places.has(name)) {
      throw refusal(
        'repeated_column',
        `The header on line ${String(line)} has the column ${name} twice.`,
        'Leave one of them.',
      );
    } else places.set(name, index);
  }
  const missing = PAIR_COLUMNS.find(({ name, required }) => required && !places.has(name));
  if (missing !== undefined) {
    throw refusal(
      'missing_column',
      `The header on line ${String(line)} has no column ${missing.name}: ${missing.about}.`,
      `Columns: ${PAIR_COLUMNS.map(({ name }) => name).join(', ')}.`,
    );
  }
  return { places, messages };
}

async function* batches(
  open: OpenCsv,
  reader: PairReader,
  tally: { rows: number },
): AsyncGenerator<RecordRow[]> {
  let batch: RecordRow[] = [];
  const blocks = open.records((cells, count, line) => {
    const row = reader.read(cells.slice(0, count), line);
    if (row !== null) batch.push(row);
  });
  const take = (): RecordRow[] => {
    const taken = batch;
    batch = [];
    tally.rows += taken.length;
    if (tally.rows > MAX_PAIRS) throw tooMany();
    return taken;
  };
  try {
    for await (const _ of blocks) if (batch.length >= BATCH_ROWS) yield take();
    if (batch.length > 0) yield take();
  } finally {
    await open.close();
  }
}

function tooMany(): Error {
  const most = MAX_PAIRS.toLocaleString('en');
  return refusal(
    'too_many_pairs',
    `The file has more than ${most} pairs.`,
    `Split it into files of at most ${most} pairs.`,
  );
}
