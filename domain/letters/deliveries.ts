/**
 * What becomes of a recipient. `planned`: to be sent; `claimed`: a sender has it; `unknown`: perhaps sent,
 * never sent again by itself; `skipped`: not to be sent, with a reason.
 */
export const DELIVERY_STATES = [
  'planned',
  'claimed',
  'accepted',
  'failed',
  'unknown',
  'bounced',
  'skipped',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States in which nothing more happens by itself (the check "delivery_final_is_closed"). */
export const CLOSED_DELIVERIES = [
  'accepted',
  'failed',
  'unknown',
  'bounced',
  'skipped',
] as const satisfies readonly DeliveryState[];

/** States in which the person got the letter, may have got it, or is being sent it. */
export const REACHED = [
  'claimed',
  'accepted',
  'unknown',
  'bounced',
] as const satisfies readonly DeliveryState[];

/** {@link REACHED}, or the person is to get the letter. */
export const COUNTS_AS_SENT = ['planned', ...REACHED] as const satisfies readonly DeliveryState[];

/** How many recipients are in each state. */
export type DeliveryCounts = { readonly [S in DeliveryState]: number };

/** Of a campaign without deliveries. */
export const NO_DELIVERIES: DeliveryCounts = {
  planned: 0,
  claimed: 0,
  accepted: 0,
  failed: 0,
  unknown: 0,
  bounced: 0,
  skipped: 0,
};
