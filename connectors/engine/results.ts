import type { SourceRecord } from '../../domain/sources/sourceRow';
import type { Wait } from './caller';
import type { Listing } from './complete';
import type { PageState } from './state';

export interface PageFacts {
  readonly rows: number;
  readonly calls: number;
  /** Of the vendor's answer to the list. */
  readonly ms: number;
}

/** What reading on gives. */
export type NextResult =
  | {
      readonly kind: 'page';
      readonly records: readonly SourceRecord[];
      /** Null: this was the last page, and `listing` is there. */
      readonly state: PageState | null;
      readonly listing: Listing | null;
      readonly facts: PageFacts;
    }
  /** Nothing was read: `state` (it counts the tries) goes on after `until`. */
  | (Wait & { readonly state: PageState })
  /** What was read of this listing counts for nothing: begin it anew, with `attempt` one higher. */
  | { readonly kind: 'restart'; readonly reason: string }
  /** Changes cannot be read from this cursor: begin a full read. */
  | { readonly kind: 'full'; readonly reason: string };
