import { DEFAULT_CSV_LIMITS, type CsvLimits } from '../../../connectors/csv/limits';
import { readCsv } from '../../../connectors/csv/read';
import { Fault } from '../../../domain/faults';
import {
  STAGED_COLUMNS,
  type ReadSummary,
  type RowFault,
  type StagedColumn,
  type StagedRow,
} from '../../../domain/files/staged';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../../domain/users/fields';

export interface Given {
  readonly options?: Partial<ImportOptions>;
  readonly limits?: Partial<CsvLimits>;
  readonly properties?: readonly PropertyDefinition[];
  readonly organizations?: ReadonlyMap<string, string>;
  readonly name?: string;
  readonly reread?: () => AsyncIterable<Buffer>;
}

export type Row = Readonly<Record<StagedColumn, string | null>>;

export interface Outcome {
  readonly rows: readonly Row[];
  readonly summary: ReadSummary;
  readonly fields: readonly (string | null)[];
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
 * Rows of a file with the columns code and first_name, and more: the first kibibyte of a file is
 * taken as one piece, so that what is to be cut has to stand behind it.
 */
export function padding(columns = 2): string {
  return `pad,pad${','.repeat(columns - 2)}\n`.repeat(150);
}
/** Physical lines of {@link padding}. */
export const PADDING_LINES = 150;

/** Reads a whole file of CSV. */
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
  const rows: Row[] = [];
  for await (const batch of csv.batches) rows.push(...batch.map(named));
  return { rows, summary: csv.summary(), fields: csv.columns.map(({ field }) => field) };
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
  if (row.length !== STAGED_COLUMNS.length) throw new Error(`${String(row.length)} values`);
  const entries = STAGED_COLUMNS.map((column, i) => [column, row[i] ?? null]);
  return Object.fromEntries(entries) as Row;
}

/** The faults of a row as [column, code]. */
export function faultsOf(row: Row | undefined): (readonly [string | null, string])[] {
  const faults = JSON.parse(row?.faults ?? '[]') as RowFault[];
  return faults.map(([column, code]) => [column, code]);
}

/** A row's values without those that are null. */
export function valuesOf(row: Row | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
