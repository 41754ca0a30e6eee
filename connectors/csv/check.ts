import { rowFault, type RowFault, type RowFaultCode } from '../../domain/files/rowFaults';
import { stagedAt, type StagedRow } from '../../domain/files/staged';
import type { NewMessage } from '../../domain/runs/messages';
import type { FieldName } from '../../domain/users/fields';
import { shortened } from '../../domain/shown';
import type { ColumnWords } from './findings';
import { ManagerFinder, type ManagersElsewhere } from './managers';
import { readCsv, type ReadCsvInput } from './read';
import { RepeatFinder, type Repeats } from './repeats';

export interface CheckCsvInput extends Omit<ReadCsvInput, 'onRow' | 'organizations'> {
  /** `null`: no store says which organizations exist, so every name of one is taken. */
  readonly organizations: ReadCsvInput['organizations'] | null;
}

/** A column of a checked file. */
export interface CheckedColumn {
  readonly header: string;
  /** The field that it fills; `null`: the column is passed over. */
  readonly field: FieldName | null;
  /** The rows in which it says something, be it good or faulty. */
  readonly filled: number;
}

/** Equal faults of rows: one code, one column and one value. */
export interface CheckedFault {
  readonly code: RowFaultCode;
  /** `null`: the fault is of the row in general. */
  readonly column: string | null;
  /**
   * The faulty value, as messages show it; `null`: the fault names none, or the file has more kinds
   * of faults than {@link MAX_KINDS}, and this one stands for all values of its code and column.
   */
  readonly value: string | null;
  readonly count: number;
  /** The first of the lines, at most {@link MAX_LINES}. */
  readonly lines: readonly number[];
  /** The first of these faults, for its sentence. */
  readonly first: RowFault;
}

/** What an import of the file would find in its rows, before anything is compared with the store. */
export interface CheckedFile {
  readonly encoding: string;
  readonly delimiter: string;
  readonly quoting: string;
  /** Physical line of the header. */
  readonly headerLine: number;
  readonly columns: readonly CheckedColumn[];
  readonly rows: number;
  /** The most frequent first. */
  readonly faults: readonly CheckedFault[];
  /** Columns of which most rows hold words for nothing, and how many cells hold each of them. */
  readonly wordsForNothing: readonly ColumnWords[];
  /** Numbers that stand in more than one row: equal rows are one to an import, others conflicts. */
  readonly repeatedNumbers: Repeats;
  readonly managersElsewhere: ManagersElsewhere;
  /** Messages about the file in general. */
  readonly messages: readonly NewMessage[];
}

/** Lines that are named for equal faults. */
const MAX_LINES = 10;
/** Kinds of faults that are told apart: it bounds the memory of a file in which every row is bad. */
const MAX_KINDS = 1_000;
const LINE = stagedAt('line');
const EXTERNAL_ID = stagedAt('external_id');
const FAULTS = stagedAt('faults');

/**
 * Reads a file as an import does, with the same reader, and keeps what it finds instead of the rows.
 * Memory does not grow with the file, except for some 30 bytes a row that find repeated numbers.
 *
 * @throws Fault as {@link readCsv} does, before the end of the file or at it.
 */
export async function checkCsv(input: CheckCsvInput): Promise<CheckedFile> {
  const passedOver: number[] = [];
  const filled: number[] = [];
  const read = await readCsv({
    ...input,
    organizations: input.organizations ?? new EveryOrganization(),
    onRow: (cells, count) => {
      for (const index of passedOver) {
        if (index < count && !isBlank(cells[index] ?? '')) filled[index] = (filled[index] ?? 0) + 1;
      }
    },
  });
  // Rows are read once the batches are asked for, so the columns are known before the first one.
  passedOver.push(...read.columns.filter(({ field }) => field === null).map(({ index }) => index));
  const kinds = new FaultKinds();
  const numbers = new RepeatFinder();
  const managers = read.columns.some(({ field }) => field === 'manager')
    ? new ManagerFinder()
    : null;
  for await (const batch of read.batches) {
    for (const row of batch) {
      kinds.add(row);
      managers?.add(row);
      const number = row[EXTERNAL_ID] ?? null;
      if (number !== null) numbers.add(number, Number(row[LINE]));
    }
  }
  const { rows, messages } = read.summary();
  const given = read.filled();
  const { encoding, delimiter, quoting, headerLine } = read.format;
  return {
    ...{ encoding, delimiter, quoting, headerLine },
    columns: read.columns.map(({ index, header, field }) => ({
      header,
      field,
      filled: field === null ? (filled[index] ?? 0) : (given[field] ?? 0) + kinds.of(header),
    })),
    rows,
    faults: kinds.sorted(read.noPeople()),
    wordsForNothing: read.wordsForNothing(),
    repeatedNumbers: numbers.found(),
    managersElsewhere: managers?.found() ?? { rows: 0, first: null },
    messages,
  };
}

/** Takes every name for an organization that exists. */
class EveryOrganization extends Map<string, string> {
  override get(): string {
    return '';
  }
}

/** Counts the faults of rows by code, column and value. */
class FaultKinds {
  readonly #kinds = new Map<string, Kind>();
  readonly #byColumn = new Map<string | null, number>();

  add(row: StagedRow): void {
    const json = row[FAULTS] ?? null;
    if (json === null) return;
    const line = Number(row[LINE]);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the reader has just written it, from a value of this type
    const faults: readonly RowFault[] = JSON.parse(json);
    for (const fault of faults) this.#count(fault, line);
  }

  /** Faulty cells of a column. */
  of(header: string): number {
    return this.#byColumn.get(shortened(header)) ?? 0;
  }

  /** `noPeople`: the rows that an import leaves out unless it knows somebody by them. */
  sorted(noPeople: { readonly rows: number; readonly lines: readonly number[] }): CheckedFault[] {
    const { rows: count, lines } = noPeople;
    const first = rowFault(null, ['not_a_person', {}]);
    const none = { code: 'not_a_person', column: null, value: null, count, lines, first } as const;
    const kinds = [...this.#kinds.values(), ...(count > 0 ? [none] : [])].sort(
      (a, b) => b.count - a.count || (a.lines[0] ?? 0) - (b.lines[0] ?? 0),
    );
    return withAllWords(kinds);
  }

  #count(fault: RowFault, line: number): void {
    const [column, code] = fault;
    this.#byColumn.set(column, (this.#byColumn.get(column) ?? 0) + 1);
    const own = valueOf(fault);
    const isTold = this.#kinds.size < MAX_KINDS || this.#kinds.has(keyOf(fault, own));
    const value = isTold ? own : null;
    const kind = this.#kinds.get(keyOf(fault, value));
    if (kind === undefined) {
      const fresh = { code, column, value, count: 1, lines: [line], first: fault };
      this.#kinds.set(keyOf(fault, value), fresh);
      return;
    }
    kind.count++;
    if (kind.lines.length < MAX_LINES) kind.lines.push(line);
  }
}

/** Words that the first fault of an unknown one names. */
const MAX_WORDS = 24;

/** The first fault of an unknown word names all of them, as the report of a run does. */
function withAllWords(kinds: readonly CheckedFault[]): CheckedFault[] {
  const unknown = kinds.filter(({ code }) => code === 'unknown_status');
  if (unknown.length < 2) return [...kinds];
  const words = unknown.flatMap(({ value }) => value ?? []).slice(0, MAX_WORDS);
  return kinds.map((kind) => {
    if (kind.code !== 'unknown_status') return kind;
    const value = valueOf(kind.first) ?? '';
    const facts = kind === unknown[0] ? { value, words } : { value, mapped: true as const };
    return { ...kind, first: rowFault(kind.column, ['unknown_status', facts]) };
  });
}

interface Kind extends CheckedFault {
  count: number;
  readonly lines: number[];
}

function keyOf([column, code]: RowFault, value: string | null): string {
  return JSON.stringify([code, column, value]);
}

function valueOf([, , , facts]: RowFault): string | null {
  return 'value' in facts ? facts.value : null;
}

function isBlank(cell: string): boolean {
  return cell === '' || cell.trim() === '';
}
