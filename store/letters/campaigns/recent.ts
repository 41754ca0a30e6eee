import { createHash } from 'node:crypto';
import { COUNTS_AS_SENT, WAITING_DELIVERIES } from '../../../domain/letters/deliveries';
import { RECENT_HOURS } from '../../../domain/letters/leftOut';
import type { CampaignKind } from '../../../domain/letters/campaigns';
import type { Queryable } from '../../database/db';
import { sqlList } from '../../database/sqlList';

/** What makes two campaigns the same: the letter, whatever its version; without one, the content. */
export interface Sameness {
  readonly kind: CampaignKind;
  readonly letterId: string | null;
  readonly contentSha: string;
}

/** SHA-256 of what is sent, whatever the order of its keys. */
export function contentSha(content: object): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

/**
 * Waits until no other transaction makes a campaign of the same letter, and keeps others waiting until this one
 * ends: the second of two commands at once sees the recipients of the first.
 */
export async function lockSame(tx: Queryable, same: Sameness): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `rollcall.campaign ${same.kind} ${same.letterId ?? same.contentSha}`,
  ]);
}

/** The campaigns of the same letter that may have reached people lately, or will reach some. */
export async function sameCampaigns(db: Queryable, same: Sameness): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from campaign
     where kind = $1::campaign_kind
       and (letter_id = $2 or $2::uuid is null and letter_id is null and content_sha = $3)
       and (finished_at is null or finished_at > now() - make_interval(hours => $4))
       and retracted_at is null and (state <> 'cancelled' or started_at is not null)
     order by id`,
    [same.kind, same.letterId, same.contentSha, RECENT_HOURS],
  );
  return rows.map(({ id }) => id);
}

/**
 * The people that campaigns reached lately, or will reach, as (user_id, campaign_id): a survivor for the
 * accounts that it absorbed, too. `campaigns`: a parameter with their ids.
 */
export function recentlyReached(campaigns: string): string {
  return `select distinct coalesce(a.merged_into_id, a.id) as user_id, d.campaign_id
    from delivery d
    join campaign c on c.id = d.campaign_id
    join "user" a on a.id = d.user_id
    where d.campaign_id = any (${campaigns}::uuid[]) and d.state in ${sqlList(COUNTS_AS_SENT)}
      and case when d.state in ${sqlList(WAITING_DELIVERIES)} then c.finished_at is null
        else d.closed_at > now() - make_interval(hours => ${String(RECENT_HOURS)}) end`;
}

/** As {@link recentlyReached}, for announcements, mailed or not, among the users of a table `chosen`. */
export function recentlyNotified(campaigns: string): string {
  return `select n.user_id, n.campaign_id from chosen p
    join notification n on n.user_id = p.id and n.campaign_id = any (${campaigns}::uuid[])`;
}
