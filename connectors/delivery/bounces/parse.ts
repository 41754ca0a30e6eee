import { simpleParser, type Attachment, type ParsedMail } from 'mailparser';
import type { BounceReport } from '../../../domain/letters/bounces';
import { parseMessageId, type MessageRef } from '../messageId';
import { readDeliveryStatus, smtpCodeOf, statusIn } from './deliveryStatus';

/** What a message says about a letter. */
export interface ParsedBounce {
  /** Which delivery it is about; `null`: none that was made with one of the keys. */
  readonly ref: MessageRef | null;
  readonly reports: readonly BounceReport[];
  /** When it was sent, as it says; `null`: it says no time that can be. */
  readonly at: Date | null;
}

const NO_CONVERSION = {
  // Otherwise the report is merged into the text, and its fields with it.
  keepDeliveryStatus: true,
  // Otherwise a returned letter that is marked inline loses its Message-ID.
  ignoreEmbedded: true,
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  checksumAlgo: false,
} as const;

/** A bounce may come as an attachment of the mail by which a person passes it on. */
const MAX_DEPTH = 2;
/** Of each part: a Message-ID stands near its beginning. */
const MAX_PART_BYTES = 256_000;

const STATUS_TYPES = new Set(['message/delivery-status', 'message/global-delivery-status']);
const RETURNED_TYPES = new Set([
  ...['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'],
]);
const COMPLAINT_TYPE = 'message/feedback-report';

/**
 * Reads a message that came back. `null`: it is no bounce and no complaint, such as an absence note or a
 * receipt. Matched by ENVID, else by the Message-ID of the letter that it returns, else by a Message-ID that
 * it quotes, else by the address that it came to (VERP). Whatever names a delivery has our MAC.
 */
export async function parseBounce(
  raw: Buffer,
  keys: readonly Buffer[],
  depth = 0,
): Promise<ParsedBounce | null> {
  const mail = await simpleParser(raw, NO_CONVERSION);
  const parts = mail.attachments;
  const status = parts.find(({ contentType }) => STATUS_TYPES.has(contentType));
  if (status !== undefined) {
    const { envelopeId, reports } = readDeliveryStatus(textOf(status));
    const ref =
      (envelopeId === null ? null : parseMessageId(envelopeId, keys)) ?? refOf(mail, keys);
    return { ref, reports, at: sentAt(mail) };
  }
  const complaint = parts.find(({ contentType }) => contentType === COMPLAINT_TYPE);
  if (complaint !== undefined) return complaintOf(mail, { keys, text: textOf(complaint) });
  const plain = plainReports(mail);
  if (plain !== null) return { ref: refOf(mail, keys), reports: plain, at: sentAt(mail) };
  const passedOn = parts.find(({ contentType }) => contentType === 'message/rfc822');
  if (passedOn === undefined || depth >= MAX_DEPTH) return null;
  return parseBounce(passedOn.content, keys, depth + 1);
}

function textOf({ content }: Attachment): string {
  return content.subarray(0, MAX_PART_BYTES).toString('utf8');
}

function complaintOf(
  mail: ParsedMail,
  { keys, text }: { readonly keys: readonly Buffer[]; readonly text: string },
): ParsedBounce {
  const [, address] = /^Original-Rcpt-To:\s*<?([^<>\s]+@[^<>\s]+)>?/im.exec(text) ?? [];
  const recipients = address === undefined ? [] : [address];
  const reports = [{ action: 'complaint', status: null, smtpCode: null, recipients }] as const;
  return { ref: refOf(mail, keys), reports, at: sentAt(mail) };
}

/** A returned letter that is another one's is not ours, whatever it quotes: a reply to our letter, for one. */
function refOf(mail: ParsedMail, keys: readonly Buffer[]): MessageRef | null {
  const returned = mail.attachments.find(({ contentType }) => RETURNED_TYPES.has(contentType));
  const own = returned === undefined ? undefined : ownMessageId(textOf(returned));
  if (own !== undefined) return parseMessageId(own, keys);
  const headers = mail.headerLines.map(({ line }) => line);
  const quoted = [...headers, mail.text ?? '', mail.html === false ? '' : (mail.html ?? '')];
  const others = mail.attachments.map(textOf);
  for (const text of [...quoted, ...others]) {
    const ref = parseMessageId(text.slice(0, MAX_PART_BYTES), keys);
    if (ref !== null) return ref;
  }
  return null;
}

/** The Message-ID among the headers of a returned letter. */
function ownMessageId(letter: string): string | undefined {
  const [headers = ''] = letter.replace(/\r\n?/g, '\n').split('\n\n', 1);
  const [, id] = /^message-id:\s*(\S+)/im.exec(headers.replace(/\n[ \t]+/g, ' ')) ?? [];
  return id;
}

/** What qmail says first. */
const QMAIL = /^Hi\. This is the qmail-send program at /m;

/** The failure in a bounce without a report: of Exim before 4.88 and Gmail (a header), and of qmail. */
function plainReports(mail: ParsedMail): readonly BounceReport[] | null {
  const text = mail.text ?? '';
  const named = mail.headerLines
    .filter(({ key }) => key === 'x-failed-recipients')
    .flatMap(({ line }) => line.slice(line.indexOf(':') + 1).match(/[^\s,<>]+@[^\s,<>]+/g) ?? []);
  if (named.length === 0 && !QMAIL.test(text)) return null;
  const [, quoted] = /^<([^<>\s]+@[^<>\s]+)>:/m.exec(text) ?? [];
  const recipients = named.length > 0 || quoted === undefined ? named : [quoted];
  // What the letter itself says is no reply of a server.
  const [said = text] = text.split(/^-{3,}.*\b(?:copy|original|below this line)\b.*$/im, 1);
  const status = statusIn(said);
  return [{ action: 'failed', status, smtpCode: smtpCodeOf(said), recipients }];
}

/** mailparser gives the time of now for a date that it cannot read: the line itself decides. */
function sentAt(mail: ParsedMail): Date | null {
  const line = mail.headerLines.find(({ key }) => key === 'date')?.line ?? '';
  const at = new Date(line.slice(line.indexOf(':') + 1).trim());
  return Number.isNaN(at.getTime()) ? null : at;
}
