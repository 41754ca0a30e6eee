import type { Tx } from '../store/database/db';

/** Removes all events, as only the owner of the table can, who has the trigger that refuses it. */
export async function emptyAudit(tx: Tx): Promise<void> {
  await tx.query('alter table audit_event disable trigger audit_event_refuse_write');
  await tx.query('delete from audit_event');
  await tx.query('alter table audit_event enable always trigger audit_event_refuse_write');
  await tx.query('delete from audit_value');
}
