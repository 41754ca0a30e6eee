import type { UserScope } from '../../domain/permissions';
import type { Tx } from '../database/db';
import type { Presence } from '../runs/runs';
import type { PlanRun } from './facts';

/** A run to plan, and the values that its entries are made with. */
export interface PlanInput {
  readonly run: PlanRun;
  /** Whose people the run's actor reaches; people outside are skipped. */
  readonly scope: UserScope;
  readonly idPrefix: string;
  readonly mappingHash: bigint;
}

/** SQL for the counts that only the plan knows, and for how the run's rows were matched. */
export interface Counted {
  readonly counts: string;
  readonly matchedBy: string;
}

/** How runs of a subject are planned. */
export interface Planner {
  /** True where the entries must be applied in their order, also where the plan does not say how far. */
  readonly isOrdered: boolean;
  /** Writes the entries of a run; returns the presence that a read proves. */
  plan(tx: Tx, o: PlanInput): Promise<Presence | null>;
  /** Called once all entries exist, before the gates are decided. */
  check(tx: Tx, run: PlanRun): Promise<void>;
  /** Called once the gates are decided: writes what the next run relies on. */
  close(tx: Tx, o: PlanInput & { readonly held: boolean }): Promise<Counted>;
}
