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
