import type { LetterCategory, LetterContext, RenderedLetter } from '../../domain/letters/content';
import type { MailAddress } from '../../domain/users/mailAddress';
import { composeMessage, type DkimKey } from './smtp/compose';

/** How letters are signed, and what they say about themselves. */
export interface LetterMail {
  readonly from: MailAddress;
  /** `null`: messages are not signed. */
  readonly dkim: DkimKey | null;
  /** Where optional letters are unsubscribed from; `null`: nowhere. */
  readonly unsubscribe: string | null;
}

/** One letter to one person. */
export interface LetterMessage {
  readonly letter: RenderedLetter & { readonly category: LetterCategory };
  readonly person: LetterContext;
  readonly address: string;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly mail: LetterMail;
}

/** The message of a letter, the same for a campaign and for a test. */
export async function messageOf(o: LetterMessage): Promise<Buffer> {
  const { letter, person, mail } = o;
  return composeMessage({
    from: { name: person.mail.fromName ?? mail.from.name, address: mail.from.address },
    to: { name: shownName(person), address: o.address },
    replyTo: person.mail.replyTo,
    letter,
    messageId: o.messageId,
    unsubscribe: unsubscribeOf(letter.category, mail),
    dkim: mail.dkim,
  });
}

/** What `List-Unsubscribe` says; `null`: the letter has no such header. */
export function unsubscribeOf(
  category: LetterCategory,
  { unsubscribe }: Pick<LetterMail, 'unsubscribe'>,
): string | null {
  return category === 'optional' ? unsubscribe : null;
}

/** Never what only identifies the person, such as a login. */
function shownName({ user }: LetterContext): string {
  const { displayName, firstName, lastName } = user;
  return displayName ?? [firstName, lastName].filter((part) => part !== null).join(' ');
}
