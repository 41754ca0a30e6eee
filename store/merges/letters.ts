import { REACHED, WAITING_DELIVERIES } from '../../domain/letters/deliveries';
import type { Tx } from '../database/db';
import { some } from '../database/some';
import { sqlArray, sqlList } from '../database/sqlList';

/*
 * One person gets a letter once: what is to be sent to both is sent to the survivor. What was sent, or perhaps
 * was, stays with the account that it was sent to; readers follow the merge.
 */

/**
 * Locks the campaigns that are still to be sent to users of `merge_batch`: campaigns come before users in the
 * order of locks.
 */
export async function lockCampaigns(tx: Tx): Promise<void> {
  const open = await openCampaigns(tx);
  if (open !== null) await tx.query(LOCK_CAMPAIGNS(open));
}

/**
 * SQL: the ids of the campaigns that still send; null: none. A statement that names them is planned for the
 * partitions of their days alone: of 400 days, one campaign of which was open, the plan of a statement took 50 ms
 * and 3,200 locks without them, and 1 ms with them.
 */
async function openCampaigns(tx: Tx): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from campaign where finished_at is null order by id',
  );
  return rows.length === 0 ? null : `${sqlArray(rows.map(({ id }) => id))}::uuid[]`;
}

const LOCK_CAMPAIGNS = (open: string): string => `
  select from campaign c
  where c.finished_at is null and c.id = any (${open}) and exists (
    select from delivery d where d.campaign_id = c.id and d.campaign_id = any (${open}) and d.user_id in (
      select survivor from merge_batch union all select absorbed from merge_batch))
  order by c.id for share`;

/** Moves what is to be sent, and the announcements, of the pairs in `merging`, whose users are merged already. */
export async function mergeLetters(tx: Tx): Promise<void> {
  const open = await openCampaigns(tx);
  if (open !== null) {
    await tx.query([LOCK(open), DELIVERIES(open)].join('; '));
    const writes = [MOVE, SKIP_ABSORBED, SKIP_SURVIVOR, TAKE_UP];
    await tx.query(writes.map((write) => write(open)).join('; '));
    await tx.query(DELIVERY_IMAGES);
    await tx.query('drop table merging_delivery');
  }
  if (await some(tx, NOTIFIED)) {
    await tx.query(NOTIFICATIONS);
    await tx.query([READ, MOVE_NOTIFICATIONS].join('; '));
    await tx.query(NOTIFICATION_IMAGES);
    await tx.query('drop table merging_notification');
  }
}

/** SQL: each account of the people in `merging`: the survivor, and those merged into it, now or earlier. */
const ACCOUNTS = `
  select m.merge_id, m.survivor, m.absorbed, a.id from merging m
  cross join lateral (
    select m.survivor as id union all select u.id from "user" u where u.merged_into_id = m.survivor
  ) a`;

const LOCK = (open: string): string => `
  select from campaign c
  cross join (${ACCOUNTS}) a
  join delivery d on d.campaign_id = c.id and d.user_id = a.id
  where c.finished_at is null and d.campaign_id = any (${open}) and d.state in ${sqlList(WAITING_DELIVERIES)}
  order by d.campaign_id, d.n for update of d`;

/**
 * What becomes of the two deliveries of a campaign. A claimed one moves, too: should it not be sent, it is
 * planned again, and then it is the survivor's. Where the survivor has one, it stays: should it not be sent, the
 * survivor's is planned (`planForSurvivors`). A survivor who was left out for want of an address takes the place
 * of the absorbed account.
 */
const DELIVERIES = (open: string): string => `
  create temp table merging_delivery on commit drop as
  with delivered as (
    select a.merge_id, a.survivor, a.absorbed, d.campaign_id,
      max(d.n) filter (where d.user_id = a.absorbed) as absorbed_n,
      max(d.state) filter (where d.user_id = a.absorbed) as absorbed_state,
      max(d.n) filter (where d.user_id = a.survivor) as survivor_n,
      max(d.state) filter (where d.user_id = a.survivor) as survivor_state,
      max(d.reason) filter (where d.user_id = a.survivor) as survivor_reason,
      max(d.closed_at) filter (where d.user_id = a.survivor) as survivor_closed_at,
      bool_or(d.state in ${sqlList(REACHED)}) as is_sent
    from campaign c
    cross join (${ACCOUNTS}) a
    join delivery d on d.campaign_id = c.id and d.user_id = a.id
    where c.finished_at is null and d.campaign_id = any (${open})
    group by a.merge_id, a.survivor, a.absorbed, d.campaign_id
    having bool_or(d.state in ${sqlList(WAITING_DELIVERIES)})
  )
  select b.*,
    case when absorbed_state = 'claimed' and survivor_n is null then 'moves'
      when absorbed_state is distinct from 'planned' then null
      when survivor_n is null and not is_sent then 'moves'
      when survivor_state = 'skipped' and survivor_reason = 'no_address' and not is_sent then 'gives_place'
      else 'skipped' end as absorbed_becomes,
    survivor_state = 'planned' and is_sent as skips_survivor
  from delivered b`;

/** SQL: the delivery `d` is the absorbed account's, or the survivor's, of a row `m` of `merging_delivery`. */
const isOf = (whose: 'absorbed' | 'survivor', open: string): string =>
  `d.campaign_id = m.campaign_id and d.campaign_id = any (${open}) and d.n = m.${whose}_n`;

const MOVE = (open: string): string => `
  update delivery d set user_id = m.survivor from merging_delivery m
  where m.absorbed_becomes = 'moves' and ${isOf('absorbed', open)}`;

const SKIPPED = `state = 'skipped', reason = 'merged', next_at = null, closed_at = now()`;

const SKIP_ABSORBED = (open: string): string => `
  update delivery d set ${SKIPPED} from merging_delivery m
  where m.absorbed_becomes in ('skipped', 'gives_place') and ${isOf('absorbed', open)}`;

const SKIP_SURVIVOR = (open: string): string => `
  update delivery d set ${SKIPPED} from merging_delivery m
  where m.skips_survivor and ${isOf('survivor', open)}`;

const TAKE_UP = (open: string): string => `
  update delivery d set state = 'planned', reason = null, closed_at = null from merging_delivery m
  where m.absorbed_becomes = 'gives_place' and ${isOf('survivor', open)}`;

const PLANNED = `jsonb_build_object('state', 'planned', 'reason', null, 'closed_at', null)`;
const NOT_SENT = `jsonb_build_object('state', 'skipped', 'reason', 'merged')`;

/** Behind the images that the merge has already. */
const images = (rows: string): string => `
  insert into merge_change (merge_id, n, what, key, change, before, after)
  select i.merge_id, row_number() over (partition by i.merge_id order by i.key, i.change)
      + (select coalesce(max(c.n), 0) from merge_change c where c.merge_id = i.merge_id),
    i.what, i.key, i.change::merge_change_kind, i.before, i.after
  from (${rows}) i`;

const KEY = (n: string): string => `jsonb_build_object('campaign_id', campaign_id, 'n', ${n})`;

const DELIVERY_IMAGES = images(`
  select merge_id, 'delivery' as what, ${KEY('absorbed_n')} as key, 'moved' as change,
    jsonb_build_object('user_id', absorbed) as before, jsonb_build_object('user_id', survivor) as after
  from merging_delivery where absorbed_becomes = 'moves'
  union all
  select merge_id, 'delivery', ${KEY('absorbed_n')}, 'changed', ${PLANNED}, ${NOT_SENT}
  from merging_delivery where absorbed_becomes in ('skipped', 'gives_place')
  union all
  select merge_id, 'delivery', ${KEY('survivor_n')}, 'changed', ${PLANNED}, ${NOT_SENT}
  from merging_delivery where skips_survivor
  union all
  select merge_id, 'delivery', ${KEY('survivor_n')}, 'changed',
    jsonb_build_object('state', 'skipped', 'reason', survivor_reason, 'closed_at', survivor_closed_at), ${PLANNED}
  from merging_delivery where absorbed_becomes = 'gives_place'`);

const NOTIFIED = 'select from merging m join notification n on n.user_id = m.absorbed';

/** The announcements of the absorbed account: `read`: when the survivor has read it, where the survivor has it. */
const NOTIFICATIONS = `
  create temp table merging_notification on commit drop as
  select m.merge_id, m.survivor, m.absorbed, a.campaign_id, s.user_id is null as moves,
    s.read_at as before, coalesce(s.read_at, a.read_at) as after
  from merging m
  join notification a on a.user_id = m.absorbed
  left join notification s on s.user_id = m.survivor and s.campaign_id = a.campaign_id`;

/** An announcement that both have is read if one of the accounts has read it. */
const READ = `
  update notification n set read_at = m.after from merging_notification m
  where not m.moves and m.after is distinct from m.before
    and n.user_id = m.survivor and n.campaign_id = m.campaign_id`;

const MOVE_NOTIFICATIONS = `
  update notification n set user_id = m.survivor from merging_notification m
  where m.moves and n.user_id = m.absorbed and n.campaign_id = m.campaign_id`;

const NOTIFICATION_IMAGES = images(`
  select merge_id, 'notification' as what,
    jsonb_build_object('user_id', survivor, 'campaign_id', campaign_id) as key,
    case when moves then 'moved' else 'changed' end as change,
    case when moves then jsonb_build_object('user_id', absorbed)
      else jsonb_build_object('read_at', before) end as before,
    case when moves then jsonb_build_object('user_id', survivor)
      else jsonb_build_object('read_at', after) end as after
  from merging_notification where moves or after is distinct from before`);
