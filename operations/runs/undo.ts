import { Fault } from '../../domain/faults';
import { isFinal } from '../../domain/runs/run';
import type { UndoOptions } from '../../domain/runs/runOptions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { undoneBy } from '../../store/report/sequels';
import { lockRun, undoRunsOf } from '../../store/runs/requests';
import { createRun, getRun, type RunRow } from '../../store/runs/runs';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { refuseUnlessMerged } from '../merges/undoMerges';
import { refuseForgotten } from './forgotten';
import type { StartedRun } from './imports';
import { reachedRun } from './runReach';
import { reachedBy, reachOf } from '../users/userScope';

export interface UndoInput {
  /** The id of the run to undo, or a unique beginning of it. */
  readonly run: string;
  /** Off by default. */
  readonly dryRun?: boolean;
  /** The number of people that the actor expects it to change; without one it is held for approval. */
  readonly expect?: number | null;
}

/**
 * Records a run that undoes another one. What was changed afterwards stays, and is listed. Faults:
 * `not_found`, `state` (nothing to undo; too late), `invalid` (already undone, and by which run).
 */
export async function createUndo(context: OperationContext, input: UndoInput): Promise<StartedRun> {
  const dryRun = input.dryRun === true;
  const { id } = await reachedRun(context, 'runs.undo', input.run);
  const scope = await reachOf(context);
  return transaction(context.db, async (tx) => {
    await lockRun(tx, id);
    const undone = await getRun(tx, id);
    const ofMerges = undone.subject === 'merges';
    if (!ofMerges) refuseForgotten(undone);
    refuseUnlessUndoable(undone);
    const by = (await undoneBy(tx, [id])).get(id);
    if (ofMerges) await refuseUnlessMerged(tx, undone);
    else if (by !== undefined) throw alreadyUndone(id, by);
    const other = (await undoRunsOf(tx, id)).find(({ state }) => !isFinal(state));
    if (other !== undefined && !dryRun) {
      throw underWay(id, await getRun(tx, other.id));
    }
    const options: UndoOptions = {
      ...reachedBy(scope),
      dryRun,
      undoOf: id,
      expect: input.expect ?? null,
    };
    const run = await createRun(tx, {
      kind: 'undo',
      subject: undone.subject,
      sourceId: undone.sourceId,
      actorId: context.actorId,
      options,
      dryRun,
      undoOfId: id,
    });
    await audit(tx, {
      ...actorOf(context),
      action: 'run.undo',
      subjectType: 'run',
      subjectId: id,
      runId: run.runId,
    });
    return { ...run, kind: 'undo' };
  });
}

function refuseUnlessUndoable(run: RunRow): void {
  const wrote = run.state === 'done' || (isFinal(run.state) && run.applied > 0 && !run.dryRun);
  if (!wrote) {
    throw new Fault('state', {
      code: `run_is_${run.state}`,
      message: `Run ${run.id} is ${run.state}: there is nothing of it to undo.`,
      next: isFinal(run.state) ? { do: 'showRun', run: run.id } : { do: 'cancel', run: run.id },
    });
  }
  if (run.undoableUntil !== null && run.undoableUntil.getTime() < Date.now()) {
    throw new Fault('state', {
      code: 'undo_expired',
      message: `Run ${run.id} could be undone until ${run.undoableUntil.toISOString()}.`,
      next: { do: 'diff', run: run.id },
    });
  }
}

/** Nothing of the run is left to undo. */
export function alreadyUndone(id: string, by: string): Fault {
  return new Fault('invalid', {
    code: 'already_undone',
    message: `Run ${id} was undone by run ${by} already. Undoing that one brings its changes back.`,
    next: { do: 'undo', run: by },
  });
}

function underWay(id: string, other: RunRow): Fault {
  if (other.state === 'held' && other.approvedAt === null) {
    return new Fault('state', {
      code: 'undo_under_way',
      message: `Run ${other.id}, which undoes run ${id}, is held: approve that one, or reject it and try again:`,
      ways: [
        { do: 'approve', run: other.id },
        { do: 'reject', run: other.id },
      ],
      next: { do: 'diff', run: other.id },
    });
  }
  return new Fault('state', {
    code: 'undo_under_way',
    message: `Run ${other.id}, which undoes run ${id}, is ${other.state}.`,
    next: { do: 'showRun', run: other.id },
  });
}
