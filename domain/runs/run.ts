/** What holds of every run of a kind. */
export interface RunTraits {
  /** What it reads people from; null: it is planned from what the store has. */
  readonly reads: 'file' | 'source' | null;
  /** It writes what its source says; the hand of a person is behind the others. */
  readonly speaksForSource: boolean;
  /** Its plan holds until the number of people that it changes is confirmed; it has no other gate. */
  readonly confirmsCount: boolean;
  /** Lines of its plan are lines of what it read itself. */
  readonly hasLines: boolean;
  /** It comes again by itself: where it is undone, its source is paused. */
  readonly recurs: boolean;
}

/** `due`: what a source said ahead, on its day. */
export const RUN_KINDS = {
  import: {
    reads: 'file',
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: false,
  },
  sync: {
    reads: 'source',
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: true,
  },
  bulk: {
    reads: null,
    speaksForSource: false,
    confirmsCount: true,
    hasLines: true,
    recurs: false,
  },
  undo: {
    reads: null,
    speaksForSource: false,
    confirmsCount: true,
    hasLines: false,
    recurs: false,
  },
  due: {
    reads: null,
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: true,
  },
} as const satisfies Record<string, RunTraits>;
export type RunKind = keyof typeof RUN_KINDS;

/** The kinds of which `holds` is true. */
function kindsWhere(holds: (traits: RunTraits) => boolean): readonly RunKind[] {
  return Object.keys(RUN_KINDS)
    .filter((kind): kind is RunKind => Object.hasOwn(RUN_KINDS, kind))
    .filter((kind) => holds(RUN_KINDS[kind]));
}

/** Kinds that read people from a file or a source. */
export const READ_KINDS = kindsWhere(({ reads }) => reads !== null);
/** Kinds whose plan has lines of its own. */
export const KINDS_WITH_LINES = kindsWhere(({ hasLines }) => hasLines);
/** Kinds that come again by themselves. */
export const RECURRING_KINDS = kindsWhere(({ recurs }) => recurs);

/** True for kinds that read people from a file or a source. */
export function isRead(kind: RunKind): boolean {
  return RUN_KINDS[kind].reads !== null;
}

/** States in which a run has yet to end. */
export const OPEN_STATES = ['waiting', 'running', 'retrying', 'held'] as const;
/** States in which nothing more happens by itself. */
export const FINAL_STATES = ['planned', 'done', 'rejected', 'cancelled', 'failed'] as const;
/** States of a run as stored; `orphaned` is added by the reader when the workflow is gone. */
export const RUN_STATES = [...OPEN_STATES, ...FINAL_STATES] as const;
export type StoredRunState = (typeof RUN_STATES)[number];
export type RunState = StoredRunState | 'orphaned';
/** States that a workflow ends a run with (`failed` has an activity of its own). */
export type EndState = Exclude<(typeof FINAL_STATES)[number], 'failed'>;

/** States in which the run's workflow is at work on it. */
export const WORKING_STATES = ['running', 'retrying'] as const satisfies readonly StoredRunState[];
/** Final states in which the entries that are not applied are given up. */
export const STOPPED_STATES = [
  'rejected',
  'cancelled',
  'failed',
] as const satisfies readonly StoredRunState[];

/** From which state a run may go to which; checked in one place, `store/runs/runs.ts`. */
export const RUN_TRANSITIONS = {
  waiting: ['running', 'cancelled', 'failed'],
  running: ['retrying', 'held', 'planned', 'done', 'rejected', 'cancelled', 'failed', 'waiting'],
  retrying: ['running', 'held', 'planned', 'done', 'rejected', 'cancelled', 'failed', 'waiting'],
  // To `done`: a part was applied, and what was kept held is rejected.
  held: ['running', 'waiting', 'done', 'rejected', 'cancelled', 'failed'],
  planned: ['running', 'waiting', 'rejected', 'cancelled'],
  failed: ['running', 'waiting', 'cancelled'],
  cancelled: [],
  rejected: [],
  done: [],
} as const satisfies Record<StoredRunState, readonly StoredRunState[]>;

/** States that no run leaves. */
export const CLOSED_STATES = RUN_STATES.filter((state) => RUN_TRANSITIONS[state].length === 0);

const FINAL: ReadonlySet<RunState> = new Set(FINAL_STATES);
const CLOSED: ReadonlySet<RunState> = new Set(CLOSED_STATES);
const WORKING: ReadonlySet<RunState> = new Set(WORKING_STATES);

/** True for states in which nothing more happens by itself. */
export function isFinal(state: RunState): boolean {
  return FINAL.has(state);
}

/** True for states that no run leaves. */
export function isClosed(state: RunState): boolean {
  return CLOSED.has(state);
}

/** True while the run's workflow is at work on it. */
export function isWorking(state: RunState): boolean {
  return WORKING.has(state);
}

/** What says how far the decision about a held run is. */
export interface Approval {
  readonly state: RunState;
  readonly approvedAt: Date | null;
  readonly appliedAt: Date | null;
}

/**
 * Between its approval and its first slice a run is still `held`, but decided: of an approval and a
 * rejection that are recorded at once, the second is too late.
 */
export function isApproved({ state, approvedAt, appliedAt }: Approval): boolean {
  return state === 'held' && approvedAt !== null && appliedAt === null;
}

/** Approved in part, that part applied, and the rest kept held. */
export function isPartly({ state, approvedAt, appliedAt }: Approval): boolean {
  return state === 'held' && approvedAt !== null && appliedAt !== null;
}

/** Actions that change the status of a user and nothing else by themselves. */
export const STATUS_ACTIONS = ['deactivate', 'reactivate'] as const;
/** Actions that change a user who is there already. */
export const EDITING_ACTIONS = [...STATUS_ACTIONS, 'update'] as const;
/** Actions that change somebody; the others write no user. */
export const CHANGING_ACTIONS = ['create', ...EDITING_ACTIONS] as const;
/** Plan actions, strongest first. */
export const ACTIONS = [
  'error',
  'conflict',
  'duplicate',
  ...CHANGING_ACTIONS,
  'unchanged',
  'skip',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Counts of the outcomes of a plan, and the action that each counts. */
export const COUNTED_ACTIONS = {
  created: 'create',
  updated: 'update',
  unchanged: 'unchanged',
  deactivated: 'deactivate',
  reactivated: 'reactivate',
  skipped: 'skip',
  conflict: 'conflict',
  duplicate: 'duplicate',
  error: 'error',
} as const satisfies Record<string, Action>;
export type CountedAs = keyof typeof COUNTED_ACTIONS;

/** Names of the counts, in the order in which they are shown. */
export const COUNT_NAMES = Object.keys(COUNTED_ACTIONS).filter((name): name is CountedAs =>
  Object.hasOwn(COUNTED_ACTIONS, name),
);
/** Counts of editing actions. */
export const EDITED_COUNTS = [
  'updated',
  'deactivated',
  'reactivated',
] as const satisfies readonly CountedAs[];
/** Counts of changing actions. */
export const CHANGED_COUNTS = ['created', ...EDITED_COUNTS] as const;

/** How a row found its user. */
export const MATCHED_BY = ['identity', 'code', 'email', 'login', 'none'] as const;
export type MatchedBy = (typeof MATCHED_BY)[number];
