import type { ListKey } from '../../domain/files/listKey';
import type { ImportOptions, TwoRows } from '../../domain/runs/runOptions';

/** How one read is matched and planned. */
export interface MatchInput {
  readonly runId: string;
  readonly sourceId: string;
  readonly mappingHash: bigint;
  /** Sets existing fields: `all`, only empty ones: `fill`, none: `off`. */
  readonly update: ImportOptions['update'];
  /** False: no users are created. */
  readonly create: boolean;
  /**
   * Some fields have a source precedence: `left_to` has the fields that this source leaves to others.
   */
  readonly mastered: boolean;
  /** What the external ids of the rows are. */
  readonly key: ListKey;
  /** Which of several rows about one person counts; null: they are conflicts. */
  readonly twoRows: TwoRows | null;
  /** First 24 hex digits of the ids of the users that the run creates. */
  readonly idPrefix: string;
  /** The run whose rows an admin matched, where this run applies them: its id. */
  readonly matchedIn: string | null;
  /** The source has days to come, by this read or an earlier one, which its people keep until then. */
  readonly keepsDays: boolean;
  /** Days of this source made a person inactive. */
  readonly daysEnded: boolean;
  /** A day that a row does not have is open: the source gives no records in parts. */
  readonly daysWhole: boolean;
  /** The source reports the people that it merged: a polled source. */
  readonly tellsMerges: boolean;
}
