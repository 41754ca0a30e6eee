import type { Tx } from '../database/db';
import type { BatchRange } from './batch';
import type { LateRange } from './managers';

/** How the entries of a subject are written. */
export interface Applier {
  /** The last entry of the batch that begins after `from`; by default as many as a batch may have. */
  readonly lastOf?: (tx: Tx, o: Upcoming) => Promise<number>;
  /** A batch of entries, in their order. */
  readonly applyRange: (tx: Tx, range: BatchRange) => Promise<void>;
  /** The work that must wait until all entries exist; returns how far it came, null at its end. */
  readonly applyLate: (tx: Tx, range: LateRange) => Promise<number | null>;
}

/** What is left of a run: entries `from` < entry ≤ `to`, of which a batch may have `maxEntries`. */
export interface Upcoming {
  readonly runId: string;
  readonly from: number;
  readonly to: number;
  readonly maxEntries: number;
}
