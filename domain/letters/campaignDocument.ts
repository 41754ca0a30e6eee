import type { Next } from '../next';
import type { CampaignKind, CampaignState } from './campaigns';
import type { DeliveryCounts } from './deliveries';

/**
 * Gates of a campaign. `recipients`: it goes to many people; `expect`: it goes to another number of people than
 * was confirmed; `late`: its time to be sent passed more than a day ago.
 */
export const CAMPAIGN_GATES = ['recipients', 'expect', 'late'] as const;
export type CampaignGate = (typeof CAMPAIGN_GATES)[number];

/** Recipients that need no approval, unless configured. */
export const CAMPAIGN_GATE = 1000;

/**
 * A gate that holds a campaign: `count` is what it has, `limit` what needs no approval. People; hours for
 * `late`.
 */
export interface HeldCampaignGate {
  readonly gate: CampaignGate;
  readonly count: number;
  readonly limit: number;
}

/** Why a campaign is paused: a code, and facts without anything about a person. */
export interface CampaignTrouble {
  readonly code: string;
  readonly [fact: string]: string | number | boolean | null;
}

/** All that is known of a campaign; times are ISO 8601 instants in UTC. */
export interface CampaignDocument {
  readonly campaignId: string;
  readonly kind: CampaignKind;
  /** The name of the letter; `null`: a one-off, or an announcement. */
  readonly letter: string | null;
  /** Of an announcement: its title. */
  readonly subject: string;
  readonly state: CampaignState;
  /** They add up to `recipients`; all 0 for an announcement that is not mailed. */
  readonly counts: DeliveryCounts;
  /** The people that were chosen, those who are left out (`skipped`) included. */
  readonly recipients: number;
  readonly held: readonly HeldCampaignGate[];
  /** Of a paused campaign; `null`: a person paused it, or it is not paused. */
  readonly trouble: CampaignTrouble | null;
  /** True: it goes to the local sink, not to people. */
  readonly sink: boolean;
  /** `null`: at once. */
  readonly sendAt: string | null;
  /** The zone in which that time was given. */
  readonly timeZone: string | null;
  /** Letters a minute at most; `null`: no limit of its own. */
  readonly perMinute: number | null;
  /** Names of admins. */
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** The one next step, or `null` when nothing is left to do. */
  readonly next: Next | null;
}
