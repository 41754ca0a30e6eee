import { may, requirePermission } from '../../domain/permissions';
import type { OwnCampaigns } from '../../store/letters/campaigns/campaigns';
import type { OperationContext } from '../context';

/** What is done with a campaign; each has a second verb for those that the actor sent. */
type CampaignVerb = 'campaigns.read' | 'campaigns.decide';

/**
 * The campaigns that the actor reaches with this verb: all of them, or those that the actor sent.
 * @throws Fault forbidden
 */
export function campaignsFor(
  { level, actorId }: OperationContext,
  verb: CampaignVerb,
): OwnCampaigns | null {
  if (may(level, verb)) return null;
  requirePermission(level, `${verb}Own`);
  return { actorId };
}

/** The admin whose campaigns alone the actor may read; `null`: those of all. @throws Fault forbidden */
export function seesOnly(context: OperationContext): string | null {
  return campaignsFor(context, 'campaigns.read')?.actorId ?? null;
}
