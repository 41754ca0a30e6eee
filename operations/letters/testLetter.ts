import { randomUUID } from 'node:crypto';
import { messageOf, unsubscribeOf, type LetterMail } from '../../connectors/delivery/letterMessage';
import { senderOf } from '../../connectors/delivery/smtp/compose';
import { openSender } from '../../connectors/delivery/smtp/sender';
import { Fault } from '../../domain/faults';
import { domainOf } from '../../domain/users/mailAddress';
import type { Reply } from '../../domain/letters/reply';
import { requirePermission } from '../../domain/permissions';
import { shown } from '../../domain/shown';
import { isEmail } from '../../domain/users/email';
import { audit } from '../../store/database/audit';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import type { RendererOptions } from './letters';
import { renderedFor, type LetterPreviewed, type PreviewLetter } from './preview';

export interface TestLetter extends PreviewLetter {
  /** The address that gets it. The person whose values it has does not get it. */
  readonly to: string;
}

/** What is configured about sending. */
export interface TestSettings {
  readonly mail: { readonly url: string; readonly from: string; readonly sink: boolean };
  /** Of this machine: the letters of a campaign have those of the worker. */
  readonly delivery: Pick<LetterMail, 'dkim' | 'unsubscribe'>;
  readonly rendering: RendererOptions;
}

/** A test as it was sent. */
export interface TestedLetter extends Omit<LetterPreviewed, 'text' | 'html'> {
  readonly to: string;
  /** With its angle brackets, as the log of the mail server has it. */
  readonly messageId: string;
  /** The domain that it is signed for (DKIM); `null`: this machine has no key for it, so it is not signed. */
  readonly signedFor: string | null;
  /** What its header List-Unsubscribe says; `null`: it has none. */
  readonly unsubscribe: string | null;
  /** True: the local sink has it, and nobody else. */
  readonly sink: boolean;
}

/**
 * Sends a letter once, to an address, as a person (or a made-up one) would get it. It belongs to no campaign: no
 * budget, no suppression and no rule about letters that were sent recently stands in its way. Faults: as of
 * `renderedFor`, `usage` (`bad_email`), `unavailable` (`mail_refused`, `mail_unreachable`).
 */
export async function testLetter(
  context: OperationContext,
  input: TestLetter,
  { mail, delivery, rendering }: TestSettings,
): Promise<TestedLetter> {
  requirePermission(context.level, 'letters.send');
  const to = input.to.trim();
  if (!isEmail(to)) {
    const message = `${shown(to)} is no e-mail address.`;
    throw new Fault('usage', { code: 'bad_email', message });
  }
  const { previewed, person, category } = await renderedFor(context, input, rendering);
  const from = senderOf(mail.from);
  const messageId = `<test.${randomUUID()}@${domainOf(from.address)}>`;
  const { subject, text, html, ...letter } = previewed;
  const raw = await messageOf({
    letter: { subject, text, html, category },
    person,
    address: to,
    messageId,
    mail: { ...delivery, from },
  });
  const sender = openSender({ url: mail.url, from: mail.from, connections: 1 });
  try {
    refuseUnsent(await sender.send({ envelopeTo: to, messageId, raw }));
  } finally {
    sender.close();
  }
  await audit(context.db.pool, {
    ...actorOf(context),
    action: 'letter.test',
    subjectType: 'letter',
    subjectId: letter.letterId,
  });
  return {
    ...{ ...letter, subject, to, messageId },
    signedFor: delivery.dkim?.domain ?? null,
    unsubscribe: unsubscribeOf(category, delivery),
    sink: mail.sink,
  };
}

/** The server's own words may quote addresses: only its codes are said. */
function refuseUnsent({ code, enhanced, stage, streamRead }: Reply): void {
  if (code !== undefined && code >= 200 && code < 300 && stage === 'content') return;
  const said = [code, enhanced].filter((part) => part !== undefined).join(' ');
  const next = { do: 'checkMail' } as const;
  if (said !== '') {
    const message = `The mail server refuses the letter (${said}).`;
    throw new Fault('unavailable', { code: 'mail_refused', message, next });
  }
  const message = streamRead
    ? 'The mail server did not say whether it took the letter: it may arrive.'
    : 'The mail server does not answer.';
  throw new Fault('unavailable', { code: 'mail_unreachable', message, next });
}
