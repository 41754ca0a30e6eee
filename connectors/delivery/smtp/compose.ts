import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import { encode as base64, wrap as base64Lines } from 'nodemailer/lib/base64';
import MailComposer from 'nodemailer/lib/mail-composer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as quotedPrintable, wrap as quotedPrintableLines } from 'nodemailer/lib/qp';
import { Fault } from '../../../domain/faults';
import type { RenderedLetter } from '../../../domain/letters/content';
import { mailAddressOf, type MailAddress } from '../../../domain/users/mailAddress';
import { oneLine } from '../oneLine';

/** Signs messages for a domain (RFC 6376). */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface MessageParts {
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly replyTo?: string | null;
  readonly letter: RenderedLetter;
  /** With its angle brackets; the same at every attempt. */
  readonly messageId: string;
  /** A URL, or an address, at which the person unsubscribes; for optional letters. */
  readonly unsubscribe?: string | null;
  readonly dkim?: DkimKey | null;
  readonly date?: Date;
}

/** The whole message as bytes, with CRLF: what goes out after DATA. */
export async function composeMessage(parts: MessageParts): Promise<Buffer> {
  const { from, to, replyTo, letter, messageId, unsubscribe, dkim } = parts;
  const composer = new MailComposer({
    from: { name: shownName(from.name), address: from.address },
    to: { name: shownName(to.name), address: to.address },
    ...(replyTo == null ? {} : { replyTo }),
    subject: subjectOf(letter.subject),
    text: letter.text,
    ...(letter.html === null ? {} : { html: letter.html }),
    messageId,
    date: parts.date ?? new Date(),
    headers: {
      // RFC 3834: no automatic reply, such as an absence note, answers this mail.
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribe == null ? {} : { 'List-Unsubscribe': `<${oneLine(unsubscribe)}>` }),
    },
    // Each part asks the system for random bytes of its own otherwise, a seventh of the time of this.
    baseBoundary: randomUUID(),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const raw = bytesOf(composer.compile());
  return dkim == null ? raw : signed(raw, dkim);
}

/**
 * What nodemailer's own stream of a message gives, made at once: 0.15 ms of a processor instead of 0.46 ms for a
 * letter of 3 kB with text and HTML, because the stream goes through a dozen others.
 */
function bytesOf(message: MimeNode): Buffer {
  const text = partOf(message);
  return Buffer.from((text.endsWith('\n') ? text : `${text}\r\n`).replace(/\r?\n/g, '\r\n'));
}

/** A part with its headers, which come first because they choose its encoding and its boundary. */
function partOf(part: MimeNode): string {
  const headers = `${part.buildHeaders()}\r\n\r\n`;
  const { boundary, childNodes } = part;
  if (typeof boundary !== 'string') return headers + contentOf(part);
  const parts = childNodes.map((child) => `--${boundary}\r\n${partOf(child)}`);
  return `${headers}${parts.join('\r\n')}\r\n--${boundary}--\r\n`;
}

function contentOf(part: MimeNode): string {
  const content = typeof part.content === 'string' ? part.content : '';
  switch (part.getTransferEncoding()) {
    case 'quoted-printable':
      return quotedPrintableLines(quotedPrintable(content));
    case 'base64':
      return base64Lines(base64(content));
    default:
      return content;
  }
}

async function signed(raw: Buffer, { domain, selector, privateKey }: DkimKey): Promise<Buffer> {
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey });
  return buffer(signer.sign(raw));
}

/**
 * A name as a header shows it. Readers decode what looks like an encoded word even between quotes, where it is none
 * (RFC 2047, section 5), so such a look-alike is broken up.
 */
function shownName(name: string): string {
  return oneLine(name).replaceAll('=?', '= ?');
}

/** A subject. nodemailer passes on what is an encoded word already: this one reads as it is written. */
function subjectOf(subject: string): string {
  const line = oneLine(subject);
  return line.includes('=?') ? encodeWord(line, 'Q', 52) : line;
}

/**
 * The parts of `Name <address>`. @throws Fault usage (`bad_mail_from`) where there is no address: it would
 * be sent as `MAIL FROM:<>`, without a From header.
 */
export function senderOf(from: string): MailAddress {
  const sender = mailAddressOf(from);
  if (sender !== null) return sender;
  throw new Fault('usage', {
    code: 'bad_mail_from',
    message: 'The sender of letters (ROLLCALL_MAIL_FROM) has no address.',
    next: 'Set ROLLCALL_MAIL_FROM, such as "Learning <learning@example.com>".',
  });
}
