import type { DuplicatePair, SearchSummary } from '../../domain/duplicates/pair';
import { databaseFault } from '../../domain/passing';
import type { OperationContext } from '../../operations/context';
import * as operations from '../../operations/duplicates/duplicates';
import type {
  DismissedPair,
  FindDuplicates,
  PreparedSearch,
} from '../../operations/duplicates/duplicates';

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
  #summary: SearchSummary | null = null;

  /** @internal */
  constructor(prepared: PreparedSearch, onProgress: SearchDuplicates['onProgress']) {
    this.#prepared = prepared;
    this.#onProgress = onProgress ?? (() => undefined);
  }

  /** What was compared; `null` before the first pair. */
  get summary(): SearchSummary | null {
    return this.#summary;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuplicatePair, void> {
    try {
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

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** Compares all users; merges nobody. */
  async find({ onProgress, ...input }: SearchDuplicates = {}): Promise<DuplicateSearch> {
    return new DuplicateSearch(await operations.findDuplicates(this.#context, input), onProgress);
  }

  /** Remembers that two users (id, code, login or e-mail) are different people. */
  async dismiss(input: { readonly users: readonly [string, string] }): Promise<DismissedPair> {
    return operations.dismissDuplicate(this.#context, input.users);
  }
}
