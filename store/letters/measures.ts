import {
  CAMPAIGN_STATE_NAMES,
  FINISHED_CAMPAIGNS,
  type CampaignState,
} from '../../domain/letters/campaigns';
import type { DeliveryState } from '../../domain/letters/deliveries';
import type { Db } from '../database/db';

/** States of campaigns that have not ended. */
export const OPEN_CAMPAIGNS: readonly CampaignState[] = CAMPAIGN_STATE_NAMES.filter(
  (state) => !FINISHED_CAMPAIGNS.some((finished) => finished === state),
);

/** States of deliveries with which something is still to happen; each has an index of its own. */
export const OPEN_DELIVERIES = [
  'planned',
  'claimed',
  'unknown',
] as const satisfies readonly DeliveryState[];

/** How many campaigns and deliveries there are that have not come to their end. */
export interface CampaignMeasures {
  readonly campaigns: ReadonlyMap<string, number>;
  readonly deliveries: ReadonlyMap<string, number>;
}

/**
 * Counts open campaigns, what is to be sent or being sent in them, and every delivery that is unknown. Reads
 * the entries of partial indexes, never the deliveries that have ended.
 */
export async function measureCampaigns(db: Pick<Db, 'pool'>): Promise<CampaignMeasures> {
  const { rows } = await db.pool.query<{ what: string; state: string; n: number }>(
    `with open as (
       select id, state from campaign where finished_at is null
     )
     select 'campaigns' as what, state::text, count(*)::int as n from open group by 2
     union all
     select 'deliveries', 'planned', coalesce(sum(
         (select count(*) from delivery d
          where d.campaign_id = o.id and d.state = 'planned' and d.next_at is null)
         + (select count(*) from delivery d
            where d.campaign_id = o.id and d.state = 'planned' and d.next_at is not null)), 0)::int
     from open o
     union all
     select 'deliveries', 'claimed', coalesce(sum(
         (select count(*) from delivery d where d.campaign_id = o.id and d.state = 'claimed')), 0)::int
     from open o
     union all
     select 'deliveries', 'unknown', count(*)::int from delivery where state = 'unknown'`,
  );
  const of = (what: string): ReadonlyMap<string, number> =>
    new Map(rows.filter((row) => row.what === what).map(({ state, n }) => [state, n]));
  return { campaigns: of('campaigns'), deliveries: of('deliveries') };
}
