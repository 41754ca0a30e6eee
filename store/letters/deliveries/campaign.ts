import { Fault } from '../../../domain/faults';
import type { CampaignTrouble } from '../../../domain/letters/campaignDocument';
import type { CampaignState } from '../../../domain/letters/campaigns';
import type { LetterContent } from '../../../domain/letters/content';
import type { DeliveryCounts } from '../../../domain/letters/deliveries';
import { may, scopeOf, type PermissionLevel, type UserScope } from '../../../domain/permissions';
import { MAY_ACT } from '../../admins/standing';
import { analyzeDeliveriesOf } from '../../database/partitions';
import { transaction, type Db, type Queryable } from '../../database/db';
import { some } from '../../database/some';
import { alertCampaign } from '../campaignAlerts';
import { campaignNotFound } from '../campaigns/campaigns';
import { moveCampaign, pauseForTrouble } from '../campaigns/move';
import { deliveryCounts } from '../campaigns/counts';
import { closeLost, LEASE_SECONDS } from './close';

/** A campaign as its workflow finds it. */
export interface OpenedCampaign {
  readonly state: CampaignState;
  /** Epoch ms: its time to be sent; `null` unless it is planned. */
  readonly waitUntil: number | null;
}

/** A campaign that is later than this waits for a person: what it says may be out of date. */
const LATE_HOURS = 24;

/**
 * Begins a planned campaign when its time has come, in one transaction. One that is more than a day late is
 * held, unless a person approved it since. @throws Fault not_found
 */
export async function openCampaign(
  db: Pick<Db, 'pool'>,
  campaignId: string,
): Promise<OpenedCampaign> {
  const { isUntouched, ...opened } = await begin(db, campaignId);
  // Without statistics of a day that was made just now, each claim reads all deliveries of the campaign. A
  // campaign that was on hold is begun by its approval, not here.
  if (opened.state === 'running' && isUntouched === true)
    await analyzeDeliveriesOf(db.pool, campaignId);
  return opened;
}

async function begin(
  db: Pick<Db, 'pool'>,
  campaignId: string,
): Promise<OpenedCampaign & Pick<OpenRow, 'isUntouched'>> {
  return transaction(db, async (tx) => {
    const { rows } = await tx.query<OpenRow>(
      `select c.state, c.send_at as "sendAt", coalesce(c.send_at <= now(), true) as "isDue",
         floor(extract(epoch from now() - c.send_at) / 3600)::int as hours,
         extract(epoch from c.send_at - now())::float8 as "secondsLeft",
         exists (select from decision d where d.campaign_id = c.id and d.kind = 'approve'
           and d.created_at > c.send_at + interval '${String(LATE_HOURS)} hours') as approved,
         (select sum(k.planned + k.skipped) from delivery_count k where k.campaign_id = c.id) = c.recipients
           as "isUntouched"
       from campaign c where c.id = $1 for update`,
      [campaignId],
    );
    const [row] = rows;
    if (row === undefined) throw campaignNotFound(campaignId);
    const { state, sendAt, isDue, secondsLeft, hours, approved, isUntouched } = row;
    if (state !== 'planned') return { state, waitUntil: null, isUntouched };
    if (!isDue) return { state, waitUntil: waitFor(sendAt, secondsLeft), isUntouched };
    if (hours !== null && hours >= LATE_HOURS && !approved) {
      const held = [{ gate: 'late', count: hours, limit: LATE_HOURS }] as const;
      await moveCampaign(tx, { campaignId, to: 'held', held });
      await alertCampaign(tx, { campaignId, event: 'campaign_held' });
      return { state: 'held', waitUntil: null, isUntouched };
    }
    await moveCampaign(tx, { campaignId, to: 'running' });
    return { state: 'running', waitUntil: null, isUntouched };
  });
}

/** Between two looks at a time that is over here, and still to come by the clock of the database. */
const [LEAST_WAIT_MS, MOST_WAIT_MS] = [1_000, 10_000];

/**
 * Epoch ms until which to wait for a time that is so many seconds away by the clock of the database. Where that
 * clock is behind, the time may be over here: without a wait it would be looked for again at once, and again.
 */
function waitFor(time: Date | null, secondsLeft: number | null): number | null {
  const now = Date.now();
  if (time === null || time.getTime() > now) return time?.getTime() ?? null;
  return now + Math.min(Math.max((secondsLeft ?? 0) * 1_000, LEAST_WAIT_MS), MOST_WAIT_MS);
}

interface OpenRow {
  readonly state: CampaignState;
  readonly sendAt: Date | null;
  readonly isDue: boolean;
  /** Until `sendAt`; `null`: it has no time. */
  readonly secondsLeft: number | null;
  readonly hours: number | null;
  readonly approved: boolean;
  /** True when every delivery is planned or skipped: nothing was sent yet. `null`: it has no deliveries. */
  readonly isUntouched: boolean | null;
}

/** What a sender needs to know of a campaign. */
export interface SentCampaign {
  readonly state: CampaignState;
  readonly letter: LetterContent;
  readonly perMinute: number | null;
  /** The people that the sender reaches now. */
  readonly scope: UserScope;
}

/**
 * Reads what is sent, and which people the sender reaches. The sender is the author, or, where the author may no
 * longer send letters, the admin who approved the campaign. @throws Fault not_found; forbidden when neither may
 * send letters any more
 */
export async function readForSending(db: Queryable, campaignId: string): Promise<SentCampaign> {
  const { rows } = await db.query<SendingRow>(
    `select c.state, case c.kind when 'announcement' then c.content -> 'letter' else c.content end as letter,
       c.per_minute as "perMinute", w.level, w.organizations
     from campaign c
     left join lateral (
       select a.level, array(select o.organization_id from admin_organization o where o.admin_id = a.id)
         as organizations
       from admin a left join "user" u on u.id = a.user_id
       where a.id in (c.actor_id, c.approved_by) and ${MAY_ACT}
       order by a.id = c.actor_id desc limit 1
     ) w on true
     where c.id = $1`,
    [campaignId],
  );
  const [row] = rows;
  if (row === undefined) throw campaignNotFound(campaignId);
  const { level, organizations, ...campaign } = row;
  if (level === null || !may(level, 'letters.send')) throw noLongerAllowed(campaignId);
  return { ...campaign, scope: scopeOf(level, organizations ?? []) };
}

interface SendingRow extends Omit<SentCampaign, 'scope'> {
  readonly level: PermissionLevel | null;
  readonly organizations: readonly string[] | null;
}

/** The state of a campaign now. @throws Fault not_found */
export async function campaignState(db: Queryable, campaignId: string): Promise<CampaignState> {
  const { rows } = await db.query<{ state: CampaignState }>(
    `select state from campaign where id = $1`,
    [campaignId],
  );
  const [row] = rows;
  if (row === undefined) throw campaignNotFound(campaignId);
  return row.state;
}

/** How a campaign stands, and when there is something to do again. */
export interface Outlook {
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  /** True when a delivery can be claimed now. */
  readonly ready: boolean;
  /** Epoch ms of the next try, or of the end of a lease; `null`: nothing is left to wait for. */
  readonly waitUntil: number | null;
}

/** Closes lost claims, then looks at the kept counts, and at indexes of what is open. */
export async function lookAhead(db: Pick<Db, 'pool'>, campaignId: string): Promise<Outlook> {
  await closeLeases(db, campaignId);
  const { rows } = await db.pool.query<OutlookRow>(
    `with later as (
       select min(next_at) as next from delivery
       where campaign_id = $1 and state = 'planned' and next_at is not null
     ),
     held as (
       select min(claimed_at) as claimed from delivery where campaign_id = $1 and state = 'claimed'
     ),
     next as (
       select least(later.next, held.claimed + interval '${String(LEASE_SECONDS + 1)} seconds') as until
       from later, held
     )
     select c.state,
       coalesce(later.next <= now(), false) or exists (
         select from delivery where campaign_id = $1 and state = 'planned' and next_at is null) as ready,
       next.until, extract(epoch from next.until - now())::float8 as "secondsLeft"
     from campaign c, later, next where c.id = $1`,
    [campaignId],
  );
  const [row] = rows;
  if (row === undefined) throw campaignNotFound(campaignId);
  const { state, ready, until, secondsLeft } = row;
  const counts = await countsOf(db.pool, campaignId);
  return { state, counts, ready, waitUntil: waitFor(until, secondsLeft) };
}

interface OutlookRow {
  readonly state: CampaignState;
  readonly ready: boolean;
  readonly until: Date | null;
  readonly secondsLeft: number | null;
}

async function countsOf(db: Queryable, campaignId: string): Promise<DeliveryCounts> {
  return (await deliveryCounts(db, [campaignId]))(campaignId);
}

/** Ends a campaign of which nothing is planned or claimed. Returns the state that it then has. */
export async function finishCampaign(
  db: Pick<Db, 'pool'>,
  campaignId: string,
): Promise<{ readonly state: CampaignState }> {
  return transaction(db, async (tx) => {
    const { rows } = await tx.query<{ state: CampaignState }>(
      `select state from campaign where id = $1 for update`,
      [campaignId],
    );
    const [row] = rows;
    if (row === undefined) throw campaignNotFound(campaignId);
    if (row.state !== 'running') return row;
    // Senders and merges lock the campaign, so that nothing is planned or claimed in between.
    const isWaiting = await some(
      tx,
      `select from delivery where campaign_id = $1 and state = 'planned' and next_at is null
       union all
       select from delivery where campaign_id = $1 and state = 'planned' and next_at is not null
       union all
       select from delivery where campaign_id = $1 and state = 'claimed'`,
      [campaignId],
    );
    if (isWaiting) return row;
    await moveCampaign(tx, { campaignId, to: 'done' });
    return { state: 'done' };
  });
}

/** Pauses a running campaign for a fault that no retry mends. */
export async function pauseCampaign(
  db: Pick<Db, 'pool'>,
  o: { readonly campaignId: string; readonly trouble: CampaignTrouble },
): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.query(`select from campaign where id = $1 for update`, [o.campaignId]);
    await pauseForTrouble(tx, o);
  });
}

/** Closes the lost claims of a campaign. Returns how many. */
export async function closeLeases(db: Pick<Db, 'pool'>, campaignId: string): Promise<number> {
  return transaction(db, async (tx) => {
    const lost = await closeLost(tx, campaignId);
    if (lost > 0) await alertCampaign(tx, { campaignId, event: 'campaign_unknown' });
    return lost;
  });
}

/** A campaign in which a sender may hold a delivery. */
export interface SendingCampaign {
  readonly campaignId: string;
  /** False: it has ended within the hour. */
  readonly isOpen: boolean;
  /** True: its client may be about to start its workflow. */
  readonly isNew: boolean;
  /** True when a sender holds some of its deliveries, or did until it was lost. */
  readonly hasClaims: boolean;
}

/** Campaigns that have not ended, and those that ended so lately that a sender may still hold a delivery. */
export async function sendingCampaigns(db: Queryable): Promise<readonly SendingCampaign[]> {
  const { rows } = await db.query<SendingCampaign>(
    `select id as "campaignId", finished_at is null as "isOpen",
       created_at > now() - interval '75 seconds' as "isNew",
       -- By the kept counts: a look at the deliveries would be planned for every day there is.
       coalesce((select sum(k.claimed) from delivery_count k where k.campaign_id = c.id) > 0, false)
         as "hasClaims"
     from campaign c
     where mails and (finished_at is null or finished_at > now() - interval '1 hour') order by id`,
  );
  return rows;
}

/**
 * Decisions of the last day on campaigns that are still to be sent: their clients may have been killed before
 * they woke the workflow. Those of the last half minute are left to their clients.
 */
export async function lateDecisions(
  db: Queryable,
): Promise<{ readonly decisionId: string; readonly campaignId: string }[]> {
  const { rows } = await db.query<{ decisionId: string; campaignId: string }>(
    `select d.id as "decisionId", c.id as "campaignId" from campaign c join decision d on d.campaign_id = c.id
     where c.mails and c.finished_at is null
       and d.created_at between now() - interval '1 day' and now() - interval '30 seconds'
     order by d.created_at`,
  );
  return rows;
}

function noLongerAllowed(campaignId: string): Fault {
  return new Fault('forbidden', {
    code: 'forbidden',
    message: `The sender of campaign ${campaignId} may no longer send letters.`,
  });
}
