import type { BounceAction, BounceReport } from '../../../domain/letters/bounces';

/** Fields of one group of lines, by their names in small letters; the first of several counts. */
type Fields = ReadonlyMap<string, string>;

/** What a part `message/delivery-status` says (RFC 3464). */
export interface DeliveryStatus {
  readonly envelopeId: string | null;
  readonly reports: readonly BounceReport[];
}

/** Longest part that is read: a report about one recipient has a few hundred bytes. */
const MAX_STATUS_CHARS = 256_000;
/** Reports of one message that are read. */
const MAX_REPORTS = 1000;

/** Reads a part `message/delivery-status`: the fields of the message, then a group for each recipient. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const groups = text
    .slice(0, MAX_STATUS_CHARS)
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .map(fieldsOf)
    .filter((fields) => fields.size > 0);
  const envelopeId = groups
    .map((fields) => fields.get('original-envelope-id'))
    .find((id) => id !== undefined);
  const reports = groups.flatMap((fields) => reportOf(fields) ?? []).slice(0, MAX_REPORTS);
  return { envelopeId: envelopeId ?? null, reports };
}

function fieldsOf(group: string): Fields {
  const fields = new Map<string, string>();
  for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(at, 0)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(at + 1).trim());
  }
  return fields;
}

const ACTIONS: Readonly<Record<string, BounceAction>> = {
  failed: 'failed',
  failure: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'delivered',
  expanded: 'delivered',
};

function reportOf(fields: Fields): BounceReport | null {
  const [named = ''] = /^[a-z]+/i.exec(fields.get('action') ?? '') ?? [];
  const diagnostic = fields.get('diagnostic-code') ?? '';
  const status = exactStatus(fields.get('status') ?? '', diagnostic);
  const action = ACTIONS[named.toLowerCase()] ?? actionOf(status);
  const recipients = ['original-recipient', 'final-recipient'].flatMap(
    (name) => addressOf(fields.get(name)) ?? [],
  );
  if (action === null || (recipients.length === 0 && !fields.has('action'))) return null;
  return { action, status, smtpCode: smtpCodeOf(diagnostic), recipients: [...new Set(recipients)] };
}

/** What a status says by itself; `null`: there is none. */
export function actionOf(status: string | null): BounceAction | null {
  if (status === null) return null;
  return status.startsWith('5') ? 'failed' : status.startsWith('4') ? 'delayed' : 'delivered';
}

const STATUS = /(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])/;

/** The enhanced status code in a text. */
export function statusIn(text: string): string | null {
  const [, kind, subject = '0', detail = '0'] = STATUS.exec(text) ?? [];
  return kind === undefined ? null : `${kind}.${String(Number(subject))}.${String(Number(detail))}`;
}

/**
 * The status, or the code of the remote server where the status says nothing: Exim and OpenSMTPD report 5.0.0
 * for a 5.1.1.
 */
function exactStatus(status: string, diagnostic: string): string | null {
  const own = statusIn(status);
  const remote = statusIn(diagnostic);
  if (own === null) return remote;
  return own.endsWith('.0.0') && remote?.startsWith(own.charAt(0)) === true ? remote : own;
}

/** The reply code of SMTP in a text. */
export function smtpCodeOf(text: string): number | null {
  const [, code] = /(?<![\d.])([45]\d\d)(?=[ -])/.exec(text) ?? [];
  return code === undefined ? null : Number(code);
}

/** `rfc822; <a@example.org>` → `a@example.org`. */
function addressOf(field: string | undefined): string | null {
  const address = (field ?? '').replace(/^[^;]*;/, '').trim();
  const [, inner = address] = /<([^<>]*)>/.exec(address) ?? [];
  return inner.includes('@') ? inner : null;
}
