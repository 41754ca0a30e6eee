import { DEFAULT_CSV_LIMITS, type CsvLimits } from '../../../connectors/csv/limits';
import type { CsvFormat } from '../../../connectors/csv/format/format';
import { readCsv } from '../../../connectors/csv/read';
import { Fault } from '../../../domain/faults';
import type { RowFault } from '../../../domain/files/rowFaults';
import {
  STAGED_COLUMNS,
  type ReadSummary,
  type StagedColumn,
  type StagedRow,
} from '../../../domain/files/staged';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../../domain/users/fields';
import type { RunMessage } from '../../../domain/runs/runDocument';
import { worded } from '../../../client/words';
import { wordRowFault } from '../../../wording/messages';

export interface Given {
  readonly options?: Partial<ImportOptions>;
  readonly limits?: Partial<CsvLimits>;
  readonly properties?: readonly PropertyDefinition[];
  readonly organizations?: ReadonlyMap<string, string>;
  readonly name?: string;
  readonly reread?: () => AsyncIterable<Buffer>;
}

export type Row = Readonly<Record<StagedColumn, string | null>>;

/** The outcome of a read, its faults and messages with the sentences that a door makes of them. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** The rows as the store gets them. */
  readonly staged: readonly StagedRow[];
  readonly summary: Omit<ReadSummary, 'messages'> & { readonly messages: readonly RunMessage[] };
  readonly fields: readonly (string | null)[];
  readonly format: CsvFormat;
}

export const OPTIONS: ImportOptions = {
  dryRun: false,
  missing: 'ignore',
  blank: 'keep',
  create: true,
  update: 'all',
  ignoreUnknown: false,
};

/** Bytes as a file gives them, in chunks of `size`. */
export async function* chunksOf(content: string | Buffer, size = 65_536): AsyncGenerator<Buffer> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/**
 * Rows of a file with the columns code and first_name, more than a kibibyte: the first kibibyte of
 * a file is taken as one piece, so that text to be cut has to stand after it.
 */
export function padding(columns = 2): string {
  return `pad,pad${','.repeat(columns - 2)}\n`.repeat(150);
}
/** Physical lines of {@link padding}. */
export const PADDING_LINES = 150;

/** Reads a complete CSV file. */
export async function read(
  content: string | Buffer | AsyncIterable<Buffer>,
  given: Given = {},
): Promise<Outcome> {
  const chunks =
    typeof content === 'string' || Buffer.isBuffer(content) ? chunksOf(content) : content;
  const csv = await readCsv({
    chunks,
    name: given.name ?? 'people.csv',
    options: { ...OPTIONS, ...given.options },
    organizations: given.organizations ?? new Map(),
    properties: given.properties ?? [],
    limits: { ...DEFAULT_CSV_LIMITS, ...given.limits },
    ...(given.reread === undefined ? {} : { reread: given.reread }),
  });
  const staged: StagedRow[] = [];
  for await (const batch of csv.batches) staged.push(...batch);
  const summary = csv.summary();
  const messages = summary.messages.map((message) =>
    worded({ ...message, message: null, settled: null }),
  );
  return {
    rows: staged.map(named),
    staged,
    summary: { ...summary, messages },
    fields: csv.columns.map(({ field }) => field),
    format: csv.format,
  };
}

/** The fault with which a file is refused. */
export async function refusalOf(
  content: string | Buffer | AsyncIterable<Buffer>,
  given: Given = {},
): Promise<Fault> {
  try {
    await read(content, given);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('the file was read, not refused');
}

function named(row: StagedRow): Row {
  // A row that a rule judges ends with one more value.
  if (row.length - STAGED_COLUMNS.length > 1 || row.length < STAGED_COLUMNS.length)
    throw new Error(`${String(row.length)} values`);
  const entries = STAGED_COLUMNS.map((column, i) => [column, row[i] ?? null]);
  const cells = Object.fromEntries(entries) as Row;
  return cells.faults === null ? cells : { ...cells, faults: wordedFaults(cells.faults) };
}

/** `[column, code, sentence]` of each. */
function wordedFaults(json: string): string {
  const faults = JSON.parse(json) as RowFault[];
  return JSON.stringify(
    faults.map((fault) => {
      const [column, code] = fault;
      return [column, code, wordRowFault(fault)];
    }),
  );
}

/** The faults of a row as [column, code]. */
export function faultsOf(row: Row | undefined): (readonly [string | null, string])[] {
  const faults = JSON.parse(row?.faults ?? '[]') as [string | null, string][];
  return faults.map(([column, code]) => [column, code]);
}

/** A row's values without those that are null. */
export function valuesOf(row: Row | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
