import type { Next } from '../next';
import type { HeldGate } from './gates';
import type { RunSubject } from './subject';
import type { OptionTexts } from '../sources/listOptions';
import type { MeantUser, SeveralRows } from './messages';
import type { ResolvedBy } from './resolvedBy';
import type { Action, CHANGED_COUNTS, CountedAs, MatchedBy, RunKind, RunState } from './run';

/**
 * Outcome counts. Every row and every absent person counts once, by its strongest action: `rows +
 * absent` = created + updated + unchanged + deactivated + reactivated + skipped + conflict +
 * duplicate + error. `linked` counts within `updated`; `keptByHand` counts fields.
 */
export type RunCounts = Readonly<
  Record<CountedAs | 'rows' | 'absent' | 'linked' | 'keptByHand', number>
>;

/**
 * A message of a run: what is wrong with one line (physical line of its file), and what to do. One
 * that speaks for several rows has `count` and the first `lines`; `line` is the first of them.
 */
export interface RunMessage extends SeveralRows {
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

/** Why a run failed or waits, and what may be done about it that takes more words than `next`. */
export interface RunReason {
  readonly text: string | null;
  readonly next: Next | null;
}

/** All that is known of a run; `import --json` and `runs show --json` print it in words. */
export interface RunDocument {
  readonly runId: string;
  readonly kind: RunKind;
  /** What its rows are about. */
  readonly subject: RunSubject;
  readonly source: string;
  readonly state: RunState;
  readonly dryRun: boolean;
  readonly file: string | null;
  /** The name of the admin who started it; of a schedule: the owner. */
  readonly startedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  /**
   * How far a run is that goes on or is held. While the run applies, `counts` are those of its
   * plan.
   */
  readonly progress: RunProgress | null;
  readonly counts: RunCounts;
  readonly held: readonly HeldGate[];
  readonly matchedBy: Readonly<Record<MatchedBy, number>>;
  readonly messages: readonly RunMessage[];
  /** Every row counts, also where one message speaks for several. */
  readonly messageCount: number;
  readonly undoableUntil: string | null;
  /** The one next step, or `null` when nothing is left to do. */
  readonly next: Next | null;
  /** Why the run failed or waits; `null` otherwise. */
  readonly reason: RunReason | null;
  /** Of a failed run only: the fault, as for any error. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly next: Next | null;
  };
  /** Of a run of one merge, or of one unmerge: the merge. */
  readonly mergeId?: string;
  /** Of a run that takes one merge back: that merge. */
  readonly unmergeOf?: string;
  readonly undoOf: string | null;
  /** The run whose undo is in force; `null` also after that undo was itself undone. */
  readonly undoneBy: string | null;
  /** The run whose fixed rows this one brought. */
  readonly retryOf: string | null;
  /** The newest run that brought the failed rows again. */
  readonly mendedBy: string | null;
  /** How many of the conflicts in `counts` a person has resolved since. */
  readonly settled: number;
  /** Set for a run that was approved in part with the rest kept held; `null` otherwise. */
  readonly partly: RunParts | null;
  /** Who decided what about the run, oldest first. */
  readonly decisions: readonly RunDecision[];
  /** Why entries were skipped: reason → how many. */
  readonly skippedFor: Readonly<Record<string, number>>;
  /**
   * People that the plan would create though the source seems to know another number of theirs: the
   * pairs of the gate of that name, whatever was decided about them.
   */
  readonly renumbered: number;
  /**
   * Rows that were matched to an existing account: those of `counts.linked`, and those whose person was
   * activated or deactivated as well.
   */
  readonly matchedRows: number;
  /** Of an import into a list, as the command line takes them. */
  readonly listOptions: {
    /** Options that the list kept and that nobody gave for this run. */
    readonly used: OptionTexts;
    /** Options that the list keeps once this run is applied; `null`: it forgets them. */
    readonly kept: OptionTexts;
  };
}

/** A run in a list: all fields but those that only the document of one run has. */
export type RunSummary = Omit<
  RunDocument,
  'messages' | 'decisions' | 'skippedFor' | 'renumbered' | 'matchedRows' | 'listOptions'
>;

/** What an admin decided about a run. */
export interface RunDecision {
  /** approve, reject, apply, cancel, resume, resolve */
  readonly kind: string;
  /** The admin's name. */
  readonly by: string;
  readonly at: string;
  /** Approved in part: these actions, or this many entries. Resolved at once: this many entries. */
  readonly only?: readonly string[];
  readonly entries?: number;
  /**
   * A resolved conflict: its entry, the person that the row belongs to, and the run that applied
   * it.
   */
  readonly resolved?: {
    readonly entry: number;
    readonly as: string;
    /** The user's code, otherwise the id. */
    readonly user: string | null;
    readonly followUp: string | null;
  };
  /** Many rows that were matched at once, and the run that applied them. */
  readonly resolvedAll?: { readonly by: ResolvedBy; readonly followUp: string };
  readonly reason: string | null;
  /**
   * True when the decision was carried out; false: no worker has taken it yet, or it came too late.
   */
  readonly taken: boolean;
  /**
   * True when the decision will never be carried out: the run was decided otherwise, or ended,
   * before.
   */
  readonly late?: true;
}

/** How much of a plan is applied and how much is still held; together the changes in `counts`. */
export interface RunParts {
  readonly applied: PartCounts;
  readonly held: PartCounts;
}

export type PartCounts = Readonly<
  Record<(typeof CHANGED_COUNTS)[number] | 'skipped' | 'conflict', number>
>;

/**
 * How far a run is, for the progress bar and the Temporal UI. `total` is `null` until it is known.
 */
export interface RunProgress {
  readonly phase: 'waiting' | 'reading' | 'planning' | 'applying' | 'finished';
  readonly done: number;
  readonly total: number | null;
}

/** What became, or may yet become, of an entry that changes a user. */
export const ENTRY_STATES = ['planned', 'held', 'applied', 'rejected', 'skipped'] as const;
export type EntryState = (typeof ENTRY_STATES)[number];

/** One line of `runs diff`: what one entry of the plan does. */
export interface DiffEntry {
  readonly entry: number;
  readonly line: number | null;
  /**
   * The planned action, or the actual one where the entry had another outcome when it was applied.
   */
  readonly action: Action;
  /** `null` for entries that change no user (errors, conflicts, …). */
  readonly state: EntryState | null;
  /** The person's name, as far as it is known. */
  readonly name: string | null;
  readonly userId: string | null;
  readonly code: string | null;
  readonly matchedBy: MatchedBy;
  readonly reason: string | null;
  readonly changes: Readonly<Record<string, readonly [old: unknown, next: unknown]>>;
  /**
   * Of a new person whom the source seems to know under another number: the users who have that
   * number. `changes.identity` has both numbers.
   */
  readonly knownAs?: readonly MeantUser[];
  /** The run in which a person rejected the same change (gate `rejected_before`). */
  readonly rejectedIn?: string;
  /** Only when `kept` was asked for: values that stay as set by hand, and what the source said. */
  readonly kept?: Readonly<Record<string, readonly [held: unknown, said: unknown]>>;
}
