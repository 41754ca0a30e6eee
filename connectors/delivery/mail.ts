import { createTransport } from 'nodemailer';
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import { Fault } from '../../domain/faults';
import { domainOf } from '../../domain/users/mailAddress';
import { senderOf } from './smtp/compose';
import { smtpServerOf, transportOptions } from './smtp/url';

/** A mail of plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Begins the Message-ID, which is the same at each attempt. */
  readonly id: string;
}

export interface Mailer {
  /** Hands a mail to the mail server. @throws Fault unavailable, without the address. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Time-outs until the connection is open, the server greets, an answer comes. */
const TIMEOUT_MS = 15_000;

/** A mail server, by its URL (`smtp://user:password@host:587`, `smtps://…`), and the sender. */
export function openMailer(o: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport({
    ...serverOf(o.url),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = domainOf(senderOf(o.from).address);
  return {
    async send({ to, subject, text, id }) {
      try {
        await transport.sendMail({
          from: o.from,
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          // RFC 3834: no automatic reply, such as an absence note, answers this mail.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw mailFault(error);
      }
    },
    close: () => {
      transport.close();
    },
  };
}

/** nodemailer takes `tls=…` for the settings of a connection: where the URL has it, it is read here. */
function serverOf(url: string): SMTPTransportOptions {
  const says = URL.canParse(url) && new URL(url).searchParams.has('tls');
  return says ? transportOptions(smtpServerOf(url), null) : { url };
}

/** The server's reply quotes addresses: only its codes are kept. */
function mailFault(error: unknown): Fault {
  const part = (name: 'code' | 'responseCode'): string => {
    const value = error instanceof Error ? Object.entries(error).find(([key]) => key === name) : [];
    const text = String(value?.[1] ?? '');
    return /^[A-Z_0-9]{2,40}$/.test(text) ? text : '';
  };
  const [code, reply] = [part('code'), part('responseCode')];
  const told = [reply, code].filter((word) => word !== '').join(', ');
  return new Fault('unavailable', {
    code: reply === '' ? 'mail_unreachable' : 'mail_refused',
    message: `${reply === '' ? 'The mail server does not answer' : 'The mail server refuses it'}${told === '' ? '' : ` (${told})`}.`,
    next: { do: 'checkMail' },
  });
}
