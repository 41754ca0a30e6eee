import type { Queryable } from './db';

/** The doors by which an actor comes in. */
export type AuditDoor = 'cli' | 'library' | 'worker' | 'api';

/** Who acts, through which door, and with which token. */
export interface AuditActor {
  readonly actorId: string | null;
  /** `null`: written by a build older than 2026-12-02. */
  readonly door: AuditDoor | null;
  /** `null`: without a token. */
  readonly tokenId: string | null;
}

/** A value that is kept of a change. */
export type AuditJson = string | number | boolean | null | Readonly<Record<string, string>>;

/** {field: [before, after]}: organizations and managers as ids, days as ISO 8601. Never a secret. */
export type AuditChanges = Readonly<Record<string, readonly [before: AuditJson, after: AuditJson]>>;

/** What an event may be about. */
export const AUDIT_SUBJECTS = [
  'user',
  'course',
  'letter',
  'run',
  'organization',
  'property',
  'source',
  'mapping',
  'field',
  'filter',
  'export',
  'alert_target',
  'installation',
  'admin',
  'token',
  'suppression',
  'bounces',
  'campaign',
] as const;
export type AuditSubject = (typeof AUDIT_SUBJECTS)[number];

/** Who did what to which subject. */
export interface AuditEvent extends AuditActor {
  /** `user.create`, `user.edit`, `run.approve`, … */
  readonly action: string;
  readonly subjectType: AuditSubject;
  readonly subjectId: string;
  readonly runId?: string;
  /** Names of the fields that were given; those of `changes` unless given. */
  readonly fields?: readonly string[];
  /** Values, kept apart from the event, where they can be erased. */
  readonly changes?: AuditChanges;
}

/** Writes one event, in the transaction of the change that it records. */
export async function audit(tx: Queryable, e: AuditEvent): Promise<void> {
  const { changes = {} } = e;
  await tx.query(
    `with event as (
       insert into audit_event (actor_id, door, token_id, action, subject_type, subject_id, run_id, fields)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
     )
     insert into audit_value (event_id, field, before, after)
     select event.id, c.key, nullif(c.value -> 0, 'null'), nullif(c.value -> 1, 'null')
     from event cross join lateral jsonb_each($9::jsonb) c`,
    [
      ...[e.actorId, e.door, e.tokenId, e.action, e.subjectType, e.subjectId, e.runId ?? null],
      ...[e.fields ?? Object.keys(changes), JSON.stringify(changes)],
    ],
  );
}
