import type { Config } from '../config/env';
import type { MergeDocument } from '../domain/merges/mergeView';
import type { ShownMerge } from '../domain/merges/preview';
import type { UnmergeView } from '../domain/merges/unmergeView';
import type { OperationContext } from '../operations/context';
import type { MergesRequest } from '../operations/merges/importMerges';
import type { ListMerges, MergeList } from '../operations/merges/merges';
import type { Temporal } from '../temporal/gateway';
import { refuseUnknownEncoding } from './files/encoding';
import { openFile, pipedFile, type FileStream } from './files/file';
import { launch } from './waiting/launch';

const importMergesModule = () => import('../operations/merges/importMerges.js');
const merges = () => import('../operations/merges/merges.js');
const previewModule = () => import('../operations/merges/preview.js');
const unmergeModule = () => import('../operations/merges/unmerge.js');

/** A file of pairs to merge: a path, or a stream whose complete content is the file. */
export interface StartMerges extends MergesRequest {
  readonly file: string | FileStream;
}

/** Merges of users: what was merged, and what a planned merge would do. A `merge` is an id or a prefix of one. */
export class Merges {
  readonly #context: OperationContext;
  readonly #config: Pick<Config, 'limits'>;
  readonly #temporal: () => Promise<Temporal>;

  /** @internal */
  constructor(o: {
    readonly context: OperationContext;
    readonly config: Pick<Config, 'limits'>;
    readonly temporal: () => Promise<Temporal>;
  }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#temporal = o.temporal;
  }

  /**
   * Starts a run that merges the pairs of a CSV file (`survivor`, `redundant`, `take`, `reason`). Without `expect`
   * it is put on hold. `retryOf`: the run whose failed pairs this file fixes. `rollcall.users.merge` merges a single
   * pair. Faults: `usage`, `not_found`, `state`, `refused_file`, `forbidden`, `unavailable`.
   */
  async start({ file: from, ...request }: StartMerges): Promise<{ readonly runId: string }> {
    const { maxFileBytes } = this.#config.limits;
    const prepared = await (await importMergesModule()).prepareMerges(this.#context, request);
    if (request.encoding !== undefined) await refuseUnknownEncoding(request.encoding);
    const file =
      typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
    try {
      await this.#temporal();
      const run = await (
        await importMergesModule()
      ).createMergesImport(this.#context, { prepared, file });
      await launch(this.#temporal, run);
      return { runId: run.runId };
    } finally {
      await file.close();
    }
  }

  /** One page, newest first; go on with `cursor` = `next`. */
  async list(input: ListMerges = {}): Promise<MergeList> {
    return (await merges()).listMerges(this.#context, input);
  }

  /** What a merge changed, and until when it can be unmerged. */
  async get(merge: string): Promise<MergeDocument> {
    return (await merges()).showMerge(this.#context, merge);
  }

  /**
   * What the one merge of a run would do: both people, who wins what and why, and `shown`, which confirms it.
   * `null`: the run plans no merge, or several, or is applied.
   */
  async preview(run: string): Promise<ShownMerge | null> {
    return (await previewModule()).previewMerge(this.#context, run);
  }

  /**
   * What a run that takes one merge back would do, or did, to the two people. `null`: another run, or one that
   * is not planned yet or whose plan is no longer kept.
   */
  async previewUnmerge(run: string): Promise<UnmergeView | null> {
    return (await unmergeModule()).previewUnmerge(this.#context, run);
  }
}
