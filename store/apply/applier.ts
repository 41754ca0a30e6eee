import type { Tx } from '../database/db';
import type { BatchRange } from './batch';
import type { LateRange } from './managers';

/** How the entries of a subject are written. */
export interface Applier {
  /** A batch of entries, in their order. */
  readonly applyRange: (tx: Tx, range: BatchRange) => Promise<void>;
  /** The work that must wait until all entries exist; returns how far it came, null at its end. */
  readonly applyLate: (tx: Tx, range: LateRange) => Promise<number | null>;
}
