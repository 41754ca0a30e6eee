import { byPrefix } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import type { MergeDocument, MergeView } from '../../domain/merges/mergeView';
import { findMerges, mergeDetails, selectMerges } from '../../store/merges/merges';
import type { OperationContext } from '../context';
import { pageFrom, pageOf } from '../pages';
import { resolveUser, scopeFor } from '../users/userScope';

export interface ListMerges {
  /** Only merges of this person: id, code, login or e-mail. */
  readonly user?: string;
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

export interface MergeList {
  readonly merges: readonly MergeView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

/** Merges, newest first. Faults: `forbidden`, `usage`, `not_found` (the user). */
export async function listMerges(context: OperationContext, input: ListMerges): Promise<MergeList> {
  const scope = await scopeFor(context, 'users.merge');
  const { user, ...page } = input;
  const { limit, after } = pageOf(page);
  const found = await selectMerges(context.db.pool, {
    limit: limit + 1,
    ...(user === undefined ? {} : { userId: (await resolveUser(context, user, scope)).survivorId }),
    ...(after === null ? {} : { after }),
  });
  const { rows, next } = pageFrom(found, { limit, place: ({ mergeId }) => mergeId });
  return { merges: rows, next };
}

/** The merge of this id, or of a unique beginning of one. Faults: `forbidden`, `not_found`, `usage`. */
export async function findMerge(context: OperationContext, prefix: string): Promise<MergeView> {
  await scopeFor(context, 'users.merge');
  return byPrefix(prefix, {
    find: (wanted) => findMerges(context.db.pool, wanted),
    missing: () =>
      new Fault('not_found', {
        code: 'merge_not_found',
        message: `There is no merge ${prefix}.`,
        next: { do: 'listMerges' },
      }),
    several: () =>
      new Fault('usage', {
        code: 'merge_ambiguous',
        message: `Several merges begin with ${prefix}.`,
        next: { do: 'listMerges' },
      }),
  });
}

/** What a merge changed, and whether it can be unmerged. Faults as of {@link findMerge}. */
export async function showMerge(context: OperationContext, prefix: string): Promise<MergeDocument> {
  const merge = await findMerge(context, prefix);
  return { ...merge, ...(await mergeDetails(context.db.pool, merge.mergeId)) };
}
