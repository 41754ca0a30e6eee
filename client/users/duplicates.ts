import type { DuplicatePair, SearchSummary } from '../../domain/duplicates/pair';
import { databaseFault } from '../../domain/passing';
import type { OperationContext, Session } from '../../operations/context';
import type {
  DismissedPair,
  FindDuplicates,
  PreparedSearch,
} from '../../operations/duplicates/duplicates';

const operations = () => import('../../operations/duplicates/duplicates.js');

export interface SearchDuplicates extends FindDuplicates {
  /** `reading` counts users, `comparing` counts groups of users that have something in common. */
  readonly onProgress?: (phase: 'reading' | 'comparing', done: number, total: number) => void;
}

/**
 * Pairs of users that may be one person: those that a source proposes first, then by score. Reading the
 * first pair begins the search, and it can be read once.
 *
 *     const search = await rollcall.duplicates.find({ min: 80 });
 *     for await (const { survivor, redundant, score } of search) console.log(survivor.code, redundant.code, score);
 *     console.log(search.summary);
 */
export class DuplicateSearch implements AsyncIterable<DuplicatePair> {
  readonly #prepared: PreparedSearch;
  readonly #onProgress: NonNullable<SearchDuplicates['onProgress']>;
  readonly #session: Pick<Session, 'renew'>;
  #summary: SearchSummary | null = null;

  /** @internal */
  constructor(o: {
    readonly prepared: PreparedSearch;
    readonly onProgress: SearchDuplicates['onProgress'];
    readonly session: Pick<Session, 'renew'>;
  }) {
    this.#prepared = o.prepared;
    this.#onProgress = o.onProgress ?? (() => undefined);
    this.#session = o.session;
  }

  /** What was compared; `null` before the first pair. */
  get summary(): SearchSummary | null {
    return this.#summary;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuplicatePair, void> {
    try {
      await this.#session.renew();
      const batches = this.#prepared({
        onProgress: this.#onProgress,
        onCompared: (summary) => {
          this.#summary = summary;
        },
      });
      for await (const pairs of batches) yield* pairs;
    } catch (error) {
      throw databaseFault(error) ?? error;
    }
  }
}

/** Users that may be one person. */
export class Duplicates {
  readonly #context: OperationContext;
  readonly #session: Pick<Session, 'renew'>;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly session: Pick<Session, 'renew'> }) {
    this.#context = o.context;
    this.#session = o.session;
  }

  /** Compares all users; merges nobody. */
  async find({ onProgress, ...input }: SearchDuplicates = {}): Promise<DuplicateSearch> {
    const prepared = await (await operations()).findDuplicates(this.#context, input);
    return new DuplicateSearch({ prepared, onProgress, session: this.#session });
  }

  /** Remembers that two users (id, code, login or e-mail) are different people. */
  async dismiss(input: { readonly users: readonly [string, string] }): Promise<DismissedPair> {
    return (await operations()).dismissDuplicate(this.#context, input.users);
  }
}
