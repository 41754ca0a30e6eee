import type { Next } from '../next';
import type { CampaignState } from './campaigns';
import { MISSED_DELIVERIES, type DeliveriesWith, type DeliveryCounts } from './deliveries';

/** What is done about people who did not get the letter. */
interface Missed {
  /** What may have been sent comes first, because only a person can find out. */
  readonly rank: number;
  readonly next: (campaign: string) => Next;
}

const MISSED: Readonly<Record<DeliveriesWith<'missed'>, Missed>> = {
  unknown: { rank: 1, next: (campaign) => ({ do: 'resolveCampaign', campaign }) },
  failed: { rank: 2, next: (campaign) => ({ do: 'retryCampaign', campaign }) },
  bounced: {
    rank: 3,
    next: (campaign) => ({ do: 'showRecipients', campaign, state: 'bounced' }),
  },
};

/** The one next step of a campaign, or `null` when nothing is left to do, or it goes on by itself. */
export function nextOfCampaign(o: {
  readonly campaignId: string;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
}): Next | null {
  const { campaignId: campaign, state, counts } = o;
  switch (state) {
    case 'held':
      return { do: 'decideCampaign', campaign };
    case 'paused':
      return { do: counts.unknown > 0 ? 'resolveCampaign' : 'resumeCampaign', campaign };
    case 'running':
    case 'planned':
      return { do: 'showCampaign', campaign };
    case 'cancelled':
      return counts.unknown > 0 ? { do: 'resolveCampaign', campaign } : null;
    case 'done': {
      const missed = MISSED_DELIVERIES.filter((one) => counts[one] > 0);
      const [first] = missed.sort((one, other) => MISSED[one].rank - MISSED[other].rank);
      return first === undefined ? null : MISSED[first].next(campaign);
    }
  }
}
