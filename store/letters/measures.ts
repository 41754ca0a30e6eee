import { DELIVERIES, OPEN_DELIVERIES, WAITING_DELIVERIES } from '../../domain/letters/deliveries';
import type { Db } from '../database/db';

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
     select 'deliveries', s.state, sum(s.n)::int
     from open o join delivery_count k on k.campaign_id = o.id
     cross join lateral (values ${columns(WAITING_DELIVERIES)}) s(state, n) group by 2
     union all
     select 'deliveries', s.state, sum(s.n)::int
     from campaign c join delivery_count k on k.campaign_id = c.id
     cross join lateral (values ${columns(UNSETTLED)}) s(state, n)
     where c.forgotten_at is null group by 2`,
  );
  const of = (what: string): ReadonlyMap<string, number> =>
    new Map(rows.filter((row) => row.what === what).map(({ state, n }) => [state, n]));
  return { campaigns: of('campaigns'), deliveries: of('deliveries') };
}

/** What a person has to find out about, also once the campaign has ended. */
const UNSETTLED = OPEN_DELIVERIES.filter((state) => DELIVERIES[state].closed);

/** SQL: rows of the kept counts (alias k). */
function columns(states: readonly string[]): string {
  return states.map((state) => `('${state}', k.${state})`).join(', ');
}
