import type { AuditActor } from '../store/database/audit';
import type { OperationContext } from './context';

/** Who acts, as the audit keeps it. */
export function actorOf({ actorId, door, tokenId }: OperationContext): AuditActor {
  return { actorId, door, tokenId };
}
