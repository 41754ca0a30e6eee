import { Fault } from '../../domain/faults';

/**
 * Where the next read of changes begins. Epoch ms; `takenAt` is by our clock, the others by the vendor's.
 */
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
  /** On a page whose people are fetched one by one: the last id that was returned. */
  readonly after: string | null;
  /** Start of the window (epoch ms) in a read that is split by time, and its rows so far. */
  readonly since: number | null;
  readonly windowRows: number;
  /** Set while records of one single time are read by id: the id after which to go on. */
  readonly tie: string | null;
}

/** What a read has shown so far about its completeness. */
export interface Proof {
  readonly pages: number;
  readonly rows: number;
  readonly total: number | null;
  readonly totalMoved: boolean;
  /** The first reason why it proves nothing any more. */
  readonly broken: string | null;
}

/**
 * The edge before the last page, where pages are numbered: if the last row before it is still where it
 * was, nothing moved across that edge between the two pages.
 */
export interface Edge {
  /** Index of that row in the list. */
  readonly row: number;
  /** Mark of its id. */
  readonly mark: string;
  /** The list has ended and said so: its read is over once the edge is checked. */
  readonly ended: { readonly link: string | null; readonly feed: string | null } | null;
}

/**
 * A read between two pages: plain JSON of at most {@link MAX_STATE_BYTES}, stored with the page.
 */
export interface PageState {
  readonly v: 1;
  readonly mode: 'full' | 'changes';
  /** Which start of the read this is, from 0. */
  readonly attempt: number;
  readonly cursor: Cursor | null;
  /** Our clock and the vendor's, at the first answer. */
  readonly startedAt: number;
  readonly serverAt: number | null;
  /** The feed's position before a full read. */
  readonly feedPlace: string | null;
  /** Index in `reads.full`. */
  readonly read: number;
  readonly place: Place;
  /** How often the next call failed before. */
  readonly tries: number;
  /** The credentials were refused at this place, once; set by the caller. */
  readonly refused: boolean;
  /** The vendor asked not to be called before this time (epoch ms). */
  readonly notBefore: number | null;
  readonly emptyPages: number;
  /**
   * Marks of the last pages, and one that stays while the distance doubles, so that every cycle is found.
   */
  readonly marks: readonly string[];
  readonly tortoise: {
    readonly mark: string;
    readonly step: number;
    readonly reach: number;
  } | null;
  readonly proof: Proof;
  /** Checked before the next page; null: nothing to check. */
  readonly edge: Edge | null;
  /** Totals of the reads before this one. */
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

/** The state in the form that is stored. @throws Fault `bug`/`state_too_large`. */
export function checkedState(state: PageState): PageState {
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes <= MAX_STATE_BYTES) return state;
  throw new Fault('bug', {
    code: 'state_too_large',
    message: `The place in the list takes ${String(bytes)} bytes, and 32,768 are the most.`,
    next: 'Report this with the name of the connector.',
  });
}
