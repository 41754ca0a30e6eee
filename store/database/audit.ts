import type { Queryable } from './db';

/** Who did what to which subject: names of fields and a pointer, never values. */
export interface AuditEvent {
  readonly actorId: string | null;
  /** `user.create`, `user.edit`, `run.approve`, … */
  readonly action: string;
  readonly subjectType:
    | 'user'
    | 'run'
    | 'organization'
    | 'property'
    | 'source'
    | 'mapping'
    | 'field'
    | 'filter'
    | 'export'
    | 'alert_target'
    | 'installation';
  readonly subjectId: string;
  readonly runId?: string;
  readonly fields?: readonly string[];
}

/** Writes one event, in the transaction of the change that it records. */
export async function audit(tx: Queryable, e: AuditEvent): Promise<void> {
  await tx.query(
    `insert into audit_event (actor_id, action, subject_type, subject_id, run_id, fields)
     values ($1, $2, $3, $4, $5, $6)`,
    [e.actorId, e.action, e.subjectType, e.subjectId, e.runId ?? null, e.fields ?? []],
  );
}
