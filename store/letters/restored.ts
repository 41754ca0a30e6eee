import { RESTORED } from '../../domain/letters/campaigns';
import type { Tx } from '../database/db';
import { alertCampaign } from './campaignAlerts';
import { moveCampaigns } from './campaigns/move';

/** What became of the campaigns that were open in a backup. */
export interface RestoredCampaigns {
  /** Campaigns that wait for a person before they go on. */
  readonly paused: number;
  /** Deliveries that may have been sent after the backup was made. */
  readonly unknown: number;
}

/**
 * Stops the open campaigns of a restored database: what was sent after the backup is not in it. Each one that
 * goes on by itself is paused, one on hold stays so, and both say why. What a sender held, and what is still
 * to be sent among those that a sender had reached, becomes unknown. Safe to repeat.
 */
export async function pauseRestored(tx: Tx): Promise<RestoredCampaigns> {
  const { rows: open } = await tx.query<{ id: string }>(
    `select id from campaign
     where finished_at is null and coalesce(trouble ->> 'code' <> $1, true) order by id for update`,
    [RESTORED],
  );
  const ids = open.map(({ id }) => id);
  if (ids.length === 0) return { paused: 0, unknown: 0 };
  const { rows: reached } = await tx.query<{ campaignId: string }>(
    `with reached as (
       select campaign_id, max(n) as top from delivery
       where campaign_id = any ($1::uuid[]) and claimed_at is not null group by 1
     )
     update delivery d set state = 'unknown', reason = '${RESTORED}', closed_at = now(), next_at = null,
       address = coalesce(d.address, u.email)
     from reached r, "user" u
     where d.campaign_id = r.campaign_id and u.id = d.user_id
       and (d.state = 'claimed' or d.state = 'planned' and d.n <= r.top)
       and (d.address is not null or u.email is not null)
     returning d.campaign_id as "campaignId"`,
    [ids],
  );
  const trouble = { code: RESTORED };
  await moveCampaigns(tx, { campaignIds: ids, to: 'paused', trouble });
  // One on hold, and one that was paused before, say why, too.
  const { rowCount: paused } = await tx.query(
    `update campaign set trouble = $2 where id = any ($1::uuid[])`,
    [ids, JSON.stringify(trouble)],
  );
  const unsure = new Set(reached.map(({ campaignId }) => campaignId));
  for (const campaignId of ids) {
    await alertCampaign(tx, { campaignId, event: 'campaign_paused' });
    if (unsure.has(campaignId)) await alertCampaign(tx, { campaignId, event: 'campaign_unknown' });
  }
  return { paused: paused ?? 0, unknown: reached.length };
}

/**
 * Cancels the open campaigns of a copy: the original goes on with them. What a sender of the original held is
 * unknown here. Returns how many. Safe to repeat.
 */
export async function cancelCopied(tx: Tx): Promise<number> {
  const { rows: open } = await tx.query<{ id: string }>(
    `select id from campaign where finished_at is null order by id for update`,
  );
  const ids = open.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await tx.query(
    `update delivery set next_at = null, closed_at = now(),
       state = (case state when 'claimed' then 'unknown' else 'skipped' end)::delivery_state,
       reason = case state when 'claimed' then 'copied' else 'cancelled' end
     where campaign_id = any ($1::uuid[]) and state in ('planned', 'claimed')`,
    [ids],
  );
  await moveCampaigns(tx, { campaignIds: ids, to: 'cancelled' });
  return ids.length;
}
