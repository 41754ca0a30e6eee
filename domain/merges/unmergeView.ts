import type { MergedUser } from './mergeView';

/** Field → [now, afterwards]. Besides the fields: `enrollments.CODE.status`, `credits`, `identities.SOURCE`, … */
type Changes = Readonly<Record<string, readonly [now: unknown, then: unknown]>>;

/** What an unmerge does, or did, to the two people of a merge. */
export interface UnmergeView {
  readonly mergeId: string;
  readonly survivor: MergedUser;
  readonly absorbed: MergedUser;
  readonly changes: {
    readonly survivor: Changes;
    readonly absorbed: Changes;
  };
  /** What stays as it is, because it was changed since the merge: [now, what does not come back]. */
  readonly kept: {
    readonly survivor: Changes;
    readonly absorbed: Changes;
  };
  /** Why the two stay merged, as a code; `null`: they do not. */
  readonly problem: string | null;
}
