import type { AuditEventView } from '../../operations/audit/audit';
import { table, minute } from '../output';
import { changesText, sameText, shown } from './user';

/** Events of the audit for people, newest first. */
export function auditText(events: readonly AuditEventView[]): string {
  if (events.length === 0) return 'Nothing is recorded.\n';
  return table(
    ['when (UTC)', 'who', 'by', 'what', 'subject', 'run', 'changed'],
    events.map((event) => [
      minute(event.at),
      event.actor ?? event.actorId,
      [event.door, event.token].filter((part) => part !== null).join(' '),
      event.action,
      subjectText(event),
      event.runId,
      changedText(event),
    ]),
  );
}

function subjectText({ subjectType, subject, subjectId }: AuditEventView): string {
  return subjectType === 'user' ? (subject ?? subjectId) : `${subjectType}:${subject ?? subjectId}`;
}

function changedText({ action, fields, changes }: AuditEventView): string {
  const known = changes ?? {};
  const names = fields.filter((field) => !(field in known));
  const rest =
    action === 'users.export'
      ? [`columns: ${names.join(', ')}`]
      : sameText(action, names.map(worded));
  return [...(changes === null ? [] : [changesText(changes)]), ...rest].join('; ');
}

/** `sticky` is a recorded name. */
function worded(field: string): string {
  return field === 'sticky' ? 'what is set by hand' : field;
}

/** The columns of the audit as CSV: a line for each field of an event, or one without a field. */
export const AUDIT_COLUMNS = [
  ...['id', 'at', 'actor', 'door', 'token', 'action', 'subject_type', 'subject', 'subject_id'],
  ...['run', 'reason', 'field', 'before', 'after'],
] as const;

/** The cells of {@link AUDIT_COLUMNS}. */
export function auditCells(event: AuditEventView): (string | null)[][] {
  const { changes, fields } = event;
  const known = changes ?? {};
  const head = [
    ...[event.id, event.at, event.actor ?? event.actorId, event.door, event.token ?? event.tokenId],
    ...[event.action, event.subjectType, event.subject, event.subjectId],
    ...[event.runId, event.reason],
  ];
  const names = [...new Set([...Object.keys(known), ...fields])];
  if (names.length === 0) return [[...head, null, null, null]];
  return names.map((field) => {
    const [before, after] = known[field] ?? [null, null];
    return [...head, field, cell(before), cell(after)];
  });
}

function cell(value: unknown): string | null {
  return value === null || value === undefined ? null : shown(value);
}
