import { Fault } from '../../domain/faults';

/** Where changes are read from next. Times are epoch ms; `takenAt` is ours, the others the vendor's. */
export type Cursor =
  | { readonly kind: 'time'; readonly at: number; readonly takenAt: number }
  | { readonly kind: 'link'; readonly url: string; readonly takenAt: number }
  | { readonly kind: 'feed'; readonly place: string; readonly takenAt: number };

/** The place of the next page within a read; plain JSON. */
export interface Place {
  /** Rows before it (offset), or the index of the page. */
  readonly at: number;
  /** Cursor or next link. */
  readonly token: string | null;
  /** Mark of the id of the row before it. */
  readonly anchor: string | null;
  readonly job: string | null;
  readonly jobDone: boolean;
  /** Of a page whose people are fetched one by one: the last id that was given. */
  readonly after: string | null;
  /** Begin of the window (epoch ms) of a read that is split by time, and rows in it so far. */
  readonly since: number | null;
  readonly windowRows: number;
  /** Set while records of one single time are read by id: the id after which. */
  readonly tie: string | null;
}

/** What a read has shown so far of being whole. */
export interface Proof {
  readonly pages: number;
  readonly rows: number;
  readonly total: number | null;
  readonly totalMoved: boolean;
  /** The first reason for which it proves nothing any more. */
  readonly broken: string | null;
}

/**
 * The edge before the last page, where pages are numbered: if the last row before it still is where it
 * was, nothing moved across that edge between the two pages.
 */
export interface Edge {
  /** Index of that row in the list. */
  readonly row: number;
  /** Mark of its id. */
  readonly mark: string;
  /** The list has ended, and so told: its read is over once the edge is checked. */
  readonly ended: { readonly link: string | null; readonly feed: string | null } | null;
}

/** A read between two pages: plain JSON of at most {@link MAX_STATE_BYTES}, kept with the page. */
export interface PageState {
  readonly v: 1;
  readonly mode: 'full' | 'changes';
  /** Which beginning this is, from 0. */
  readonly attempt: number;
  readonly cursor: Cursor | null;
  /** Our clock, and the vendor's at the first answer. */
  readonly startedAt: number;
  readonly serverAt: number | null;
  /** Where the feed stood before a full read. */
  readonly feedPlace: string | null;
  /** Index in `reads.full`. */
  readonly read: number;
  readonly place: Place;
  /** How often the next call failed before. */
  readonly tries: number;
  /** The credentials were refused at this place, once; kept by whoever reads. */
  readonly refused: boolean;
  /** The vendor asked not to be called before (epoch ms). */
  readonly notBefore: number | null;
  readonly emptyPages: number;
  /** Marks of the last pages, and one that stays while the distance doubles: no cycle goes unseen. */
  readonly marks: readonly string[];
  readonly tortoise: {
    readonly mark: string;
    readonly step: number;
    readonly reach: number;
  } | null;
  readonly proof: Proof;
  /** Asked before the next page; null: nothing is to be checked. */
  readonly edge: Edge | null;
  /** Of the reads before this one. */
  readonly earlier: readonly (Proof & { readonly why: string | null })[];
  readonly coverage: Readonly<Record<string, number>>;
  readonly withheld: Readonly<Record<string, number>>;
  /** The latest time of change seen, and whether times came in order. */
  readonly seenMax: number | null;
}

export const MAX_STATE_BYTES = 32 * 1024;

export const FIRST_PLACE: Place = {
  at: 0,
  token: null,
  anchor: null,
  job: null,
  jobDone: false,
  after: null,
  since: null,
  windowRows: 0,
  tie: null,
};

export const EMPTY_PROOF: Proof = {
  pages: 0,
  rows: 0,
  total: null,
  totalMoved: false,
  broken: null,
};

/** The state as it is kept. @throws Fault `bug`/`state_too_large`. */
export function checkedState(state: PageState): PageState {
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes <= MAX_STATE_BYTES) return state;
  throw new Fault('bug', {
    code: 'state_too_large',
    message: `The place in the list takes ${String(bytes)} bytes, and 32,768 are the most.`,
    next: 'Report this with the name of the connector.',
  });
}
