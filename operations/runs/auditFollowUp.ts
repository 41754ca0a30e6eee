import { audit } from '../../store/database/audit';
import type { Tx } from '../../store/database/db';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';

/** Records who is behind the run that applies rows as an admin resolved them. */
export async function auditFollowUp(
  tx: Tx,
  context: OperationContext,
  runId: string,
): Promise<void> {
  const by = actorOf(context);
  await audit(tx, { ...by, action: 'run.resolve', subjectType: 'run', subjectId: runId, runId });
}
