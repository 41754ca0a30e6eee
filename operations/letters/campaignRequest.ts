import type { NewCampaign } from '../../store/letters/campaigns/freeze';
import type { People } from '../../store/letters/campaigns/recipients';
import type { OperationContext } from '../context';
import { selectionAsked, type Selection } from '../users/selection';
import { seesOnly } from './campaignReach';

/** What a letter and an announcement ask alike. */
export interface CampaignRequest extends Selection {
  /**
   * What happens to people who got the same within 24 hours: nothing is sent at all (the default), they get it
   * again, or they are skipped.
   */
  readonly recently?: NewCampaign['recently'];
}

/** Names of people that a preview shows. */
export const SAMPLE_PEOPLE = 5;

/** What becomes of people who got the same within 24 hours. */
export function recentlyOf({ recently = 'refuse' }: CampaignRequest): NewCampaign['recently'] {
  return recently;
}

/** The part of a campaign that a letter and an announcement have alike. */
export function campaignFor(
  context: OperationContext,
  { request, people }: { readonly request: CampaignRequest; readonly people: People },
): People & Pick<NewCampaign, 'selection' | 'actorId' | 'recently' | 'seesOnly'> {
  return {
    ...people,
    selection: selectionAsked(request),
    actorId: context.actorId,
    recently: recentlyOf(request),
    seesOnly: seesOnly(context),
  };
}
