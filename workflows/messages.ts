import { defineQuery, defineUpdate } from '@temporalio/workflow';
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

/** What a running workflow tells of itself. The whole document is in the database. */
export interface RunView {
  readonly state: StoredRunState;
  readonly phase: 'waiting' | 'reading' | 'planning' | 'held' | 'applying' | 'finished';
  readonly rows: number | null;
  readonly entries: number | null;
  readonly applied: number;
  readonly held: readonly HeldGate[];
  readonly counts: Partial<RunCounts> | null;
  /** While `retrying`: the code of the fault, and how often it was met in a row. */
  readonly trouble: { readonly code: string; readonly rounds: number } | null;
  /** Of a failed sync: its source is set aside, and shows as `quarantined`. */
  readonly setAside?: boolean;
}

/**
 * Carries out a recorded decision: approve, reject, cancel. Returns when it was taken (at the next
 * slice's edge). Fails with type `NoDecision` when there is no such row: decisions are made by
 * `rollcall runs approve|reject|cancel`, which write it, with the actor and the reason.
 */
export const decideUpdate = defineUpdate<DecideResult, [DecideInput]>('decide');

/** Where the run is. */
export const progressQuery = defineQuery<RunView>('progress');

/** The failure type of a decision that nobody recorded. */
export const NO_DECISION = 'NoDecision';
