import { Fault } from '../../domain/faults';
import type { Queryable } from '../../store/database/db';
import { mergesLeft, pairsTakenBackBy } from '../../store/merges/unmerge/find';
import type { RunRow } from '../../store/runs/runs';

/**
 * Refuses to undo a run of merges of which nothing is merged any more, and one that took merges back: only
 * merging again brings them back. Asks the merges, not the plan, which may be deleted by then.
 */
export async function refuseUnlessMerged(tx: Queryable, run: RunRow): Promise<void> {
  if (run.undoOfId !== null || typeof run.options['unmerge'] === 'string') {
    throw await mergeAgain(tx, run);
  }
  const { merged, unmerged } = await mergesLeft(tx, run.id);
  if (merged > 0 || unmerged === 0) return;
  throw new Fault('invalid', {
    code: 'already_unmerged',
    message:
      unmerged === 1
        ? `The merge of run ${run.id} was taken back already.`
        : `All ${String(unmerged)} merges of run ${run.id} were taken back already.`,
    next: { do: 'showRun', run: run.id },
  });
}

async function mergeAgain(tx: Queryable, { id }: RunRow): Promise<Fault> {
  const pairs = await pairsTakenBackBy(tx, id);
  const [pair] = pairs;
  return new Fault('invalid', {
    code: 'unmerge_not_undone',
    message:
      `Run ${id} took ${pairs.length > 1 ? 'merges' : 'a merge'} back, and that is not undone: ` +
      'the accounts are merged again by a new merge.',
    next:
      pair === undefined || pairs.length > 1
        ? { do: 'diff', run: id }
        : { do: 'mergeUsers', survivor: pair.survivorId, redundant: pair.absorbedId, take: [] },
  });
}
