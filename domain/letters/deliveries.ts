/** What holds for every delivery in a state. */
interface DeliveryTraits {
  /** True when something is still to happen: it is sent, or a person finds out what became of it. */
  readonly open: boolean;
  /** True when nothing more happens by itself (the check "delivery_final_is_closed"). */
  readonly closed: boolean;
  /** True when the letter left, leaves, or may have left. */
  readonly reached: boolean;
  /** True when a bounce closes the delivery. */
  readonly bounces: boolean;
  /** True when the person did not get the letter, or perhaps did not, and an admin can do something about it. */
  readonly missed: boolean;
}

/**
 * What becomes of a recipient, in the order in which it is shown. `planned`: to be sent; `claimed`: a sender has
 * it; `unknown`: perhaps sent, never sent again by itself; `skipped`: not to be sent, with a reason.
 */
// prettier-ignore
export const DELIVERIES = {
  planned: { open: true, closed: false, reached: false, bounces: true, missed: false },
  // The close of the sender finds its claim gone: the bounce wins.
  claimed: { open: true, closed: false, reached: true, bounces: true, missed: false },
  accepted: { open: false, closed: true, reached: true, bounces: true, missed: false },
  failed: { open: false, closed: true, reached: false, bounces: false, missed: true },
  unknown: { open: true, closed: true, reached: true, bounces: true, missed: true },
  bounced: { open: false, closed: true, reached: true, bounces: false, missed: true },
  skipped: { open: false, closed: true, reached: false, bounces: false, missed: false },
} as const satisfies Record<string, DeliveryTraits>;
export type DeliveryState = keyof typeof DELIVERIES;

const isState = (name: string): name is DeliveryState => Object.hasOwn(DELIVERIES, name);
export const DELIVERY_STATES: readonly DeliveryState[] = Object.keys(DELIVERIES).filter(isState);

/** The states that have a trait. */
export type DeliveriesWith<T extends keyof DeliveryTraits> = {
  [S in DeliveryState]: (typeof DELIVERIES)[S][T] extends true ? S : never;
}[DeliveryState];

function statesWith<T extends keyof DeliveryTraits>(trait: T): readonly DeliveriesWith<T>[] {
  const has = (state: DeliveryState): state is DeliveriesWith<T> => DELIVERIES[state][trait];
  return DELIVERY_STATES.filter(has);
}

export const OPEN_DELIVERIES = statesWith('open');
export const CLOSED_DELIVERIES = statesWith('closed');
/** Open, and neither sent nor given up: a campaign with one has not ended. */
export const WAITING_DELIVERIES = OPEN_DELIVERIES.filter((state) => !DELIVERIES[state].closed);
export const REACHED = statesWith('reached');
export const BOUNCING_DELIVERIES = statesWith('bounces');
export const MISSED_DELIVERIES = statesWith('missed');

/** {@link REACHED}, or the person is to get the letter. */
export const COUNTS_AS_SENT: readonly DeliveryState[] = DELIVERY_STATES.filter(
  (state) => DELIVERIES[state].open || DELIVERIES[state].reached,
);

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

/** How many recipients are in one of these states. */
export function deliveriesIn(counts: DeliveryCounts, states: readonly DeliveryState[]): number {
  return states.reduce((sum, state) => sum + counts[state], 0);
}
