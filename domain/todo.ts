import type { HeldCampaignGate } from './letters/campaignDocument';
import type { CampaignState } from './letters/campaigns';
import type { Next } from './next';
import type { HeldGate } from './runs/gates';
import type { RunKind, RunState } from './runs/run';
import type { RunSubject } from './runs/subject';

/** A run among the things that wait. */
export interface TodoRun {
  readonly runId: string;
  readonly kind: RunKind;
  /** What its rows are about. */
  readonly subject: RunSubject;
  readonly source: string;
  readonly file: string | null;
  /** Of a run that takes one merge back: that merge. */
  readonly unmergeOf?: string;
  /** Of an undo: the run that it undoes. */
  readonly undoOf: string | null;
  /** The name of the admin who started it. */
  readonly startedBy: string;
  readonly state: RunState;
  /** Since when it is in this state, as nearly as the store knows. */
  readonly since: string;
  readonly next: Next;
}

/** A run on hold, or the part of a run that is still on hold. */
export interface TodoHeld extends TodoRun {
  readonly held: readonly HeldGate[];
  /** How many runs and scheduled syncs wait until it is decided. */
  readonly blocks: number;
}

/** A run that has been waiting or retrying for long, or whose workflow is gone (`orphaned`). */
export interface TodoWaiting extends TodoRun {
  /** Why, in words; `null`: unknown. */
  readonly reason: string | null;
}

/** A run that failed and that no later run of its source made up for. */
export interface TodoFailed extends TodoRun {
  /** The code of its fault, and the sentence. */
  readonly code: string;
  readonly message: string;
}

/** An applied run with rows in error that no retry brought again. */
export interface TodoRows extends TodoRun {
  readonly rows: number;
}

/** A dry run that was neither applied nor rejected, and that no newer plan replaced. */
export interface TodoPlanned extends TodoRun {
  /** How many things of its subject it would change. */
  readonly changes: number;
}

/** A conflict that nobody resolved. */
export interface TodoConflict {
  readonly runId: string;
  readonly subject: RunSubject;
  readonly source: string;
  readonly file: string | null;
  readonly entry: number;
  readonly line: number | null;
  readonly code: string;
  /** What is wrong, and the commands that resolve it. */
  readonly message: string;
  readonly next: Next;
}

/**
 * Why a source is not read: `quarantined` and `disabled` (stopped because of a fault), `overdue` (two
 * of its times passed without an applied sync), `blocked` (syncs were skipped behind a run on hold).
 */
export const SOURCE_TROUBLES = ['disabled', 'quarantined', 'overdue', 'blocked'] as const;
export type SourceTrouble = (typeof SOURCE_TROUBLES)[number];

/** A source in trouble. */
export interface TodoSource {
  readonly name: string;
  readonly trouble: SourceTrouble;
  readonly since: string;
  /** Of a stopped source: the code of the fault, and the sentence. */
  readonly code: string | null;
  readonly message: string | null;
  readonly nextTryAt: string | null;
  /** Syncs that were skipped behind a run on hold. */
  readonly skipped: number;
  readonly next: Next;
}

/** A token that ends within two weeks; not one that was made for so short a time. */
export interface TodoToken {
  readonly prefix: string;
  readonly name: string;
  /** Name of the admin. */
  readonly admin: string;
  readonly expiresAt: string;
  readonly next: Next;
}

/** A campaign on hold, a paused one, or one with deliveries that are unknown. */
export interface TodoCampaign {
  readonly campaignId: string;
  /** The name of the letter, else the subject or the title. */
  readonly what: string;
  readonly state: CampaignState;
  readonly held: readonly HeldCampaignGate[];
  /** The code of the trouble; `null`: none, or an admin paused it. */
  readonly code: string | null;
  readonly recipients: number;
  /** Deliveries that a person has to resolve. */
  readonly unknown: number;
  readonly startedBy: string;
  readonly since: string;
  readonly next: Next;
}

/** What waits for a person: `count` of each part counts all, its list holds at most `limit`. */
export interface Todo {
  /** All parts together; 0: nothing waits. */
  readonly count: number;
  readonly held: { readonly count: number; readonly runs: readonly TodoHeld[] };
  readonly campaigns: { readonly count: number; readonly campaigns: readonly TodoCampaign[] };
  readonly sources: { readonly count: number; readonly sources: readonly TodoSource[] };
  readonly failed: { readonly count: number; readonly runs: readonly TodoFailed[] };
  readonly conflicts: { readonly count: number; readonly conflicts: readonly TodoConflict[] };
  /** `count`: rows. */
  readonly failedRows: { readonly count: number; readonly runs: readonly TodoRows[] };
  readonly waiting: { readonly count: number; readonly runs: readonly TodoWaiting[] };
  /** The actor's own; of everybody for an owner. */
  readonly tokens: { readonly count: number; readonly tokens: readonly TodoToken[] };
  readonly planned: { readonly count: number; readonly runs: readonly TodoPlanned[] };
}
