import type { MergeOptions, UnmergeOptions } from '../../domain/runs/runOptions';
import { audit } from '../../store/database/audit';
import type { Tx } from '../../store/database/db';
import { createRun } from '../../store/runs/runs';
import { MERGES_SOURCE_ID } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import type { StartedRun } from '../runs/imports';

/** Records a run that merges users, or takes a merge back, and who started it. */
export async function recordMergeRun(
  tx: Tx,
  context: OperationContext,
  o: (
    | { readonly action: 'run.merge'; readonly options: MergeOptions }
    | { readonly action: 'run.unmerge'; readonly options: UnmergeOptions }
  ) & { readonly fileId?: string; readonly retryOfId?: string },
): Promise<StartedRun> {
  const run = await createRun(tx, {
    kind: 'merge',
    subject: 'merges',
    sourceId: MERGES_SOURCE_ID,
    actorId: context.actorId,
    options: o.options,
    dryRun: o.options.dryRun,
    ...(o.fileId === undefined ? {} : { fileId: o.fileId }),
    ...(o.retryOfId === undefined ? {} : { retryOfId: o.retryOfId }),
  });
  await audit(tx, {
    ...actorOf(context),
    action: o.action,
    subjectType: 'run',
    subjectId: run.runId,
    runId: run.runId,
  });
  return { ...run, kind: 'merge' };
}
