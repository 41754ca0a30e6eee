import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { inFieldOrder } from '../../domain/users/fields';
import {
  accountsOf,
  selectAudit,
  type AuditChoice,
  type AuditPlace,
  type AuditRow,
} from '../../store/audit/auditEvents';
import { findAdmin } from '../../store/admins/admins';
import { findTokens } from '../../store/admins/tokens';
import { AUDIT_SUBJECTS, type AuditSubject } from '../../store/database/audit';
import { findCourse } from '../../store/records/courses';
import { findRun } from '../../store/runs/runs';
import { findSource } from '../../store/sources/sources';
import { findOrganization } from '../../store/users/organizations';
import type { OperationContext } from '../context';
import { resolveUser } from '../users/userScope';

/** Which events to list; all of the conditions hold. */
export interface ListAudit {
  /** The name or id of an admin. */
  readonly actor?: string;
  /** A user, or TYPE:ID such as `source:personio`, `organization:SALES` and `run:0192f0c1`. */
  readonly subject?: string;
  /** `user.edit`, `run.approve`, … */
  readonly action?: string;
  /** A day (from its first moment, UTC) or an instant, as ISO 8601. */
  readonly since?: string;
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  /** The `next` of the last page: goes on after it. */
  readonly cursor?: string;
}

/** One event of the audit: who did what to which subject. */
export interface AuditEventView extends Omit<AuditRow, 'at'> {
  /** ISO 8601 instant. */
  readonly at: string;
}

export interface AuditList {
  /** Newest first. */
  readonly events: readonly AuditEventView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

const MAX_LIMIT = 1000;

/** One page of the audit, newest first. Faults: `forbidden`, `usage`, `not_found`. */
export async function listAudit(context: OperationContext, input: ListAudit): Promise<AuditList> {
  requirePermission(context.level, 'audit.read');
  const { limit = 100, cursor } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new Fault('usage', {
      code: 'bad_limit',
      message: `A page has 1 to ${String(MAX_LIMIT)} events, not ${String(limit)}.`,
      next: 'Take a smaller page, and go on with its "next" as the cursor.',
    });
  }
  const rows = await selectAudit(context.db.pool, {
    choice: await choiceOf(context, input),
    limit: limit + 1,
    ...(cursor === undefined ? {} : { after: placeOf(cursor) }),
  });
  const events = rows.slice(0, limit).map(view);
  const last = events.at(-1);
  return {
    events,
    next: last === undefined || rows.length === events.length ? null : cursorOf(last),
  };
}

function view({ at, changes, ...row }: AuditRow): AuditEventView {
  return { ...row, at: at.toISOString(), changes: changes === null ? null : inFieldOrder(changes) };
}

async function choiceOf(context: OperationContext, input: ListAudit): Promise<AuditChoice> {
  const { actor, subject, action, since } = input;
  return {
    ...(actor === undefined ? {} : { actorId: await adminId(context, actor) }),
    ...(subject === undefined ? {} : { subject: await subjectOf(context, subject) }),
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { since: instantOf(since) }),
  };
}

async function adminId(context: OperationContext, ref: string): Promise<string> {
  const admin = await findAdmin(context.db.pool, ref);
  if (admin !== null) return admin.id;
  throw new Fault('not_found', {
    code: 'admin_not_found',
    message: `There is no admin "${ref}".`,
    next: { do: 'listAdmins' },
  });
}

async function subjectOf(
  context: OperationContext,
  ref: string,
): Promise<{ readonly type: AuditSubject; readonly ids: readonly string[] }> {
  const at = ref.indexOf(':');
  const type = AUDIT_SUBJECTS.find((name) => name === ref.slice(0, Math.max(at, 0)));
  if (type === undefined || type === 'user') {
    const user = type === undefined ? ref : ref.slice(at + 1);
    const { survivorId } = await resolveUser(context, user, { kind: 'all' });
    return { type: 'user', ids: await accountsOf(context.db.pool, survivorId) };
  }
  return { type, ids: [await idOf(context, type, ref.slice(at + 1))] };
}

/** The id that events have; a subject that no longer exists is named by that id itself. */
async function idOf(context: OperationContext, type: AuditSubject, ref: string): Promise<string> {
  const { pool } = context.db;
  switch (type) {
    case 'run':
      return (await findRun(context.db, ref)).id;
    case 'source':
      return (await findSource(pool, ref))?.id ?? ref;
    case 'organization':
      return (await findOrganization(pool, ref))?.id ?? ref;
    case 'course':
      return (await findCourse(pool, ref))?.id ?? ref;
    case 'admin':
      return (await findAdmin(pool, ref))?.id ?? ref;
    case 'token':
      return (await findTokens(pool, { ref: ref.toLowerCase(), adminId: null }))[0]?.id ?? ref;
    default:
      return ref;
  }
}

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

function instantOf(text: string): Date {
  const at = new Date(INSTANT.test(text) ? text : NaN);
  if (!Number.isNaN(at.getTime()) && (text.length > 10 || at.toISOString().startsWith(text))) {
    return at;
  }
  throw new Fault('usage', {
    code: 'bad_date',
    message: `"${text}" is neither a day nor an instant.`,
    next: 'Give a day such as 2026-11-30, or an instant such as 2026-11-30T14:00:00Z.',
  });
}

function cursorOf({ at, id }: AuditEventView): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

function placeOf(cursor: string): AuditPlace {
  const parts = /^\["(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","(\d{1,18})"\]$/.exec(
    Buffer.from(cursor, 'base64url').toString('utf8'),
  );
  const [, at = '', id = ''] = parts ?? [];
  if (!Number.isNaN(Date.parse(at))) return { at, id };
  throw new Fault('usage', {
    code: 'bad_cursor',
    message: 'This is no cursor of the audit.',
    next: 'Take "next" of the page before, whole.',
  });
}
