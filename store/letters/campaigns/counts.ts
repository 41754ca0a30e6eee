import {
  DELIVERY_STATES,
  NO_DELIVERIES,
  type DeliveryCounts,
} from '../../../domain/letters/deliveries';
import type { Queryable } from '../../database/db';

/**
 * How many deliveries are in each state, by the id of a campaign among these. They are kept by triggers (migration
 * `delivery_counts`), so that this reads a few rows however many recipients there are, also once the deliveries
 * are removed.
 */
export async function deliveryCounts(
  db: Queryable,
  campaignIds: readonly string[],
): Promise<(campaignId: string) => DeliveryCounts> {
  const sums = DELIVERY_STATES.map((state) => `sum(${state})::int as ${state}`).join(', ');
  const { rows } = await db.query<{ id: string } & DeliveryCounts>(
    `select campaign_id as id, ${sums} from delivery_count
     where campaign_id = any ($1::uuid[]) group by 1`,
    [campaignIds],
  );
  const found = new Map(rows.map(({ id, ...counts }) => [id, counts]));
  return (id) => found.get(id) ?? NO_DELIVERIES;
}
