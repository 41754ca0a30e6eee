import type { Side } from './rules';

/** One of the two users of a merge. */
export interface MergedUser {
  readonly id: string;
  readonly code: string | null;
  readonly name: string | null;
}

/**
 * `merged`: can be unmerged; `final`: merged, and cannot be unmerged any more; `unmerged`: the two are two users
 * again.
 */
export const MERGE_STATES = ['merged', 'final', 'unmerged'] as const;
export type MergeState = (typeof MERGE_STATES)[number];

/** A merge as lists show it. */
export interface MergeView {
  readonly mergeId: string;
  readonly state: MergeState;
  /** The user who stayed in this merge, also where that one was absorbed later. */
  readonly survivor: MergedUser;
  readonly absorbed: MergedUser;
  /** ISO 8601 instants. */
  readonly mergedAt: string;
  /** The name of the admin; `null`: merged before merges were recorded. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly runId: string | null;
  /** Field, or `course:CODE` → whose value was chosen. */
  readonly choices: Readonly<Record<string, Side>>;
  /** Until when it can be unmerged; `null`: it cannot. */
  readonly unmergeUntil: string | null;
  readonly unmergedAt: string | null;
  readonly unmergedBy: string | null;
}

/** What a merge did to one kind of row. */
export interface MergeWork {
  readonly what: string;
  readonly change: 'changed' | 'moved' | 'tombstoned' | 'created';
  readonly rows: number;
}

/** A merge with what it changed. */
export interface MergeDocument extends MergeView {
  readonly work: readonly MergeWork[];
  /** Field of the survivor → [before, after]; empty once the images are removed. */
  readonly fields: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
  /** The newer merge that has to be unmerged before this one; `null`: none. */
  readonly unmergeFirst: string | null;
}
