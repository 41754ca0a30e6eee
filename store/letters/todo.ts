import type { CampaignState } from '../../domain/letters/campaigns';
import type { HeldCampaignGate } from '../../domain/letters/campaignDocument';
import type { Db } from '../database/db';
import type { OwnCampaigns } from './campaigns/campaigns';

/** A campaign that waits for a person. */
export interface WaitingCampaign {
  readonly campaignId: string;
  /** The name of the letter, else the subject or the title. */
  readonly what: string;
  readonly state: CampaignState;
  readonly held: readonly HeldCampaignGate[];
  /** The code of the trouble; `null`: none, or a person paused it. */
  readonly code: string | null;
  readonly recipients: number;
  /** Deliveries that a person has to resolve. */
  readonly unknown: number;
  /** Name of the admin who sent it. */
  readonly startedBy: string;
  /** When it was made, or when a person last decided about it. */
  readonly since: Date;
  readonly total: number;
}

/**
 * Campaigns on hold, paused ones, and those with deliveries that are unknown, in this order, the newest first.
 * Reads the open campaigns and the kept counts of deliveries. `total`: how many there are in all.
 */
export async function waitingCampaigns(
  db: Pick<Db, 'pool'>,
  o: { readonly limit: number; readonly reach: OwnCampaigns | null },
): Promise<WaitingCampaign[]> {
  const { rows } = await db.pool.query<WaitingCampaign>(
    `with unsure as (
       select c.id as campaign_id, sum(k.unknown)::int as n
       from campaign c join delivery_count k on k.campaign_id = c.id
       where c.forgotten_at is null group by 1 having sum(k.unknown) > 0
     ), waiting as (
       select id from campaign where finished_at is null and state in ('held', 'paused')
       union select campaign_id from unsure
     )
     select c.id as "campaignId", c.state, c.held, c.trouble ->> 'code' as code, c.recipients,
       coalesce(l.name, c.content ->> 'subject', c.content ->> 'title', '') as what,
       coalesce(u.n, 0) as unknown, a.name as "startedBy",
       greatest(c.created_at, c.finished_at,
         (select max(d.created_at) from decision d where d.campaign_id = c.id)) as since,
       (count(*) over ())::int as total
     from waiting w
     join campaign c on c.id = w.id
     join admin a on a.id = c.actor_id
     left join letter l on l.id = c.letter_id
     left join unsure u on u.campaign_id = c.id
     where $2::uuid is null or c.actor_id = $2
     order by c.state = 'held' desc, c.state = 'paused' desc, c.id desc limit $1`,
    [o.limit, o.reach?.actorId ?? null],
  );
  return rows;
}
