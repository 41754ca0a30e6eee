import type { HeldCampaignGate } from '../letters/campaignDocument';
import type { Next } from '../next';
import type { HeldGate } from '../runs/gates';
import type { RunKind } from '../runs/run';
import type { RunCounts } from '../runs/runDocument';
import type { RunSubject } from '../runs/subject';

/** What an alert can be about: a thing that waits for a person, or one that stands still. */
export const ALERT_EVENTS = [
  'held',
  'quarantined',
  'failed',
  'overdue',
  'conflicts',
  'token_ending',
  'token_recovered',
  'campaign_held',
  'campaign_paused',
  'campaign_unknown',
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** `type` of a webhook's payload, by event. */
export const ALERT_TYPES = {
  held: 'run.held',
  quarantined: 'source.quarantined',
  failed: 'run.failed',
  overdue: 'source.overdue',
  conflicts: 'run.conflicts',
  token_ending: 'token.ending',
  token_recovered: 'token.recovered',
  campaign_held: 'campaign.held',
  campaign_paused: 'campaign.paused',
  campaign_unknown: 'campaign.unknown',
  test: 'alert.test',
} as const satisfies Record<AlertEvent | 'test', string>;

/**
 * `data` of an alert: ids, counts, states, codes and names of sources. It leaves the platform by
 * mail and by webhook, so nothing in it says anything about a person.
 */
export interface AlertData {
  /** The name of the source; `null`: the alert is about none. */
  readonly source: string | null;
  readonly state:
    | 'held'
    | 'done'
    | 'failed'
    | 'quarantined'
    | 'disabled'
    | 'overdue'
    | 'ending'
    | 'recovered'
    | 'paused'
    | 'unknown'
    | 'test';
  readonly runId?: string;
  readonly kind?: RunKind;
  /** What its rows are about; absent: users. */
  readonly subject?: RunSubject;
  readonly counts?: Partial<RunCounts>;
  readonly campaignId?: string;
  /** How many people the campaign is to. */
  readonly recipients?: number;
  /** The gates that hold it. */
  readonly held?: readonly (HeldGate | HeldCampaignGate)[];
  /** Code of the fault that the run failed with, or of the trouble that paused the campaign. */
  readonly code?: string;
  /** The instant since when it stands still; ISO 8601. */
  readonly since?: string;
  /** When a stopped source is tried again; `null`: not by itself. */
  readonly nextTryAt?: string | null;
  /** When the last sync that was applied ended; `null`: none was applied. */
  readonly lastSyncAt?: string | null;
  /** The beginning of a token, by which it is named. */
  readonly token?: string;
  /** The id of the admin whose token it is. */
  readonly adminId?: string;
  /** When the token ends. */
  readonly expiresAt?: string;
  /** The step to go on with. */
  readonly next: Next;
}

/** Minutes after each failed attempt until the next one: seven waits, within 21 hours in all. */
export const RETRY_MINUTES = [1, 5, 30, 120, 360, 720] as const;

/** Minutes until the next attempt after that many; `null`: the delivery is given up. */
export function retryAfter(attempts: number): number | null {
  return RETRY_MINUTES[attempts - 1] ?? null;
}
