/** What is sent: a letter, or an announcement in each user's list (also mailed, where said). */
export const CAMPAIGN_KINDS = ['letter', 'announcement'] as const;
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number];

/**
 * The states of a campaign → where it may go from there; checked in one place, `store/letters/campaigns/move.ts`.
 * A state without a way on is final.
 */
export const CAMPAIGN_STATES = {
  planned: ['held', 'running', 'paused', 'cancelled'],
  held: ['planned', 'running', 'cancelled'],
  running: ['paused', 'done', 'cancelled'],
  // Back to planned: its time is still to come.
  paused: ['planned', 'running', 'cancelled'],
  // More to send: deliveries that failed or are unknown are sent again.
  done: ['running'],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;
export type CampaignState = keyof typeof CAMPAIGN_STATES;
export const CAMPAIGN_STATE_NAMES = [
  'planned',
  'held',
  'running',
  'paused',
  'done',
  'cancelled',
] as const satisfies readonly CampaignState[];

/** States that have a time of their end (the check "campaign_finished_is_final"). */
export const FINISHED_CAMPAIGNS = ['done', 'cancelled'] as const satisfies readonly CampaignState[];

/** States of campaigns that have not ended. */
export const OPEN_CAMPAIGNS: readonly CampaignState[] = CAMPAIGN_STATE_NAMES.filter(
  (state) => !FINISHED_CAMPAIGNS.some((finished) => finished === state),
);

/** States from which a campaign does not go on by itself. */
export const SETTLED_CAMPAIGNS: ReadonlySet<CampaignState> = new Set([
  ...FINISHED_CAMPAIGNS,
  ...(['held', 'paused'] as const),
]);

/** True when a campaign may go from one state to the other. */
export function mayBecome(from: CampaignState, to: CampaignState): boolean {
  const ways: readonly CampaignState[] = CAMPAIGN_STATES[from];
  return ways.includes(to);
}

/** The states from which a campaign may go to this one. */
export function statesBefore(to: CampaignState): readonly CampaignState[] {
  return CAMPAIGN_STATE_NAMES.filter((from) => mayBecome(from, to));
}

/** What a person decides about a campaign. */
export const CAMPAIGN_DECISIONS = {
  approve: ['held'],
  reject: ['held'],
  pause: ['planned', 'running'],
  resume: ['paused'],
  cancel: ['planned', 'held', 'running', 'paused'],
  retry: ['running', 'paused', 'done'],
  resolve: ['planned', 'held', 'running', 'paused', 'done', 'cancelled'],
} as const satisfies Record<string, readonly CampaignState[]>;
export type CampaignDecision = keyof typeof CAMPAIGN_DECISIONS;

/** True when the decision fits a campaign in this state. */
export function fits(decision: CampaignDecision, state: CampaignState): boolean {
  const states: readonly CampaignState[] = CAMPAIGN_DECISIONS[decision];
  return states.includes(state);
}

/** How a person settles deliveries that are unknown: they arrived, or they are sent again. */
export const RESOLUTIONS = ['accepted', 'resend'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/**
 * Minutes after the claim in which an unknown delivery cannot be resolved: a sender that was stopped may wake
 * and know what became of it.
 */
export const UNRESOLVED_MINUTES = 10;

/** Code of the trouble of campaigns that were open in a backup: what was sent since is not known. */
export const RESTORED = 'restored';
