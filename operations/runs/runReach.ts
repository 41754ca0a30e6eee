import { may, requirePermission } from '../../domain/permissions';
import {
  findRun,
  getRun,
  isOwn,
  runNotFound,
  type OwnRuns,
  type RunRow,
} from '../../store/runs/runs';
import type { OperationContext } from '../context';

/** What is done with a run; each has a second verb for the actor's own bulk changes. */
type RunVerb = 'runs.read' | 'runs.decide' | 'runs.undo';

/**
 * The runs that the actor reaches with this verb: all of them, or the actor's own bulk changes and undos of
 * them. @throws Fault forbidden
 */
export function runsFor({ level, actorId }: OperationContext, verb: RunVerb): OwnRuns | null {
  if (may(level, verb)) return null;
  requirePermission(level, `${verb}Own`);
  return { actorId };
}

/**
 * The run of this id, or of a beginning that only it has. A run that the actor does not reach is not found,
 * in the same words as one that does not exist. Faults: `not_found`, `usage`, `forbidden`.
 */
export async function reachedRun(
  context: OperationContext,
  verb: RunVerb,
  prefix: string,
): Promise<RunRow> {
  const own = runsFor(context, verb);
  if (prefix.length !== 36) return findRun(context.db, prefix, own);
  // By the primary key: a waiting client asks four times a second.
  const run = await getRun(context.db, prefix.toLowerCase());
  if (own !== null && !isOwn(run, own)) throw runNotFound(prefix);
  return run;
}
