import type { Tx } from '../database/db';
import type { Presence } from '../runs/runs';
import type { PlanRun } from './facts';

/** A run to plan, and what its entries are made with. */
export interface PlanInput {
  readonly run: PlanRun;
  readonly idPrefix: string;
  readonly mappingHash: bigint;
}

/** SQL of what only the plan knows of a run's counts, and of how its rows were matched. */
export interface Counted {
  readonly counts: string;
  readonly matchedBy: string;
}

/** How runs of a subject are planned. */
export interface Planner {
  /** Writes the entries of a run; answers who is there by it, where it was a read. */
  plan(tx: Tx, o: PlanInput): Promise<Presence | null>;
  /** Once all entries are there, before the gates are decided. */
  check(tx: Tx, run: PlanRun): Promise<void>;
  /** Once the gates are decided: what the next run can rely on. */
  close(tx: Tx, o: PlanInput & { readonly held: boolean }): Promise<Counted>;
}
