import { Fault } from '../domain/faults';
import type { UndoOptions } from '../domain/run';
import { requirePermission } from '../domain/permissions';
import { audit } from '../store/audit';
import { transaction } from '../store/db';
import { lockRun, undoRunsOf } from '../store/requests';
import { createRun, findRun, getRun, isFinal, type RunRow } from '../store/runs';
import type { OperationContext } from './context';
import type { StartedRun } from './imports';

export interface UndoInput {
  /** The id of the run to undo, or a prefix that only it has. */
  readonly run: string;
  readonly dryRun: boolean;
  /** The number of people that the actor expects it to change; null holds it for approval. */
  readonly expect: number | null;
}

/** Records a run that takes another one back. What changed since stays, and is listed. */
export async function createUndo(context: OperationContext, input: UndoInput): Promise<StartedRun> {
  requirePermission(context.level, 'runs.undo');
  const { id } = await findRun(context.db, input.run);
  return transaction(context.db, async (tx) => {
    await lockRun(tx, id);
    const undone = await getRun(tx, id);
    refuseUnlessUndoable(undone);
    const [other] = (await undoRunsOf(tx, id)).filter(
      ({ state }) => state === 'done' || !isFinal(state),
    );
    if (other !== undefined && !input.dryRun) throw alreadyUndone(id, other);
    const options: UndoOptions = { dryRun: input.dryRun, undoOf: id, expect: input.expect };
    const run = await createRun(tx, {
      kind: 'undo',
      sourceId: undone.sourceId,
      actorId: context.actorId,
      options,
      dryRun: input.dryRun,
      undoOfId: id,
    });
    await audit(tx, {
      actorId: context.actorId,
      action: 'run.undo',
      subjectType: 'run',
      subjectId: id,
      runId: run.runId,
    });
    return { ...run, kind: 'undo' };
  });
}

function refuseUnlessUndoable(run: RunRow): void {
  const wrote =
    run.state === 'done' || (isFinal(run.state) && run.appliedThrough > 0 && !run.dryRun);
  if (!wrote) {
    throw new Fault('state', {
      code: `run_is_${run.state}`,
      message: `Run ${run.id} is ${run.state}: there is nothing of it to undo.`,
      next: isFinal(run.state) ? `rollcall runs show ${run.id}` : `rollcall runs cancel ${run.id}`,
    });
  }
  if (run.undoableUntil !== null && run.undoableUntil.getTime() < Date.now()) {
    throw new Fault('state', {
      code: 'undo_expired',
      message: `Run ${run.id} could be undone until ${run.undoableUntil.toISOString()}.`,
      next: `rollcall runs diff ${run.id}`,
    });
  }
}

function alreadyUndone(id: string, other: { id: string; state: string }): Fault {
  const done = other.state === 'done';
  return new Fault('state', {
    code: done ? 'already_undone' : 'undo_under_way',
    message: done
      ? `Run ${id} was undone by run ${other.id}.`
      : `Run ${other.id}, which undoes run ${id}, is ${other.state}.`,
    next: done ? `rollcall runs undo ${other.id} --dry-run` : `rollcall runs show ${other.id}`,
  });
}
