import { isNeutralisedFile, isReportColumn } from '../../domain/files/columns';
import type { RecordRow } from '../../domain/files/recordRows';
import { factText } from '../../domain/files/rowFaults';
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
import { openCsv, type CsvSource } from '../csv/format/open';
import { refusal } from '../csv/refusals';
import { recordBatches, type RecordsRead } from '../records/batches';
import { PairReader } from './rows';

export interface ReadPairsInput extends Omit<CsvSource, 'options'> {
  readonly options: Omit<CsvSource['options'], 'columns'>;
  readonly properties: readonly PropertyDefinition[];
  /** Keys of the courses that choices may name. */
  readonly courses: ReadonlySet<string>;
}

/**
 * Reads a CSV file of pairs of users into staged rows; memory does not grow with its size. A row with faults is
 * yielded with all of them.
 *
 * @throws Fault `refused_file` with a stable code, before or while `batches` is consumed: those of `openCsv`,
 * `missing_column`, `repeated_column`, `too_many_pairs`.
 */
export async function readPairs(input: ReadPairsInput): Promise<RecordsRead> {
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
      batches: atMost(recordBatches(open, reader, tally), tally),
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

/** Refuses a file with more pairs than a run may have. */
async function* atMost(
  batches: AsyncGenerator<RecordRow[]>,
  tally: { readonly rows: number },
): AsyncGenerator<RecordRow[]> {
  for await (const batch of batches) {
    if (tally.rows > MAX_PAIRS) throw tooMany();
    yield batch;
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
