/** What holds for every run of a kind. */
export interface RunTraits {
  /** What the run reads people from; `null`: it is planned from the store. */
  readonly reads: 'file' | 'source' | null;
  /**
   * True when the run writes what its source says. The other kinds write what a person commanded.
   */
  readonly speaksForSource: boolean;
  /**
   * True when the plan is held until the number of changed people is confirmed. It has no other
   * gate.
   */
  readonly confirmsCount: boolean;
  /** True when the lines of the plan are lines of the run's own read. */
  readonly hasLines: boolean;
  /** True when such runs come again by themselves, so that an undo pauses their source. */
  readonly recurs: boolean;
  /** The type of the run's workflow, by which Temporal knows it. */
  readonly workflow: string;
  /** What the run is, on the first line of its workflow in the Temporal UI. */
  readonly summary: string;
}

/**
 * `due`: a change that a source named ahead, on its day. A kind's name begins the ids of its
 * workflows: `import/<runId>`.
 */
export const RUN_KINDS = {
  import: {
    reads: 'file',
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: false,
    workflow: 'importCsv',
    summary: 'CSV import',
  },
  sync: {
    reads: 'source',
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: true,
    workflow: 'syncSource',
    summary: 'Sync',
  },
  bulk: {
    reads: null,
    speaksForSource: false,
    confirmsCount: true,
    hasLines: true,
    recurs: false,
    workflow: 'bulkChange',
    summary: 'Bulk change',
  },
  undo: {
    reads: null,
    speaksForSource: false,
    confirmsCount: true,
    hasLines: false,
    recurs: false,
    workflow: 'undoRun',
    summary: 'Undo',
  },
  due: {
    reads: null,
    speaksForSource: true,
    confirmsCount: false,
    hasLines: true,
    recurs: true,
    workflow: 'applyDue',
    summary: 'Due joiners and leavers',
  },
  merge: {
    reads: null,
    speaksForSource: false,
    confirmsCount: true,
    hasLines: true,
    recurs: false,
    workflow: 'mergeUsers',
    summary: 'Merge',
  },
} as const satisfies Record<string, RunTraits>;
export type RunKind = keyof typeof RUN_KINDS;

/** The kinds for which `holds` is true. */
function kindsWhere(holds: (traits: RunTraits) => boolean): readonly RunKind[] {
  return Object.keys(RUN_KINDS)
    .filter((kind): kind is RunKind => Object.hasOwn(RUN_KINDS, kind))
    .filter((kind) => holds(RUN_KINDS[kind]));
}

/** Kinds that read people from a file or a source. */
export const READ_KINDS = kindsWhere(({ reads }) => reads !== null);
/** Kinds whose plan is what a source says. */
export const SPEAKING_KINDS = kindsWhere(({ speaksForSource }) => speaksForSource);
/** Kinds whose plan has lines of its own. */
export const KINDS_WITH_LINES = kindsWhere(({ hasLines }) => hasLines);
/** Kinds that come again by themselves. */
export const RECURRING_KINDS = kindsWhere(({ recurs }) => recurs);

/** True for kinds that read people from a file or a source. */
export function isRead(kind: RunKind): boolean {
  return RUN_KINDS[kind].reads !== null;
}

/** States of a run that has yet to end. */
export const OPEN_STATES = ['waiting', 'running', 'retrying', 'held'] as const;
/**
 * States in which nothing more happens by itself. The check `run_final_is_finished` of the database lists
 * them, too.
 */
export const FINAL_STATES = ['planned', 'done', 'rejected', 'cancelled', 'failed'] as const;
/** States of a run as stored; `orphaned` is added by the reader when the workflow is gone. */
export const RUN_STATES = [...OPEN_STATES, ...FINAL_STATES] as const;
export type StoredRunState = (typeof RUN_STATES)[number];
export type RunState = StoredRunState | 'orphaned';
/** States in which a workflow ends a run (`failed` has an activity of its own). */
export type EndState = Exclude<(typeof FINAL_STATES)[number], 'failed'>;

/** States in which the run's workflow is at work on the run. */
export const WORKING_STATES = ['running', 'retrying'] as const satisfies readonly StoredRunState[];
/** Final states in which the entries that are not applied are given up. */
export const STOPPED_STATES = [
  'rejected',
  'cancelled',
  'failed',
] as const satisfies readonly StoredRunState[];

/** Final states in which a person gave up what was not applied. */
export const GIVEN_UP_STATES = [
  'rejected',
  'cancelled',
] as const satisfies readonly StoredRunState[];

/** From which state a run may go to which; checked in one place, `store/runs/runs.ts`. */
export const RUN_TRANSITIONS = {
  waiting: ['running', 'cancelled', 'failed'],
  running: ['retrying', 'held', 'planned', 'done', 'rejected', 'cancelled', 'failed', 'waiting'],
  retrying: ['running', 'held', 'planned', 'done', 'rejected', 'cancelled', 'failed', 'waiting'],
  // To `done`: one part was applied, and the part that was kept held is rejected.
  held: ['running', 'waiting', 'done', 'rejected', 'cancelled', 'failed'],
  planned: ['running', 'waiting', 'rejected', 'cancelled'],
  failed: ['running', 'waiting', 'cancelled'],
  cancelled: [],
  rejected: [],
  done: [],
} as const satisfies Record<StoredRunState, readonly StoredRunState[]>;

/** States that no run leaves. The index `run_open_idx` of the database leaves them out, and lists them, too. */
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

/** The fields that say how far the decision about a held run is. */
export interface Approval {
  readonly state: RunState;
  readonly approvedAt: Date | null;
  readonly appliedAt: Date | null;
}

/**
 * Between its approval and its first batch a run is still `held`, but decided. When an approval and
 * a rejection are recorded at the same time, the second comes too late.
 */
export function isApproved({ state, approvedAt, appliedAt }: Approval): boolean {
  return state === 'held' && approvedAt !== null && appliedAt === null;
}

/** True when one part is approved and applied, and the rest is kept held. */
export function isPartly({ state, approvedAt, appliedAt }: Approval): boolean {
  return state === 'held' && approvedAt !== null && appliedAt !== null;
}

/** Actions that change the status of a user and nothing else by themselves. */
export const STATUS_ACTIONS = ['deactivate', 'reactivate'] as const;
/** Actions that change an existing user. */
export const EDITING_ACTIONS = [...STATUS_ACTIONS, 'update'] as const;
/** Actions that write a user; all others write none. */
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

/** Counts of the outcomes of a plan, and the action that each of them counts. */
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

/**
 * Reasons of rows that are passed over because another row of the read counts for their person: an inactive
 * row beside the active one (`yields`), or a row that the list's rule for two rows leaves out.
 */
export const GAVE_WAY = ['yields', 'other_row'] as const;

/** How a row found its user. */
export const MATCHED_BY = ['identity', 'code', 'email', 'login', 'none'] as const;
export type MatchedBy = (typeof MATCHED_BY)[number];
