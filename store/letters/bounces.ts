import type { BounceAction } from '../../domain/letters/bounces';
import { BOUNCING_DELIVERIES, type DeliveryState } from '../../domain/letters/deliveries';
import type { Queryable, Tx } from '../database/db';
import { sqlList } from '../database/sqlList';

/** A recipient of a campaign. */
export interface DeliveryRef {
  readonly campaignId: string;
  readonly n: number;
}

/** A delivery that a bounce is about, as it stands. */
export interface BouncedDelivery extends DeliveryRef {
  readonly userId: string;
  readonly state: DeliveryState;
  readonly address: string | null;
}

/** The messages among these that were imported before, as hexadecimal digits. */
export async function importedAmong(
  db: Queryable,
  shas: readonly Buffer[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ sha: string }>(
    `select encode(message_sha, 'hex') as sha from bounce where message_sha = any ($1)`,
    [shas],
  );
  return new Set(rows.map(({ sha }) => sha));
}

/** Locks the deliveries that these messages are about until commit; those that are gone are left out. */
export async function lockDeliveries(
  tx: Tx,
  refs: readonly DeliveryRef[],
): Promise<BouncedDelivery[]> {
  const { rows } = await tx.query<BouncedDelivery>(
    `select d.campaign_id as "campaignId", d.n, d.user_id as "userId", d.state, d.address
     from (select distinct * from unnest($1::uuid[], $2::int[]) r(campaign_id, n)) r
       join delivery d on d.campaign_id = r.campaign_id and d.n = r.n
     -- Named, so that only the partitions of their days are looked at.
     where d.campaign_id = any ($1::uuid[])
     order by d.campaign_id, d.user_id for update of d`,
    [refs.map(({ campaignId }) => campaignId), refs.map(({ n }) => n)],
  );
  return rows;
}

/** What a bounce makes of its delivery. */
export interface Bounced extends DeliveryRef {
  readonly status: string | null;
  readonly smtpCode: number | null;
}

/** Closes deliveries as bounced, those in other states than {@link BOUNCING_DELIVERIES} stay. Lock them before. */
export async function closeAsBounced(tx: Tx, bounced: readonly Bounced[]): Promise<void> {
  if (bounced.length === 0) return;
  await tx.query(
    `update delivery d set state = 'bounced', reason = 'bounced', claim = null, next_at = null,
       closed_at = coalesce(d.closed_at, now()), smtp_code = b."smtpCode", enhanced = b.status
     from jsonb_to_recordset($1)
       b("campaignId" uuid, n int, status text, "smtpCode" smallint)
     where d.campaign_id = any ($2::uuid[]) and d.campaign_id = b."campaignId" and d.n = b.n
       and d.address is not null and d.state in ${sqlList(BOUNCING_DELIVERIES)}`,
    [JSON.stringify(bounced), bounced.map(({ campaignId }) => campaignId)],
  );
}

/** A message that came back, as it is kept: nothing of its text. */
export interface ImportedMessage {
  readonly sha: Buffer;
  /** `null`: of no delivery here. */
  readonly ref: DeliveryRef | null;
  readonly action: BounceAction;
  readonly status: string | null;
  readonly at: Date;
}

/** Remembers messages; those that another import brought meanwhile stay as they are. */
export async function insertBounces(tx: Tx, messages: readonly ImportedMessage[]): Promise<void> {
  await tx.query(
    `insert into bounce (message_sha, campaign_id, n, action, status, at, matched)
     select decode(m.sha, 'hex'), m.campaign, m.n, m.action, m.status, m.at, m.campaign is not null
     from jsonb_to_recordset($1)
       m(sha text, campaign uuid, n int, action text, status text, at timestamptz)
     on conflict do nothing`,
    [
      JSON.stringify(
        messages.map(({ sha, ref, ...rest }) => ({
          ...{ sha: sha.toString('hex'), campaign: ref?.campaignId ?? null, n: ref?.n ?? null },
          ...rest,
        })),
      ),
    ],
  );
}

/** A letter that failed for good, by the user that it was for. */
export interface HardFailure {
  readonly userId: string;
  readonly address: string;
  readonly enhanced: string | null;
}

/** The letters to these users that failed for good in the last days, as bounce or as a refusal. */
export async function hardFailures(
  db: Queryable,
  o: { readonly userIds: readonly string[]; readonly days: number },
): Promise<HardFailure[]> {
  const { rows } = await db.query<HardFailure>(
    `select d.user_id as "userId", d.address, d.enhanced from delivery d
     where d.user_id = any ($1::uuid[]) and d.address is not null
       and (d.state = 'bounced' or d.state = 'failed' and d.smtp_code >= 500)
       and d.closed_at > now() - make_interval(days => $2)`,
    [o.userIds, o.days],
  );
  return rows;
}
