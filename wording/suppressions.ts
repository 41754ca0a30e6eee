import type { SuppressionReason } from '../domain/letters/suppressions';

const WORDS: Readonly<Record<SuppressionReason, string>> = {
  by_hand: 'by hand',
  complaint: 'complained',
  hard_bounce: 'hard bounce',
  unsubscribed: 'unsubscribed',
};

/** Why an address gets no letters, in a word or two. */
export function suppressionWords(reason: SuppressionReason): string {
  return WORDS[reason];
}
