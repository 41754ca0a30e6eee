import type { Next } from '../next';
import type { CampaignState } from './campaigns';
import type { DeliveryCounts } from './deliveries';

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
    case 'done':
      // What may have been sent comes first, because only a person can find out.
      if (counts.unknown > 0) return { do: 'resolveCampaign', campaign };
      if (counts.failed > 0) return { do: 'retryCampaign', campaign };
      return counts.bounced > 0 ? { do: 'showRecipients', campaign, state: 'bounced' } : null;
  }
}
