import type { Tx } from '../../database/db';
import { images } from './rows';

/**
 * Gives back the deliveries and announcements that moved, as they are now. Nothing is planned again: what the
 * merge skipped stays skipped, and what a sender has just claimed stays with the survivor.
 */
export async function giveBackLetters(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(MOVED_OF);
  // Named, so that the partitions of other days are left out of the plan.
  if (rows.length > 0) await tx.query(DELIVERIES, [rows.map(({ id }) => id)]);
  await tx.query([UNREAD, NOTIFICATIONS].join('; '));
}

const MOVED_OF = `
  select distinct i.key ->> 'campaign_id' as id from (${images('delivery', 'moved')}) i`;

const DELIVERIES = `
  update delivery d set user_id = i.absorbed_id from (${images('delivery', 'moved')}) i
  where d.campaign_id = any ($1::uuid[])
    and d.campaign_id = (i.key ->> 'campaign_id')::uuid and d.n = (i.key ->> 'n')::int
    and d.user_id = i.survivor_id and d.state <> 'claimed' and not exists (
      select from delivery o where o.campaign_id = any ($1::uuid[])
        and o.campaign_id = d.campaign_id and o.user_id = i.absorbed_id)`;

/** Unless the survivor has read it since. */
const UNREAD = `
  update notification n set read_at = (i.before ->> 'read_at')::timestamptz
  from (${images('notification', 'changed')}) i
  where n.campaign_id = (i.key ->> 'campaign_id')::uuid and n.user_id = i.survivor_id
    and n.read_at is not distinct from (i.after ->> 'read_at')::timestamptz`;

const NOTIFICATIONS = `
  update notification n set user_id = i.absorbed_id from (${images('notification', 'moved')}) i
  where n.campaign_id = (i.key ->> 'campaign_id')::uuid and n.user_id = i.survivor_id and not exists (
    select from notification o where o.campaign_id = n.campaign_id and o.user_id = i.absorbed_id)`;
