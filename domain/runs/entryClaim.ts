/** An entry of a plan, and what its approver took it for: whatever is given has to be so. */
export interface EntryClaim {
  readonly entry: number;
  /** The line of the file that says so. */
  readonly at?: number;
  /** The id of the run that the entry is of. */
  readonly run?: string;
  readonly action?: string;
  /** The line of the import; empty: none. */
  readonly line?: string;
  /** Whose entry it is; empty: nobody's. */
  readonly userId?: string;
  /** Counts where `userId` is not given: a spreadsheet takes the zeros off a code. */
  readonly code?: string;
}
