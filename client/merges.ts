import type { MergeDocument } from '../domain/merges/mergeView';
import type { ShownMerge } from '../domain/merges/preview';
import type { UnmergeView } from '../domain/merges/unmergeView';
import type { OperationContext } from '../operations/context';
import * as merges from '../operations/merges/merges';
import type { ListMerges, MergeList } from '../operations/merges/merges';
import { previewMerge } from '../operations/merges/preview';
import { previewUnmerge } from '../operations/merges/unmerge';

/** Merges of users: what was merged, and what a planned merge would do. A `merge` is an id or a prefix of one. */
export class Merges {
  readonly #context: OperationContext;

  /** @internal */
  constructor(o: { readonly context: OperationContext }) {
    this.#context = o.context;
  }

  /** One page, newest first; go on with `cursor` = `next`. */
  async list(input: ListMerges = {}): Promise<MergeList> {
    return merges.listMerges(this.#context, input);
  }

  /** What a merge changed, and until when it can be unmerged. */
  async get(merge: string): Promise<MergeDocument> {
    return merges.showMerge(this.#context, merge);
  }

  /**
   * What the one merge of a run would do: both people, who wins what and why, and `shown`, which confirms it.
   * `null`: the run plans no merge, or several, or is applied.
   */
  async preview(run: string): Promise<ShownMerge | null> {
    return previewMerge(this.#context, run);
  }

  /**
   * What a run that takes one merge back would do, or did, to the two people. `null`: another run, or one that
   * is not planned yet or whose plan is no longer kept.
   */
  async previewUnmerge(run: string): Promise<UnmergeView | null> {
    return previewUnmerge(this.#context, run);
  }
}
