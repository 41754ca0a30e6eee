import type { NewMessage } from '../runs/messages';
import { USER_FIELDS, USER_FIELD_NAMES, type FieldName, type UserField } from '../users/fields';

/**
 * One row of a read, as the connector passes it to the store: a positional array in the order of
 * {@link STAGED_COLUMNS}, every value already in the text form that Postgres reads (dates as
 * `YYYY-MM-DD`, `properties` and `faults` as JSON, `clears` as an array literal of field names).
 * `null` = no opinion. Positional, because a million objects with computed names cost twice as
 * much.
 */
export type StagedRow = readonly (string | null)[];

export type StagedColumn = (typeof FIRST | typeof LAST)[number] | FieldColumn | KeyColumn;
type UserColumn = (typeof USER_FIELDS)[UserField]['column'];
/** A manager is staged as the source names them; the planner looks up the user. */
type FieldColumn = Exclude<UserColumn, 'manager_id'> | 'manager_ref';
/** For values that are compared without case: the staged column with the compared form. */
type KeyColumn = 'login_key' | 'email_key';

const FIRST = ['line', 'external_id'] as const;
const LAST = ['properties', 'clears', 'faults', 'key_readable'] as const;
const KEYS: Readonly<Partial<Record<UserField, KeyColumn>>> = {
  login: 'login_key',
  email: 'email_key',
};

export const STAGED_COLUMNS: readonly StagedColumn[] = [
  ...FIRST,
  ...USER_FIELD_NAMES.flatMap((field) => {
    const key = KEYS[field];
    return key === undefined ? [stagedColumn(field)] : [stagedColumn(field), key];
  }),
  ...LAST,
];

/** The staged column that holds the source's opinion of a field. */
export function stagedColumn(field: UserField): FieldColumn {
  const { column } = USER_FIELDS[field];
  return column === 'manager_id' ? 'manager_ref' : column;
}

/** The index of a column in a staged row. */
export function stagedAt(column: StagedColumn): number {
  return STAGED_COLUMNS.indexOf(column);
}

/** The index of each user field in a staged row. */
export const FIELD_AT: ReadonlyMap<string, number> = new Map(
  USER_FIELD_NAMES.map((field) => [field, stagedAt(stagedColumn(field))] as const),
);

/**
 * Control characters that no name or code has: all but tab and line breaks, which texts may hold.
 */
// eslint-disable-next-line no-control-regex
export const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

const EMPTY: readonly (string | null)[] = STAGED_COLUMNS.map(() => null);

/** A row without any opinion. */
export function emptyRow(): (string | null)[] {
  // A copy of a packed array: V8 does it in one step, where `Array(25).fill(null)` fills item by item.
  return EMPTY.slice();
}

/** Makes rows without any opinion, with so many values behind those of every row. */
export function emptyRowWith(tail: number): () => (string | null)[] {
  const empty = [...EMPTY, ...Array.from({ length: tail }, () => null)];
  return () => empty.slice();
}

/** Texts as an array literal of Postgres. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** What a read of a file found that only the plan can judge. */
export interface ReadFindings {
  /** True when nearly all rows have a name or an e-mail address, and some have neither. */
  readonly nameless: boolean;
  /** Lines of other rows that are no people, unless somebody is known by them. */
  readonly odd?: readonly number[];
  /** Field → words for nothing (domain/files/nothing.ts) that several of its cells hold. */
  readonly words: Readonly<Partial<Record<FieldName, readonly string[]>>>;
  /** True when good rows have no external id. */
  readonly unnumbered?: true;
}

/** What a read reports besides its rows; stored with the run. */
export interface ReadSummary {
  /** Data rows read, good or bad. */
  readonly rows: number;
  /**
   * Fields that the read has columns for, and how many rows gave each a value; 0 where most rows
   * have one word for nothing.
   */
  readonly coverage: Readonly<Record<string, number>>;
  /** Field → header of its column, as the read writes it; by default its own name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Messages about the read in general (an ignored column, …). */
  readonly messages: readonly NewMessage[];
  readonly findings?: ReadFindings;
}
