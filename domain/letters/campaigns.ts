/** What is sent: a letter, or an announcement in each user's list (also mailed, where said). */
export const CAMPAIGN_KINDS = ['letter', 'announcement'] as const;
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number];

/** The states of a campaign → where it may go from there. A state without a way on is final. */
export const CAMPAIGN_STATES = {
  planned: ['held', 'running', 'cancelled'],
  held: ['planned', 'running', 'cancelled'],
  running: ['paused', 'done', 'cancelled'],
  paused: ['running', 'cancelled'],
  // More to send: deliveries that failed or are unknown are sent again.
  done: ['running'],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;
export type CampaignState = keyof typeof CAMPAIGN_STATES;

/** States that have a time of their end (the check "campaign_finished_is_final"). */
export const FINISHED_CAMPAIGNS = ['done', 'cancelled'] as const satisfies readonly CampaignState[];

/** True when a campaign may go from one state to the other. */
export function mayBecome(from: CampaignState, to: CampaignState): boolean {
  const ways: readonly CampaignState[] = CAMPAIGN_STATES[from];
  return ways.includes(to);
}
