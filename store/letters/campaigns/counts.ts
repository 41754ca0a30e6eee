import { DELIVERY_STATES, type DeliveryCounts } from '../../../domain/letters/deliveries';
import type { Queryable } from '../../database/db';

const NONE: DeliveryCounts = {
  planned: 0,
  claimed: 0,
  accepted: 0,
  failed: 0,
  unknown: 0,
  bounced: 0,
  skipped: 0,
};

/** How many deliveries of each campaign are in each state, from the deliveries themselves. */
export async function deliveryCounts(
  db: Queryable,
  campaignIds: readonly string[],
): Promise<ReadonlyMap<string, DeliveryCounts>> {
  const { rows } = await db.query<{ id: string; state: string; n: number }>(
    `select campaign_id as id, state::text, count(*)::int as n from delivery
     where campaign_id = any ($1::uuid[]) group by 1, 2`,
    [campaignIds],
  );
  const counted = (id: string): DeliveryCounts =>
    countsFrom(
      Object.fromEntries(rows.filter((row) => row.id === id).map(({ state, n }) => [state, n])),
    );
  return new Map(campaignIds.map((id) => [id, counted(id)]));
}

/** Counts by state as they are stored; what is not there is 0. */
export function countsFrom(stored: Readonly<Record<string, unknown>>): DeliveryCounts {
  return DELIVERY_STATES.reduce((counts, state) => {
    const n = stored[state];
    return { ...counts, [state]: typeof n === 'number' ? n : 0 };
  }, NONE);
}
