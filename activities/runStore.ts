import type { Next } from '../domain/next';
import type { Listing } from '../connectors/engine/complete';
import type { Cursor, PageState } from '../connectors/engine/state';
import type { ReadMessage } from '../domain/runs/messages';
import type { RecordRow } from '../domain/files/recordRows';
import type { ReadSummary, StagedRow } from '../domain/files/staged';
import type { UserScope } from '../domain/permissions';
import type { HeldGate } from '../domain/runs/gates';
import type { EndState, RunKind, StoredRunState } from '../domain/runs/run';
import type { RunCounts, RunProgress } from '../domain/runs/runDocument';
import type { RunSubject } from '../domain/runs/subject';
import type { SourceRowRules } from '../domain/sources/sourceRow';
import type { PropertyDefinition } from '../domain/users/fields';
import type { Days } from '../domain/zones';
import type {
  EncodedRows,
  ListingFacts,
  ReadParts,
  ReadPlace as StoredPlace,
} from '../store/reads/pages';
import type { AppliedSlices, BegunSync, ClaimedRun, TakenDecision } from './types';

/** What the activities read from a run's row. */
export interface RunFacts {
  readonly id: string;
  readonly kind: RunKind;
  readonly subject: RunSubject;
  readonly sourceId: string;
  readonly sourceKind: string;
  readonly state: StoredRunState;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly fileId: string | null;
  readonly fileName: string | null;
  readonly stagedAt: Date | null;
  readonly approvedAt: Date | null;
  readonly appliedAt: Date | null;
  readonly rows: number;
  readonly entries: number;
  /** How many entries are applied. */
  readonly applied: number;
  readonly held: readonly HeldGate[];
  readonly failure: RunFailure | null;
}

/** Why a run failed; for people, so it stays in Postgres. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly next?: Next;
}

/** An attempt that may write for a run: the fence is checked in each of its transactions. */
export interface Attempt {
  readonly runId: string;
  readonly fence: bigint;
}

/** The store's functions as the activities of a run use them; bound to a database by the worker. */
export interface RunStore {
  /** Starts an attempt: the fence grows and the sessions of older attempts are ended. */
  takeFence(runId: string): Promise<bigint>;
  getRun(runId: string): Promise<RunFacts>;
  /** One try to take the slot of the run's source. */
  claim(attempt: Attempt): Promise<ClaimedRun['outcome']>;
  setState(o: Attempt & { readonly state: StoredRunState }): Promise<void>;
  saveProgress(attempt: Attempt, progress: RunProgress): Promise<void>;
  /**
   * Whose people the admin who acts in the run reaches now. @throws Fault forbidden when that admin may no
   * longer do what the run does.
   */
  reachOfRun(runId: string): Promise<UserScope>;
  /** People outside `scope` are skipped. */
  buildPlan(
    o: Attempt & { readonly scope: UserScope },
  ): Promise<{ entries: number; rows: number; held: readonly HeldGate[] }>;
  /** The next batch or, where `lanes` may write at once, batches until `goOn` is false. */
  applySlice(
    o: Attempt & {
      readonly maxEntries: number;
      readonly scope: UserScope;
      readonly lanes: number;
      readonly goOn: () => boolean;
      readonly tell: (far: AppliedSlices) => void;
    },
  ): Promise<AppliedSlices>;
  hold(attempt: Attempt): Promise<void>;
  takeDecision(o: Attempt & { readonly decisionId: string }): Promise<TakenDecision['outcome']>;
  /** A run that has already ended stays as it ended. */
  finish(
    o: Attempt & { readonly state: EndState },
  ): Promise<{ state: StoredRunState; counts: Partial<RunCounts> }>;
  /**
   * Stores why an attempt failed that is made again. The reason goes missing when the store is out
   * of reach.
   */
  tellTrouble(
    runId: string,
    trouble: { readonly code: string; readonly message: string },
  ): Promise<void>;
  fail(o: Attempt & { readonly failure: RunFailure }): Promise<void>;
  /** True for a failed sync whose source is stopped. */
  isSetAside(runId: string): Promise<boolean>;
}

/** The store's functions for reading people. */
export interface IngestStore extends RunStore {
  /** @throws Fault not_found when the file is no longer kept. */
  getFile(fileId: string): Promise<{ readonly name: string }>;
  readFile(fileId: string): AsyncIterable<Buffer>;
  /** Key of an organization's code or name → its id. */
  organizationKeys(): Promise<ReadonlyMap<string, string>>;
  properties(): Promise<readonly PropertyDefinition[]>;
  /** Keys of all courses. */
  courseKeys(): Promise<ReadonlySet<string>>;
  /** Which day it is for the people of a list. */
  daysOf(sourceId: string): Promise<Days>;
  stageRows(
    o: Attempt & {
      readonly batches: AsyncIterable<StagedRow[]>;
      readonly tail: readonly string[];
      readonly summary: () => ReadSummary;
      readonly onProgress: (rows: number) => void;
    },
  ): Promise<{ rows: number }>;
  /** The rows of a file of another subject than users. */
  stageRecords(
    o: Attempt & {
      readonly batches: AsyncIterable<RecordRow[]>;
      readonly summary: () => ReadSummary;
      readonly onProgress: (rows: number) => void;
    },
  ): Promise<{ rows: number }>;
}

/** What a reader reported with its last page, and when the read began (epoch ms). */
export interface WholeRead extends Listing {
  readonly startedAt: number;
  /** Set when the read was judged complete and the missing people are being asked for by id. */
  readonly asked?: Asked;
}

/** What asking by id for the missing people has shown so far. */
export interface Asked {
  /** External ids of people that the source calls gone. */
  readonly gone: readonly string[];
  readonly found: number;
  /** External ids of people that the source says nothing about. */
  readonly unclear: number;
}

/** Where a read is, and what is staged of it. */
export type ReadPlace = StoredPlace<PageState, WholeRead>;

/** The store's functions for reading a polled source. */
export interface SyncStore extends RunStore {
  beginSync(o: {
    readonly sourceId: string;
    readonly workflowId: string;
    readonly hasChanges: boolean;
    readonly minIntervalMs: number;
    readonly declarationSha: string;
  }): Promise<BegunSync>;
  /** What decides now how the records of a run become rows. */
  rowRules(runId: string): Promise<SourceRowRules>;
  /** Where changes are read from. */
  cursor(sourceId: string): Promise<Cursor | null>;
  readPlace(runId: string): Promise<ReadPlace>;
  /**
   * Stores one page and the place behind it, both or neither. @throws Fault fenced when out of
   * turn.
   */
  stagePage(
    o: Attempt & {
      readonly after: ReadPlace;
      readonly rows: EncodedRows;
      readonly state: PageState | null;
      readonly listing: WholeRead | null;
    },
  ): Promise<ReadPlace>;
  restartRead(
    o: Attempt & {
      readonly after: ReadPlace;
      readonly mode: ReadPlace['mode'];
      readonly state: PageState;
    },
  ): Promise<ReadPlace>;
  /** Ids in the source of the people that the plan of this read would count as gone. */
  missingIds(o: {
    readonly runId: string;
    readonly absenceTimes: number;
    readonly maxPeople: number;
  }): Promise<string[]>;
  countPeople(runId: string): Promise<{ people: number; lastRows: number | null }>;
  closeRead(
    o: Attempt & {
      readonly listing: Omit<ListingFacts, 'partial' | 'repeated' | 'rows'>;
      readonly parts: ReadParts | null;
      readonly coverage: Readonly<Record<string, number>>;
      readonly messages: readonly ReadMessage[];
    },
  ): Promise<{ rows: number }>;
}
