/**
 * An entry of a plan as its approver expects it. Every field that is present must match the plan.
 */
export interface ExpectedEntry {
  readonly entry: number;
  /** The line of the approver's file that holds this entry. */
  readonly at?: number;
  /** The id of the run that the entry is of. */
  readonly run?: string;
  readonly action?: string;
  /** The line of the import; empty: none. */
  readonly line?: string;
  /** The user of the entry; empty: none. */
  readonly userId?: string;
  /**
   * Compared only when `userId` is absent, because a spreadsheet removes leading zeros from a code.
   */
  readonly code?: string;
}
