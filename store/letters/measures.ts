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

/** States of deliveries with which something is still to happen. */
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
 * Counts open campaigns, what is to be sent or being sent in them, and every delivery that is unknown. Reads the
 * counts that the database keeps: of 400 days of deliveries, a look at these themselves took 45 ms and a lock on
 * each index of each day (3,200), of which a server has 6,400 by default.
 */
export async function measureCampaigns(db: Pick<Db, 'pool'>): Promise<CampaignMeasures> {
  const { rows } = await db.pool.query<{ what: string; state: string; n: number }>(
    `with open as (
       select id, state from campaign where finished_at is null
     )
     select 'campaigns' as what, state::text, count(*)::int as n from open group by 2
     union all
     select 'deliveries', c.state, sum(c.n)::int
     from open o join delivery_count k on k.campaign_id = o.id
     cross join lateral (values ('planned', k.planned), ('claimed', k.claimed)) c(state, n) group by 2
     union all
     select 'deliveries', 'unknown', coalesce(sum(k.unknown), 0)::int
     from campaign c join delivery_count k on k.campaign_id = c.id where c.forgotten_at is null`,
  );
  const of = (what: string): ReadonlyMap<string, number> =>
    new Map(rows.filter((row) => row.what === what).map(({ state, n }) => [state, n]));
  return { campaigns: of('campaigns'), deliveries: of('deliveries') };
}
