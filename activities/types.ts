import type { CampaignTrouble } from '../domain/letters/campaignDocument';
import type { CampaignState } from '../domain/letters/campaigns';
import type { DeliveryCounts } from '../domain/letters/deliveries';
import type { HeldGate } from '../domain/runs/gates';
import type { EndState, RunKind, StoredRunState } from '../domain/runs/run';
import type { RunCounts } from '../domain/runs/runDocument';

/**
 * The activities of a run, as workflows see them. Every input and result is an id, a count, a state
 * or the name of a gate. What says something about a person stays in Postgres, because Temporal
 * keeps every input and result in a history that operators read.
 *
 * Each may be repeated at any time: the milestones of the `run` row say what is already done.
 */
export interface RunActivities {
  /** Reads what the run is and how far it has come. */
  openRun(input: RunRef): Promise<OpenedRun>;
  /** Tries to take the source's slot; waits a little for it inside. */
  claimRun(input: RunRef): Promise<ClaimedRun>;
  /** Holds the plan for a person's decision; frees the source's slot. */
  holdRun(input: RunRef): Promise<HeldRun>;
  /** Carries out the decision recorded in the `decision` row; without such a row, `ignored`. */
  takeDecision(input: DecisionRef): Promise<TakenDecision>;
  /** Matches the staged rows and writes the plan. */
  buildPlan(input: RunRef): Promise<BuiltPlan>;
  /** Applies batches for about ten seconds. */
  applySlices(input: RunRef): Promise<AppliedSlices>;
  /** Ends the run; returns `held` when a part of it was kept held. */
  finishRun(input: FinishRef): Promise<FinishedRun>;
  /**
   * Ends the run as failed, with the code of its fault. `null`: a worker of an older build called
   * it.
   */
  failRun(input: FailRef): Promise<FailedRun | null>;
  /** Makes trouble, and its end, visible in the run row. */
  setRunState(input: StateRef): Promise<void>;
}

/** The activities that read people. */
export interface IngestActivities {
  /** Reads the stored file into staged rows. */
  stageFile(input: RunRef): Promise<StagedRun>;
}

/** The activities of polled sources. */
export interface SyncActivities {
  /** Records the run of a scheduled sync, or says why it does not start now. */
  beginSync(input: SourceRef): Promise<BegunSync>;
  /** Reads pages into staged rows for about a minute. */
  readPages(input: RunRef): Promise<PagesRead>;
}

/** The activity of the hourly look for people who are due. */
export interface DueActivities {
  /** Records a run for each source and time zone in which people are due. */
  beginDue(): Promise<BegunDue>;
}

/** The activities of a campaign on the queue of runs: a few statements each. */
export interface CampaignActivities {
  /** Reads how the campaign stands, and begins it when its time has come. */
  openCampaign(input: CampaignRef): Promise<OpenedCampaign>;
  /** Ends the campaign when nothing is planned or claimed; returns the state that it then has. */
  finishCampaign(input: CampaignRef): Promise<{ readonly state: CampaignState }>;
  /** Pauses the campaign for a fault that cannot pass. */
  pauseCampaign(input: CampaignRef & { readonly trouble: CampaignTrouble }): Promise<void>;
}

/** The activity on the queue of deliveries. */
export interface DeliveryActivities {
  /** Claims and sends for up to a minute. */
  deliver(input: CampaignRef): Promise<Delivered>;
}

export interface CampaignRef {
  readonly campaignId: string;
}

export interface OpenedCampaign {
  readonly state: CampaignState;
  /** Epoch ms: its time to be sent; `null` unless it is planned. */
  readonly waitUntil: number | null;
}

export interface Delivered {
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  /** Epoch ms until when there is nothing to do; `null`: go on at once, or nothing is left. */
  readonly waitUntil: number | null;
}

export interface BegunDue {
  /** Runs that are recorded and not begun. */
  readonly runIds: readonly string[];
  /** Whose runs they are; absent in histories of builds before installations had ids. */
  readonly installation?: string;
  /** True when more runs are to be recorded. */
  readonly more: boolean;
}

export interface SourceRef {
  readonly sourceId: string;
}

export type BegunSync =
  | { readonly runId: string; readonly skipped: null }
  | {
      readonly runId: null;
      readonly skipped: 'paused' | 'quarantined' | 'blocked' | 'busy' | 'early';
    };

export interface PagesRead {
  /** True when the read has ended. */
  readonly done: boolean;
  /** Rows staged so far. */
  readonly rows: number;
  /** Epoch ms until which the source must not be called; `null`: go on at once. */
  readonly waitUntil: number | null;
}

export interface RunRef {
  readonly runId: string;
}

export interface DecisionRef extends RunRef {
  readonly decisionId: string;
}

export interface FinishRef extends RunRef {
  readonly state: EndState;
}

export interface FailRef extends RunRef {
  readonly code: string;
  /** True: the activity that met the fault has ended the run, which may be resumed since. */
  readonly stored?: boolean;
}

export interface StateRef extends RunRef {
  readonly state: 'running' | 'retrying';
}

export interface OpenedRun {
  readonly kind: RunKind;
  readonly dryRun: boolean;
  readonly state: StoredRunState;
  /** The source's id. */
  readonly source: string;
  /** True for a named list or a polled source, whose held run blocks the next ones. */
  readonly named: boolean;
  /** True when nothing is left to do: done, rejected, cancelled, or a dry run that was planned. */
  readonly finished: boolean;
  /** The gates that hold the run now; empty unless `held`. */
  readonly held: readonly HeldGate[];
}

export interface ClaimedRun {
  /** `waiting`: another run has the slot; `blocked`: a held run of a named source does. */
  readonly outcome: 'claimed' | 'waiting' | 'blocked' | 'finished';
}

export interface StagedRun {
  readonly rows: number;
}

export interface BuiltPlan {
  readonly entries: number;
  readonly rows: number;
  /** The gates that hold the plan; empty when none does, or when the plan was approved. */
  readonly held: readonly HeldGate[];
  readonly dryRun: boolean;
}

export type HeldRun = Readonly<Record<string, never>>;

export interface TakenDecision {
  readonly outcome: 'apply' | 'rejected' | 'cancelled' | 'ignored';
}

export interface AppliedSlices {
  readonly done: boolean;
  /** Entries applied so far, of `entries`. */
  readonly applied: number;
  readonly entries: number;
}

export interface FailedRun {
  /** True when its source is stopped: quarantined or disabled. */
  readonly setAside: boolean;
}

export interface FinishedRun {
  readonly state: StoredRunState;
  readonly counts: Partial<RunCounts>;
  /** The gates of the part that was kept held; empty unless `held`. */
  readonly held: readonly HeldGate[];
}
