import { messageOf } from '../../connectors/delivery/letterMessage';
import { bounceAddressOf, messageIdOf } from '../../connectors/delivery/messageId';
import type { Renderer } from '../../connectors/delivery/render/index';
import { Fault } from '../../domain/faults';
import type { LetterContent, LetterContext } from '../../domain/letters/content';
import { domainOf } from '../../domain/users/mailAddress';
import { closingOf, outcomeOf, UNSENT } from '../../domain/letters/replies';
import type { Reply } from '../../domain/letters/reply';
import type { Claimed, ClaimResult } from '../../store/letters/deliveries/close';
import type { MailPart } from './post';
import { requireKey } from '../../store/sources/secrets';

export interface SendOne {
  readonly campaignId: string;
  readonly claimed: Claimed;
  readonly letter: LetterContent;
  readonly context: LetterContext;
  readonly mail: MailPart;
  readonly renderer: Pick<Renderer, 'render'>;
  /** True when it is not to be begun: its lease may end before the send does, or the campaign has stopped. */
  readonly isStale: () => boolean | Promise<boolean>;
}

/** Nothing was sent, and nothing is known of the recipient. */
export function unsent(claimed: Claimed): ClaimResult {
  return { claimed, closing: UNSENT, outcome: null, reply: null };
}

/** The letter could not be made for this person. */
export function unrendered(claimed: Claimed): ClaimResult {
  const closing = { state: 'failed', reason: 'render', nextMinutes: null, counted: true } as const;
  return { claimed, closing, outcome: 'render', reply: null };
}

/** What a reply makes of a claim. */
export function answered(claimed: Claimed, reply: Reply): ClaimResult {
  const outcome = outcomeOf(reply);
  return { claimed, closing: closingOf(outcome, reply, claimed.attempts), outcome, reply };
}

/**
 * Renders a letter, composes the message and sends it once. A process that was stopped and wakes looks at the
 * age of its claim right before it sends, after the wait for a connection: an old one is not sent.
 */
export async function sendOne(o: SendOne): Promise<ClaimResult> {
  const { claimed, mail } = o;
  const { messageId, envelopeFrom } = namesOf(o);
  const raw = await made(o, messageId);
  if (raw === null) return unrendered(claimed);
  const sending = { envelopeTo: claimed.address, envelopeFrom, messageId, raw };
  const reply = await mail.sender.sendUnlessStale(sending, o.isStale);
  return reply === null ? unsent(claimed) : answered(claimed, reply);
}

/** `null`: this letter cannot be rendered for this person. */
async function made(o: SendOne, messageId: string): Promise<Buffer | null> {
  const { letter, context, mail, claimed } = o;
  try {
    const rendered = await o.renderer.render(letter, context);
    return await messageOf({
      letter: { ...rendered, category: letter.category },
      person: context,
      address: claimed.address,
      messageId,
      mail,
    });
  } catch (error) {
    if (error instanceof Fault && error.kind === 'usage') return null;
    throw error;
  }
}

/** What names the delivery to mail servers, the same at every attempt. */
function namesOf({ campaignId, claimed, mail }: SendOne) {
  const key = requireKey(mail.keys, 'letters');
  const ref = { campaignId, n: claimed.n };
  const { bounces = null } = mail;
  return {
    messageId: messageIdOf({ ...ref, domain: domainOf(mail.from.address), key }),
    envelopeFrom: bounces === null ? undefined : bounceAddressOf(bounces, ref, key),
  };
}
