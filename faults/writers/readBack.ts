import { DEFAULT_CSV_LIMITS } from '../../connectors/csv/limits';
import { readCsv } from '../../connectors/csv/read';
import { Fault } from '../../domain/faults';
import type { RowFault } from '../../domain/files/rowFaults';
import { STAGED_COLUMNS, type StagedColumn, type StagedRow } from '../../domain/files/staged';
import type { PropertyDefinition } from '../../domain/users/fields';
import { checkRulesWithoutStore } from '../../operations/runs/checks';
import type { ImportRequest } from '../../operations/runs/imports';
import { wordMessage, wordRowFault } from '../../wording/messages';
import { wordFault, wordNext } from '../../wording/next';

/** What a reading of a file came to. */
export interface Reading {
  /** Why the file was refused; `null`: it was read. */
  readonly refused: string | null;
  /** Values by staged column; those of properties by their keys. */
  readonly rows: readonly ReadonlyMap<string, string>[];
  /** What is wrong with rows, each sentence once. */
  readonly faults: readonly string[];
  /** Messages about the file in general. */
  readonly messages: readonly string[];
}

const PROPERTIES: readonly PropertyDefinition[] = [
  { key: 'remote', name: 'Remote', type: 'boolean' },
  { key: 'score', name: 'Score', type: 'number' },
];

/** Reads a file as an import with these options does. */
export async function readBack(bytes: Buffer, request: ImportRequest): Promise<Reading> {
  const rows: ReadonlyMap<string, string>[] = [];
  const faults = new Set<string>();
  try {
    const read = await readCsv({
      chunks: inPieces(bytes),
      reread: () => inPieces(bytes),
      name: 'people.csv',
      options: checkRulesWithoutStore(request).options,
      organizations: new Map(),
      properties: PROPERTIES,
      limits: DEFAULT_CSV_LIMITS,
    });
    for await (const batch of read.batches) {
      for (const row of batch) {
        rows.push(valuesOf(row));
        for (const fault of faultsOf(row)) faults.add(wordRowFault(fault));
      }
    }
    const messages = read
      .summary()
      .messages.map((message) => wordMessage({ ...message, message: null, settled: null }));
    return { refused: null, rows, faults: [...faults], messages };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const next = error.next === undefined ? '' : ` ${wordNext(error.next)}`;
    return { refused: `${wordFault(error)}${next}`, rows: [], faults: [], messages: [] };
  }
}

/** In pieces of a prime size, so that every kind of cell is cut somewhere. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_009) yield bytes.subarray(at, at + 1_009);
}

function valuesOf(row: StagedRow): Map<string, string> {
  const values = new Map<string, string>();
  for (const [at, column] of STAGED_COLUMNS.entries()) {
    const value = row[at] ?? null;
    if (value !== null && !APART.has(column)) values.set(column, value);
  }
  const properties: Readonly<Record<string, unknown>> = JSON.parse(
    row[STAGED_COLUMNS.indexOf('properties')] ?? '{}',
  );
  for (const [key, value] of Object.entries(properties)) values.set(key, String(value));
  return values;
}

const APART: ReadonlySet<StagedColumn> = new Set<StagedColumn>([
  ...(['line', 'external_id', 'login_key', 'email_key'] as const),
  ...(['properties', 'clears', 'faults', 'key_readable'] as const),
]);

function faultsOf(row: StagedRow): readonly RowFault[] {
  return JSON.parse(row[STAGED_COLUMNS.indexOf('faults')] ?? '[]');
}
