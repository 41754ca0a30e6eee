import type { Logger } from '../../config/logger';
import { codeOf } from '../../domain/passing';
import type { Db } from '../../store/database/db';
import {
  closeLeases,
  lateDecisions,
  sendingCampaigns,
} from '../../store/letters/deliveries/campaign';
import type { Temporal } from '../../temporal/gateway';

export interface CampaignHouse {
  readonly db: Pick<Db, 'pool'>;
  readonly temporal: Pick<Temporal, 'campaignIsThere' | 'wakeCampaign'>;
  readonly log: Logger;
  /** Decisions whose workflows this process has woken. */
  readonly woken: Set<string>;
}

/**
 * Sees to the campaigns: closes claims that were lost, starts open campaigns that have no workflow because
 * their client was killed in between, and wakes those whose decision may have come without a wake. Several
 * workers may do so.
 */
export async function seeToCampaigns({ db, temporal, log, woken }: CampaignHouse): Promise<void> {
  for (const { campaignId, isOpen, isNew, hasClaims } of await sendingCampaigns(db.pool)) {
    const lost = hasClaims ? await closeLeases(db, campaignId) : 0;
    if (lost > 0)
      log.warn({ campaignId, lost }, 'deliveries whose sender was lost are unknown now');
    if (!isOpen || isNew) continue;
    await attempt(log, campaignId, async () => {
      if (await temporal.campaignIsThere(campaignId)) return;
      await temporal.wakeCampaign(campaignId);
      log.warn({ campaignId }, 'started a campaign that was open and had no workflow');
    });
  }
  for (const { decisionId, campaignId } of await lateDecisions(db.pool)) {
    if (woken.has(decisionId)) continue;
    await attempt(log, campaignId, async () => {
      await temporal.wakeCampaign(campaignId);
      woken.add(decisionId);
    });
  }
}

/** One campaign that Temporal does not answer for delays no other; the next round tries again. */
async function attempt(log: Logger, campaignId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ campaignId, code: codeOf(error) }, 'a campaign could not be seen to');
  }
}
