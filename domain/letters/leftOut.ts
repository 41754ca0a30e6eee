import type { ReasonOf } from './deliveryReasons';

/**
 * Why a chosen person gets nothing, where that is known before anything is sent: the account is not active, it
 * has no e-mail address, or the person got the same within {@link RECENT_HOURS}.
 */
export const LEFT_OUT = [
  'inactive',
  'no_address',
  'sent_recently',
] as const satisfies readonly ReasonOf<'skipped'>[];
export type LeftOut = (typeof LEFT_OUT)[number];

/** How many people are left out, by reason. */
export type LeftOutCounts = { readonly [R in LeftOut]: number };

/** The time within which nobody is to get the same letter twice. */
export const RECENT_HOURS = 24;

/** Recipients of one campaign at most. */
export const MAX_RECIPIENTS = 2_000_000;
