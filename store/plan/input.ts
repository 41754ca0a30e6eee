import type { ImportOptions } from '../../domain/runs/runOptions';

/** How one read is matched and planned. */
export interface MatchInput {
  readonly runId: string;
  readonly sourceId: string;
  readonly mappingHash: bigint;
  /** Sets existing fields: `all`, only empty ones: `fill`, none: `off`. */
  readonly update: ImportOptions['update'];
  /** Nobody is created without it. */
  readonly create: boolean;
  /** Sources that decide fields are set: `left_to` has what this one leaves to others. */
  readonly mastered: boolean;
  /** First 24 hex digits of the ids of the users that the run creates. */
  readonly idPrefix: string;
  /** The source tells whom it merged: a polled one. */
  readonly tellsMerges: boolean;
}
