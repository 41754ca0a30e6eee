import { USER_FIELDS } from '../users/fields';

/**
 * One row of a read, as the connector hands it to the store: a positional array in the order of
 * {@link STAGED_COLUMNS}, every value already in the text form that Postgres reads (dates as
 * `YYYY-MM-DD`, `properties` and `faults` as JSON, `clears` as an array literal of field names).
 * `null` = no opinion. Positional, because a million objects with computed names cost twice as much.
 */
export type StagedRow = readonly (string | null)[];

export const STAGED_COLUMNS = [
  'line',
  'external_id',
  'code',
  'login',
  'login_key',
  'email',
  'email_key',
  'first_name',
  'last_name',
  'display_name',
  'status',
  'organization_id',
  'job_title',
  'department',
  'location',
  'manager_ref',
  'locale',
  'time_zone',
  'phone',
  'hire_date',
  'leave_date',
  'properties',
  'clears',
  'faults',
  'key_readable',
] as const;
export type StagedColumn = (typeof STAGED_COLUMNS)[number];

/** The place of a column in a staged row. */
export function stagedAt(column: StagedColumn): number {
  return STAGED_COLUMNS.indexOf(column);
}

/** The place of each user field in a staged row. */
export const FIELD_AT: ReadonlyMap<string, number> = new Map(
  Object.entries(USER_FIELDS).map(([field, { column }]): [string, number] => [
    field,
    // The one column whose staged form is not the user's.
    stagedAt(column === 'manager_id' ? 'manager_ref' : column),
  ]),
);

/** Controls that no name or code has: all but tab and line breaks, which texts may hold. */
// eslint-disable-next-line no-control-regex
export const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** A row that has no opinion of anything. */
// A literal: V8 copies it in one step, where `Array(25).fill(null)` is filled item by item.
// prettier-ignore
export function emptyRow(): (string | null)[] {
  return [
    null, null, null, null, null, null, null, null, null, null, null, null, null,
    null, null, null, null, null, null, null, null, null, null, null, null,
  ];
}

/** Texts as Postgres reads an array of them. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** A fault of one row: column as the file names it, a stable code, a sentence with the next step. */
export type RowFault = readonly [column: string | null, code: string, message: string];

/** What a read knew besides its rows; stored with the run. */
export interface ReadSummary {
  /** Data rows read, good or bad. */
  readonly rows: number;
  /** Fields that the read has columns for, and how many rows gave each a value. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Field → header of its column, as the read writes it; by default its own name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Messages about the read as a whole (an ignored column, …). */
  readonly messages: readonly {
    line: number | null;
    column: string | null;
    code: string;
    message: string;
  }[];
}
