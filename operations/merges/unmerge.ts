import { Fault } from '../../domain/faults';
import type { MergeView } from '../../domain/merges/mergeView';
import type { UnmergeView } from '../../domain/merges/unmergeView';
import { requirePermission } from '../../domain/permissions';
import type { UnmergeOptions } from '../../domain/runs/runOptions';
import { transaction } from '../../store/database/db';
import { firstToUnmerge } from '../../store/merges/unmerge/obstacles';
import { unmergeOf } from '../../store/merges/unmerge/show';
import type { OperationContext } from '../context';
import type { StartedRun } from '../runs/imports';
import { reachedRun } from '../runs/runReach';
import { findMerge } from './merges';
import { recordMergeRun } from './recordMergeRun';

export interface UnmergeInput {
  /** The id of the merge, or a unique beginning of one. */
  readonly merge: string;
  /** Off by default. */
  readonly dryRun?: boolean;
  readonly reason?: string;
}

/** A recorded run that takes a merge back. */
export interface StartedUnmerge extends StartedRun {
  readonly mergeId: string;
}

/**
 * Records a run that takes a merge back. Its workflow has yet to be started. Faults: `forbidden`, `not_found`,
 * `usage` (several merges begin so), `invalid` (taken back already; newer merges of these people come first),
 * `state` (too late).
 */
export async function createUnmerge(
  context: OperationContext,
  input: UnmergeInput,
): Promise<StartedUnmerge> {
  requirePermission(context.level, 'users.merge');
  const merge = await findMerge(context, input.merge);
  await refuseUnlessNewest(context, merge);
  const { mergeId } = merge;
  const { reason } = input;
  const options: UnmergeOptions = {
    dryRun: input.dryRun === true,
    unmerge: mergeId,
    // The merge is named: nothing else can be meant.
    expect: 1,
    ...(reason === undefined ? {} : { reason }),
  };
  return transaction(context.db, async (tx) => {
    const run = await recordMergeRun(tx, context, { action: 'run.unmerge', options });
    return { ...run, mergeId };
  });
}

/** Refuses a merge that cannot be taken back now, with what can be done. */
async function refuseUnlessNewest({ db }: OperationContext, merge: MergeView): Promise<void> {
  const { mergeId, state, unmergeUntil } = merge;
  if (state === 'unmerged') {
    const by = merge.unmergedBy === null ? '' : ` by ${merge.unmergedBy}`;
    throw new Fault('invalid', {
      code: 'already_unmerged',
      message: `Merge ${mergeId} was taken back already, on ${day(merge.unmergedAt)}${by}.`,
      next: { do: 'showMerge', merge: mergeId },
    });
  }
  if (state === 'final') {
    throw unmergeUntil === null
      ? new Fault('state', {
          code: 'unmerge_images_removed',
          message: `Merge ${mergeId} cannot be taken back: what it changed is not kept.`,
          next: { do: 'showMerge', merge: mergeId },
        })
      : new Fault('state', {
          code: 'unmerge_too_late',
          message: `Merge ${mergeId} could be taken back until ${day(unmergeUntil)}.`,
          next: { do: 'showMerge', merge: mergeId },
        });
  }
  const newer = await firstToUnmerge(db.pool, mergeId);
  if (newer === null) return;
  throw new Fault('invalid', {
    code: 'unmerge_first',
    message: `Merge ${mergeId} has to wait: merge ${newer}, of the same people, is newer and is taken back first.`,
    next: { do: 'unmerge', merge: newer },
    details: { mergeId: newer },
  });
}

function day(instant: string | null): string {
  return instant?.slice(0, 10) ?? 'an unknown day';
}

/**
 * What a run that takes one merge back would do, or did, to the two people; `null` before it is planned, for
 * other runs, and once its plan is not kept any more. Faults: `forbidden`, `not_found`, `usage`.
 */
export async function previewUnmerge(
  context: OperationContext,
  run: string,
): Promise<UnmergeView | null> {
  requirePermission(context.level, 'users.merge');
  const { id } = await reachedRun(context, 'runs.read', run);
  return unmergeOf(context.db.pool, id);
}
