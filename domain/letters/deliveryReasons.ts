import type { DeliveryState } from './deliveries';

/**
 * Why a delivery has its state; recorded, and a column of the report. `states`: those that it explains.
 * docs/letters.md prints the table.
 */
export const DELIVERY_REASONS = {
  recipient_refused: {
    states: ['failed'],
    means: 'the mail server refuses this address for good',
  },
  bad_address: {
    states: ['failed', 'skipped'],
    means: 'the address is none that mail can be sent to; `failed`: seen only when it was sent',
  },
  no_more_tries: { states: ['failed'], means: 'the mail server said "not now" for a day' },
  render: {
    states: ['failed'],
    means: 'the letter cannot be made with the values of this person',
  },
  resolved: { states: ['accepted'], means: 'a person said that it arrived (`campaigns resolve`)' },
  no_reply: {
    states: ['unknown'],
    means: 'the mail server did not answer after it had begun to read the letter',
  },
  sender_lost: { states: ['unknown'], means: 'the worker that sent it was lost' },
  restored: {
    states: ['unknown'],
    means: 'the database was restored from a backup, and it may have been sent after that backup',
  },
  copied: {
    states: ['unknown'],
    means: 'the database is a copy, and the original was sending it when the copy was made',
  },
  bounced: { states: ['bounced'], means: 'a mail server said later that it did not arrive' },
  merged: {
    states: ['skipped'],
    means: 'the account was merged, and the other account of the person has a place of its own',
  },
  inactive: { states: ['skipped'], means: 'the person has no access any more' },
  no_address: { states: ['skipped'], means: 'the person has no e-mail address' },
  sent_recently: {
    states: ['skipped'],
    means:
      'the person got the same by another campaign within 24 hours (`--skip-recent`, `campaigns retry`)',
  },
  out_of_reach: {
    states: ['skipped'],
    means: 'the person has left the organizations of the sender',
  },
  cancelled: { states: ['skipped'], means: 'the campaign was cancelled or rejected before' },
  by_hand: { states: ['skipped'], means: 'an admin suppressed the address' },
  complaint: { states: ['skipped'], means: 'somebody at the address complained about a letter' },
  hard_bounce: { states: ['skipped'], means: 'the address is wrong or gone: letters came back' },
  unsubscribed: {
    states: ['skipped'],
    means: 'the person unsubscribed; of optional letters only',
  },
} as const satisfies Record<
  string,
  { readonly states: readonly DeliveryState[]; readonly means: string }
>;
export type DeliveryReason = keyof typeof DELIVERY_REASONS;

/** The reasons that explain a state. */
export type ReasonOf<S extends DeliveryState> = {
  [R in DeliveryReason]: S extends (typeof DELIVERY_REASONS)[R]['states'][number] ? R : never;
}[DeliveryReason];
