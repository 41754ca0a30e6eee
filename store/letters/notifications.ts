import type { AnnouncementState } from '../../domain/letters/announcement';
import type { CampaignState } from '../../domain/letters/campaigns';
import type { Queryable, Tx } from '../database/db';

/** An announcement of campaign `c` was sent: neither on hold, nor cancelled before it began. */
const SENT = `c.state <> 'held' and (c.state <> 'cancelled' or c.started_at is not null)`;

/** An announcement of campaign `c` is in the lists now. */
const VISIBLE = `${SENT} and c.retracted_at is null and coalesce(c.visible_from <= now(), true)
  and coalesce(c.visible_until > now(), true)`;

/** How an announcement of campaign `c` stands. */
const STATE = `case when c.retracted_at is not null then 'retracted'
  when c.state = 'held' then 'held' when not (${SENT}) then 'cancelled'
  when c.visible_until <= now() then 'expired' when c.visible_from > now() then 'planned' else 'visible' end`;

/**
 * The campaign of a notification `n`, where it is visible. The offset keeps the planner from beginning with the
 * campaigns, of which it expects one to be visible: with 10,000 of them it looked up 10,000 notifications.
 */
const ITS_CAMPAIGN = `cross join lateral (
  select * from campaign c where c.id = n.campaign_id and ${VISIBLE} offset 0) c`;

const CONTENT = `c.content ->> 'title' as title, c.content ->> 'markdown' as markdown,
  c.content ->> 'html' as html, c.content ->> 'link' as link`;

/** An announcement in a user's list. */
export interface NotificationRow {
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
  readonly html: string;
  readonly link: string | null;
  readonly by: string;
  readonly at: Date;
  readonly visibleUntil: Date | null;
  readonly readAt: Date | null;
}

/** Ids hold their time, so that their order is that of sending. */
export interface NotificationPage {
  readonly userId: string;
  readonly unread: boolean;
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly after: string | null;
}

/** A page of a user's list, the newest first: one walk along the primary key. */
export async function selectNotifications(
  db: Queryable,
  { userId, unread, limit, after }: NotificationPage,
): Promise<NotificationRow[]> {
  const { rows } = await db.query<NotificationRow>(
    `select n.campaign_id as id, ${CONTENT}, a.name as by,
       coalesce(c.visible_from, c.created_at) as at, c.visible_until as "visibleUntil",
       n.read_at as "readAt"
     from notification n ${ITS_CAMPAIGN} join admin a on a.id = c.actor_id
     where n.user_id = $1 and ($2::uuid is null or n.campaign_id < $2)
       ${unread ? 'and n.read_at is null' : ''}
     order by n.campaign_id desc limit $3`,
    [userId, after, limit],
  );
  return rows;
}

/** How many announcements a user has not read. */
export async function countUnread(db: Queryable, userId: string): Promise<number> {
  const { rows } = await db.query<{ unread: number }>(
    `select count(*)::int as unread from notification n ${ITS_CAMPAIGN}
     where n.user_id = $1 and n.read_at is null`,
    [userId],
  );
  return rows[0]?.unread ?? 0;
}

/** Which of these are in a user's list now. */
export async function visibleAmong(
  db: Queryable,
  { userId, ids }: { readonly userId: string; readonly ids: readonly string[] },
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select n.campaign_id as id from notification n ${ITS_CAMPAIGN}
     where n.user_id = $1 and n.campaign_id = any ($2::uuid[])`,
    [userId, ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Marks announcements in a user's list as read; `null`: all. Returns those that were not. */
export async function markRead(
  tx: Queryable,
  { userId, ids }: { readonly userId: string; readonly ids: readonly string[] | null },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `with meant as materialized (
       select n.campaign_id from notification n ${ITS_CAMPAIGN}
       where n.user_id = $1 and n.read_at is null
         and ($2::uuid[] is null or n.campaign_id = any ($2))
     )
     update notification n set read_at = now() from meant m
     where n.user_id = $1 and n.campaign_id = m.campaign_id and n.read_at is null
     returning n.campaign_id as id`,
    [userId, ids],
  );
  return rows.map(({ id }) => id).sort();
}

/** An announcement for those who send. */
export interface AnnouncementRow {
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
  readonly html: string;
  readonly link: string | null;
  readonly state: AnnouncementState;
  readonly campaignState: CampaignState;
  readonly mails: boolean;
  readonly recipients: number;
  readonly actorId: string;
  readonly by: string;
  readonly createdAt: Date;
  readonly visibleFrom: Date | null;
  readonly visibleUntil: Date | null;
  readonly timeZone: string | null;
  readonly retractedAt: Date | null;
}

const ANNOUNCEMENT = `c.id, ${CONTENT}, ${STATE} as state, c.state as "campaignState", c.mails,
  c.recipients, c.actor_id as "actorId", a.name as by, c.created_at as "createdAt",
  c.visible_from as "visibleFrom", c.visible_until as "visibleUntil", c.time_zone as "timeZone",
  c.retracted_at as "retractedAt"
  from campaign c join admin a on a.id = c.actor_id`;

/** A page of announcements, the newest first. */
export async function selectAnnouncements(
  db: Queryable,
  o: {
    /** `null`: of all admins. */
    readonly actorId: string | null;
    readonly limit: number;
    readonly after: string | null;
  },
): Promise<AnnouncementRow[]> {
  const { rows } = await db.query<AnnouncementRow>(
    `select ${ANNOUNCEMENT}
     where c.kind = 'announcement' and ($1::uuid is null or c.actor_id = $1)
       and ($2::uuid is null or c.id < $2)
     order by c.id desc limit $3`,
    [o.actorId, o.after, o.limit],
  );
  return rows;
}

/** The announcements whose ids begin so, two at most; locked until commit where that is said. */
export async function findAnnouncements(
  db: Queryable,
  o: { readonly prefix: string; readonly actorId: string | null; readonly lock?: boolean },
): Promise<AnnouncementRow[]> {
  const { rows } = await db.query<AnnouncementRow>(
    `select ${ANNOUNCEMENT}
     where c.kind = 'announcement' and c.id::text like $1 || '%'
       and ($2::uuid is null or c.actor_id = $2)
     order by c.id limit 2 ${o.lock === true ? 'for update of c' : ''}`,
    [o.prefix.replace(/[%_\\]/g, '\\$&'), o.actorId],
  );
  return rows;
}

/** Takes an announcement out of all lists at once: nothing but its campaign is written. */
export async function writeRetracted(tx: Tx, id: string): Promise<void> {
  await tx.query(`update campaign set retracted_at = now() where id = $1`, [id]);
}
