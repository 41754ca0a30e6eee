import type { RowFault } from './rowFaults';

/** A row of a file of learner records or of merges, as it is staged. */
export interface RecordRow {
  /** Physical line where the record starts. */
  readonly line: number;
  /** The user as named; null in rows with faults that say so. */
  readonly userRef: string | null;
  /** The course, or the other user, as named; null where the subject has none. */
  readonly otherRef: string | null;
  /** Typed values, with the keys of what is named; null: nothing of the row can be used. */
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly faults: readonly RowFault[] | null;
}
