import { encodeRows, type PolledRow } from '../store/reads/pages';
import type { Attempt, ReadPlace, SyncStore } from './runStore';

/** One page of a read: its rows, and the reader's place after it. */
export interface Page extends Pick<ReadPlace, 'state' | 'listing'> {
  readonly rows: readonly PolledRow[];
}

export interface PageWriterInput {
  readonly store: Pick<SyncStore, 'stagePage'>;
  readonly attempt: Attempt;
  /** The place at which the pages go on. */
  readonly place: ReadPlace;
  readonly now: () => number;
  /** Rows that fill a transaction. */
  readonly atOnce?: number;
}

/**
 * Pages stored together at most: some vendors' pages hold 25 people, and each transaction has its
 * price.
 */
const AT_ONCE = 2_000;
/** Milliseconds of reading that a kill costs at most. */
const WITHIN_MS = 1_000;

/**
 * Stores pages in their order while the next ones are read: several in one transaction, with the
 * place after the last of them, so that place and rows agree whatever is killed.
 */
export class PageWriter {
  readonly #o: PageWriterInput;
  #rows: Buffer[] = [];
  #count = 0;
  #last: Pick<Page, 'state' | 'listing'> | null = null;
  #since = 0;
  #read: number;
  #storing: Promise<ReadPlace>;

  constructor(o: PageWriterInput) {
    this.#o = o;
    this.#read = o.place.rows;
    this.#storing = Promise.resolve(o.place);
  }

  /** Rows of all pages so far, stored or not. */
  get read(): number {
    return this.#read;
  }

  /** Takes the next page. Throws the error of storing the pages before it. */
  async add(page: Page): Promise<void> {
    if (this.#last === null) this.#since = this.#o.now();
    const { text, count } = encodeRows(this.#o.attempt.runId, page.rows);
    this.#rows.push(...text);
    this.#count += count;
    this.#last = { state: page.state, listing: page.listing };
    this.#read += count;
    const enough = this.#count >= (this.#o.atOnce ?? AT_ONCE);
    if (enough || this.#o.now() - this.#since >= WITHIN_MS) await this.#store();
  }

  /** The place once all pages so far are stored. */
  async settle(): Promise<ReadPlace> {
    await this.#store();
    return this.#storing;
  }

  /** Waits until nothing is being written. Leaves the error of the last write to another call. */
  async idle(): Promise<void> {
    await this.#storing.catch(() => undefined);
  }

  /** Begins to store the waiting pages once the earlier ones are stored. */
  async #store(): Promise<void> {
    const after = await this.#storing;
    const last = this.#last;
    if (last === null) return;
    const { store, attempt } = this.#o;
    this.#storing = store.stagePage({
      ...attempt,
      after,
      rows: { text: this.#rows, count: this.#count },
      state: last.state,
      listing: last.listing,
    });
    // The next call that waits for the write throws its error.
    this.#storing.catch(() => undefined);
    this.#rows = [];
    this.#count = 0;
    this.#last = null;
  }
}
