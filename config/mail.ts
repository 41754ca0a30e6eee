import { join } from 'node:path';
import { Fault } from '../domain/faults';
import type { Settings } from './settings';
import type { StackFile } from './stackFile';

/** Where letters go. */
export interface MailConfig {
  /** The SMTP server, with user and password where it wants them. */
  readonly url: string;
  /** The sender: an address, or `Name <address>`. */
  readonly from: string;
  /** True: the sink of a stack of `up`, which keeps letters and sends them to nobody. */
  readonly sink: boolean;
}

/** The sender on the sink, where none is set. The domain is reserved: it has no mail (RFC 2606). */
export const SINK_FROM = 'Rollcall <no-reply@rollcall.example>';

/** The service in `stack.json`. */
export const MAIL_SERVICE = 'mail';

/** The settings that decide where letters go. */
export type MailSettings = Pick<Settings, 'ROLLCALL_SMTP_URL' | 'ROLLCALL_MAIL_FROM'> & {
  /** The sink; undefined where there is none, or where letters must not go there. */
  readonly sinkUrl: string | undefined;
};

/** Null: no letter can be sent. A configured server goes before the sink. */
export function mailOf(settings: MailSettings): MailConfig | null {
  const { ROLLCALL_SMTP_URL: url, ROLLCALL_MAIL_FROM: from, sinkUrl } = settings;
  if (url !== undefined) return from === undefined ? null : { url, from, sink: false };
  return sinkUrl === undefined ? null : { url: sinkUrl, from: from ?? SINK_FROM, sink: true };
}

/** Where the sink of a data folder keeps its letters. */
export function sinkFolder(home: string): string {
  return join(home, 'mail');
}

/** The sink of a stack that runs one. */
export function sinkUrlOf(stack: StackFile | undefined): string | undefined {
  const service = stack?.services.find(({ name }) => name === MAIL_SERVICE);
  return service === undefined ? undefined : `smtp://${service.address}`;
}

/** Where letters go. @throws Fault `state` (`mail_not_configured`) where none can be sent */
export function requireMail(config: {
  readonly mail: MailConfig | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
}): MailConfig {
  if (config.mail !== null) return config.mail;
  const unset = [
    ...(config.smtpUrl === null ? ['ROLLCALL_SMTP_URL (such as smtp://mail.example.com:587)'] : []),
    ...(config.mailFrom === null ? ['ROLLCALL_MAIL_FROM (the sender)'] : []),
  ];
  throw new Fault('state', {
    code: 'mail_not_configured',
    message: 'No mail server is configured, so no letter can be sent.',
    next: `Set ${unset.join(' and ')}, here and where the worker runs.`,
  });
}
