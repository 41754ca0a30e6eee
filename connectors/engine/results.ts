import type { SourceRecord } from '../../domain/sources/sourceRow';
import type { Wait } from './caller';
import type { Listing } from './complete';
import type { PageState } from './state';

export interface PageFacts {
  readonly rows: number;
  readonly calls: number;
  /** Time until the vendor answered the request for the list. */
  readonly ms: number;
}

/** The result of one step of a read. */
export type NextResult =
  | {
      readonly kind: 'page';
      readonly records: readonly SourceRecord[];
      /** Null: this was the last page, and `listing` is set. */
      readonly state: PageState | null;
      readonly listing: Listing | null;
      readonly facts: PageFacts;
    }
  /** Nothing was read: go on with `state` (it counts the tries) after `until`. */
  | (Wait & { readonly state: PageState })
  /** Nothing of this read counts: start it again, with `attempt` one higher. */
  | { readonly kind: 'restart'; readonly reason: string }
  /** Changes cannot be read from this cursor: start a full read. */
  | { readonly kind: 'full'; readonly reason: string };
