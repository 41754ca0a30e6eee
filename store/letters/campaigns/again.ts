import type { CampaignKind } from '../../../domain/letters/campaigns';
import type { Tx } from '../../database/db';
import { lockSame, recentlyReached, sameCampaigns } from './recent';

/** Deliveries of a campaign, as a condition on the delivery `d` whose first parameter is the campaign's id. */
export interface ChosenDeliveries {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Skips, of deliveries that are about to be planned again, those to people who got the same by another campaign
 * within 24 hours, or will get it: a delivery that failed, or is long unknown, does not keep another campaign
 * from them. A campaign that was sent with `--again` leaves out only what was sent after it. Call it in the
 * transaction that plans the others, with the campaign locked: until that ends, no campaign of the same letter
 * is made or planned again. Returns how many were skipped.
 */
export async function skipRecent(
  tx: Tx,
  o: { readonly campaignId: string; readonly chosen: ChosenDeliveries },
): Promise<number> {
  const { rows } = await tx.query<{
    kind: CampaignKind;
    letterId: string | null;
    contentSha: string;
    again: boolean;
  }>(
    `select kind, letter_id as "letterId", content_sha as "contentSha", again from campaign where id = $1`,
    [o.campaignId],
  );
  const [same] = rows;
  if (same === undefined) return 0;
  await lockSame(tx, same);
  // Ids hold their time.
  const others = (await sameCampaigns(tx, same)).filter((id) =>
    same.again ? id > o.campaignId : id !== o.campaignId,
  );
  if (others.length === 0) return 0;
  const { sql, values } = o.chosen;
  const { rowCount } = await tx.query(
    `with reached as (
       select distinct user_id from (${recentlyReached(`$${String(values.length + 1)}`)}) r
     )
     update delivery d set state = 'skipped', reason = 'sent_recently', closed_at = now(), claim = null,
       next_at = null, smtp_code = null, enhanced = null
     from "user" u join reached r on r.user_id = coalesce(u.merged_into_id, u.id)
     where u.id = d.user_id and ${sql}`,
    [...values, others],
  );
  return rowCount ?? 0;
}
