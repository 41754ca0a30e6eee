import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import { Fault } from '../../../domain/faults';
import type { RenderedLetter } from '../../../domain/letters/content';
import { mailAddressOf, type MailAddress } from '../../../domain/users/mailAddress';

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
    from: { name: oneLine(from.name), address: from.address },
    to: { name: oneLine(to.name), address: to.address },
    ...(replyTo == null ? {} : { replyTo }),
    subject: oneLine(letter.subject),
    text: letter.text,
    ...(letter.html === null ? {} : { html: letter.html }),
    messageId,
    date: parts.date ?? new Date(),
    headers: {
      // RFC 3834: no automatic reply, such as an absence note, answers this mail.
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribe == null ? {} : { 'List-Unsubscribe': `<${oneLine(unsubscribe)}>` }),
    },
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const raw = await composer.compile().build();
  return dkim == null ? raw : signed(raw, dkim);
}

async function signed(raw: Buffer, { domain, selector, privateKey }: DkimKey): Promise<Buffer> {
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey });
  return buffer(signer.sign(raw));
}

/** A line break would begin another header. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
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
