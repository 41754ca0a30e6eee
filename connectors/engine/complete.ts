import type { Connector, ReadDeclaration } from '../declaration/schema';
import { nextCursor } from './since';
import type { Cursor, PageState, Proof } from './state';

/** The facts about a full read, returned with its last page. */
export interface Listing {
  readonly mode: 'full' | 'changes';
  readonly pages: number;
  readonly rows: number;
  /** The vendor's own totals, added up; null where it gave none. */
  readonly totalClaimed: number | null;
  readonly stableTotal: boolean;
  /** Proved complete as far as the engine can see: see {@link completeWith}. */
  readonly complete: boolean;
  /** Stable code: `proved`, or the first reason why it is not. */
  readonly why: string;
  /** The number of distinct ids that there must be; null where repeats prove nothing. */
  readonly expectDistinct: number | null;
  /** At least this share of the last good read’s rows. */
  readonly minRatioOfLast: number | null;
  /**
   * Where the next read of changes begins; null: a full read comes next. Set only by reads that ended well.
   */
  readonly cursorNext: Cursor | null;
  /**
   * Field → rows with a value, `status` included; 0 for a field that is read but empty for everybody.
   */
  readonly coverage: Readonly<Record<string, number>>;
  /** Field → rows in which the vendor withheld it. */
  readonly withheld: Readonly<Record<string, number>>;
  /** Fields with a value in fewer rows than the declaration requires. */
  readonly belowFloor: readonly string[];
}

/**
 * Why a read does not prove itself complete; null when it does. In parts, people are counted once all
 * are known: see {@link completeWith}.
 */
export function whyNot(read: ReadDeclaration, proof: Proof, inParts: boolean): string | null {
  if (proof.broken !== null) return proof.broken;
  const { by, stableTotal } = read.complete;
  if (read.ceiling !== undefined && proof.rows >= read.ceiling) return 'ceiling';
  if (by === 'never') return 'not_provable';
  if (by === 'endSignal') return null;
  if (proof.total === null) return 'no_total';
  if (stableTotal === true && proof.totalMoved) return 'total_moved';
  return inParts || proof.rows === proof.total ? null : 'total_differs';
}

/** Sums up a read; `state.earlier` holds all of its parts. */
export function summarize(
  connector: Connector,
  state: PageState,
  last: { readonly link: string | null; readonly feed: string | null },
): Listing {
  const { full, changes } = connector.reads;
  const proofs = state.earlier;
  const declared = state.mode === 'full' ? full : changes === undefined ? [] : [changes];
  const rows = sum(proofs.map((proof) => proof.rows));
  const totals = proofs.map(({ total }) => total);
  const counted = declared.every(({ complete: { by } }) => by === 'totalEquals' || by === 'both');
  const totalClaimed = totals.some((total) => total === null)
    ? null
    : sum(totals.map((total) => total ?? 0));
  const found = proofs.map(({ why }) => why).find((why) => why !== null) ?? null;
  const empty = state.mode === 'full' && rows === 0 ? 'empty_read' : null;
  const cursorNext = nextCursor(changes, state, last);
  const lost = state.mode === 'changes' && cursorNext === null ? 'no_cursor' : null;
  // A list that can never prove itself complete does not spoil the reads of changes after it.
  const why = found ?? empty ?? lost;
  const ended = why === null || why === 'not_provable' || why === 'empty_read';
  const ratios = declared.flatMap(({ complete }) => complete.minRatioOfLast ?? []);
  return {
    mode: state.mode,
    pages: sum(proofs.map(({ pages }) => pages)),
    rows,
    totalClaimed,
    stableTotal: !proofs.some(({ totalMoved }) => totalMoved),
    complete: why === null,
    why: why ?? 'proved',
    expectDistinct: counted && state.mode === 'full' ? totalClaimed : null,
    minRatioOfLast: ratios.length === 0 || state.mode === 'changes' ? null : Math.max(...ratios),
    cursorNext: ended ? cursorNext : null,
    coverage: state.coverage,
    withheld: state.withheld,
    belowFloor: state.mode === 'full' ? belowFloor(connector, state, rows) : [],
  };
}

/**
 * The final judgement on completeness, from what only the store knows: how many distinct people the
 * pages hold (a row that moved between two pages hides another), and how many the last good read had.
 */
export function completeWith(
  listing: Listing,
  known: { readonly distinctIds: number; readonly lastRows: number | null },
): { readonly complete: boolean; readonly why: string } {
  if (!listing.complete) return { complete: false, why: listing.why };
  if (listing.expectDistinct !== null && known.distinctIds !== listing.expectDistinct) {
    return { complete: false, why: 'repeated_rows' };
  }
  const least = (listing.minRatioOfLast ?? 0) * (known.lastRows ?? 0);
  if (listing.mode === 'full' && known.distinctIds < least) {
    return { complete: false, why: 'far_fewer_rows' };
  }
  return { complete: true, why: 'proved' };
}

function belowFloor(connector: Connector, state: PageState, rows: number): string[] {
  if (rows === 0) return [];
  return Object.entries(connector.map.fields)
    .filter(([field, { floor = 0 }]) => (state.coverage[field] ?? 0) < floor * rows)
    .map(([field]) => field);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
