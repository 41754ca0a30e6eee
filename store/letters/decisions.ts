import type { CampaignTrouble } from '../../domain/letters/campaignDocument';
import {
  RESTORED,
  UNRESOLVED_MINUTES,
  type CampaignDecision,
  type CampaignState,
  type Resolution,
} from '../../domain/letters/campaigns';
import { newId, type Tx } from '../database/db';
import { skipRecent } from './campaigns/again';

/** A campaign that is locked until commit, as it is now. */
export interface LockedCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** The admin who sent it. */
  readonly actorId: string;
  readonly trouble: CampaignTrouble | null;
  readonly forgottenAt: Date | null;
  /** False: its time is still to come. */
  readonly isDue: boolean;
}

/**
 * Locks a campaign until commit. Claims take the row for share, so that this waits for those in progress, and
 * none commits afterwards unless the campaign is then running.
 */
export async function lockCampaign(tx: Tx, campaignId: string): Promise<LockedCampaign | null> {
  const { rows } = await tx.query<LockedCampaign>(
    `select id as "campaignId", state, actor_id as "actorId", trouble, forgotten_at as "forgottenAt",
       coalesce(send_at <= now(), true) as "isDue"
     from campaign where id = $1 for update`,
    [campaignId],
  );
  return rows[0] ?? null;
}

/**
 * Records who approved a locked campaign. False: the approver wrote it, and another person is asked for.
 */
export async function approveCampaignRow(
  tx: Tx,
  o: { readonly campaignId: string; readonly actorId: string; readonly twoPeople: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update campaign set approved_by = $2 where id = $1 and (not $3 or actor_id <> $2)`,
    [o.campaignId, o.actorId, o.twoPeople],
  );
  return rowCount === 1;
}

export interface NewCampaignDecision {
  readonly campaignId: string;
  readonly actorId: string;
  readonly kind: CampaignDecision;
  readonly reason?: string | undefined;
  readonly detail?: object;
}

/** Records who decided what and why, in the transaction that carries it out. */
export async function insertCampaignDecision(tx: Tx, o: NewCampaignDecision): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into decision (id, campaign_id, actor_id, kind, reason, detail, taken_at)
     values ($1, $2, $3, $4, $5, $6, now())`,
    [id, o.campaignId, o.actorId, o.kind, o.reason ?? null, JSON.stringify(o.detail ?? {})],
  );
  return id;
}

/**
 * Closes the deliveries of a cancelled campaign that are still to be sent. Returns how many. One that a sender
 * holds ends by itself; where the server puts it off after that, the next housekeeping closes it.
 */
export async function skipPlanned(tx: Tx, campaignId: string): Promise<number> {
  const { rowCount } = await tx.query(
    `update delivery set state = 'skipped', reason = 'cancelled', next_at = null, closed_at = now()
     where campaign_id = $1 and state = 'planned'`,
    [campaignId],
  );
  return rowCount ?? 0;
}

/** How many deliveries a decision changed. */
export interface DecidedDeliveries {
  readonly changed: number;
  /** Those to people who got the same within 24 hours; they are skipped. */
  readonly leftOut: number;
}

const FAILED = `d.campaign_id = $1 and d.state = 'failed'`;

/**
 * Plans the failed deliveries of a campaign again, each with a new day of tries; `again`: also those to people
 * who got the same meanwhile. Their earlier attempts are overwritten as the new ones come.
 */
export async function replanFailed(
  tx: Tx,
  { campaignId, again }: { readonly campaignId: string; readonly again: boolean },
): Promise<DecidedDeliveries> {
  const chosen = { sql: FAILED, values: [campaignId] };
  const leftOut = again ? 0 : await skipRecent(tx, { campaignId, chosen });
  const { rowCount } = await tx.query(
    `update delivery d set state = 'planned', reason = null, closed_at = null, attempts = 0, smtp_code = null,
       enhanced = null
     where ${FAILED}`,
    [campaignId],
  );
  return { changed: rowCount ?? 0, leftOut };
}

/** Which unknown deliveries of a campaign are meant: all of them, one person's, or those of a mail log. */
export interface UnknownChoice {
  readonly campaignId: string;
  readonly userId?: string;
  readonly ns?: readonly number[];
}

/**
 * SQL: the delivery `d` to the user `u` is chosen; one without any address was never sent. What was perhaps sent to an account before it was merged is the survivor's
 * ($2), too. Of a campaign whose database was restored ($4), a mail log also proves what the database does not
 * know of: deliveries that are still planned.
 */
const CHOSEN = `d.campaign_id = $1 and (d.address is not null or u.email is not null)
  and ($2::uuid is null or d.user_id in (select id from "user" where id = $2 or merged_into_id = $2))
  and ($3::int[] is null or d.n = any ($3))
  and (d.state = 'unknown' or $4 and $3::int[] is not null and d.state = 'planned')`;

function chosenValues(o: UnknownChoice, trouble: CampaignTrouble | null): unknown[] {
  return [o.campaignId, o.userId ?? null, o.ns ?? null, trouble?.code === RESTORED];
}

export interface Unknowns {
  readonly count: number;
  /** When the last of them can be resolved; `null`: all of them can be. */
  readonly from: Date | null;
}

/** The unknown deliveries that are chosen. */
export async function countUnknown(
  tx: Tx,
  o: UnknownChoice & { readonly trouble: CampaignTrouble | null },
): Promise<Unknowns> {
  const minutes = String(UNRESOLVED_MINUTES);
  const { rows } = await tx.query<Unknowns>(
    `select count(*)::int as count, max(d.claimed_at + interval '${minutes} minutes')
       filter (where d.state = 'unknown' and d.claimed_at > now() - interval '${minutes} minutes') as "from"
     from delivery d join "user" u on u.id = d.user_id where ${CHOSEN}`,
    chosenValues(o, o.trouble),
  );
  return rows[0] ?? { count: 0, from: null };
}

/**
 * Settles the unknown deliveries that are chosen, by a person's word; `again`: also sends to people who got the
 * same meanwhile. The claim goes, so that a sender that comes back with what it knows changes nothing.
 */
export async function resolveUnknown(
  tx: Tx,
  o: UnknownChoice & {
    readonly as: Resolution;
    readonly again: boolean;
    readonly trouble: CampaignTrouble | null;
  },
): Promise<DecidedDeliveries> {
  const values = chosenValues(o, o.trouble);
  const chosen = { sql: CHOSEN, values };
  const isFree = o.again || o.as === 'accepted';
  const leftOut = isFree ? 0 : await skipRecent(tx, { ...o, chosen });
  const settled =
    o.as === 'accepted'
      ? `state = 'accepted', reason = 'resolved', closed_at = now(), address = coalesce(d.address, u.email)`
      : `state = 'planned', reason = null, closed_at = null`;
  const { rowCount } = await tx.query(
    `update delivery d set ${settled}, claim = null, next_at = null, smtp_code = null, enhanced = null
     from "user" u where u.id = d.user_id and ${CHOSEN}`,
    values,
  );
  return { changed: rowCount ?? 0, leftOut };
}
