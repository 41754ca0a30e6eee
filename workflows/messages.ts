import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { TakenDecision } from '../activities/types';
import type { HeldGate } from '../domain/runs/gates';
import type { StoredRunState } from '../domain/runs/run';
import type { RunCounts } from '../domain/runs/runDocument';

/** Names a row of `decision`; the row says who decided what, and why. */
export interface DecideInput {
  readonly decisionId: string;
}

export interface DecideResult {
  readonly outcome: Exclude<TakenDecision['outcome'], 'ignored'>;
}

/** The state that a running workflow shows. The complete document is in the database. */
export interface RunView {
  readonly state: StoredRunState;
  readonly phase: 'waiting' | 'reading' | 'planning' | 'held' | 'applying' | 'finished';
  readonly rows: number | null;
  readonly entries: number | null;
  readonly applied: number;
  readonly held: readonly HeldGate[];
  readonly counts: Partial<RunCounts> | null;
  /** While `retrying`: the code of the fault, and how many times in a row it came. */
  readonly trouble: { readonly code: string; readonly rounds: number } | null;
  /** True for a failed sync whose source is stopped; it shows as `quarantined`. */
  readonly setAside?: boolean;
}

/**
 * Carries out a recorded decision: approve, reject, cancel. Returns when it was taken (after the
 * current batch). Fails with type `NoDecision` when there is no such row: decisions are made by
 * `rollcall runs approve|reject|cancel`, which write it, with the actor and the reason.
 */
export const decideUpdate = defineUpdate<DecideResult, [DecideInput]>('decide');

/**
 * Other gates hold the run than before, because a person took people out of its plan: the workflow
 * reads them from the run's row, and shows them.
 */
export const gatesSignal = defineSignal('gates');

/** A decision about a campaign is in its row, or something else there has changed: look again. */
export const wakeSignal = defineSignal('wake');

/** Where the run is. */
export const progressQuery = defineQuery<RunView>('progress');

/** The failure type of a decision without a row. */
export const NO_DECISION = 'NoDecision';
