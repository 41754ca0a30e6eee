import type { CampaignTrouble } from '../../../domain/letters/campaignDocument';
import { FINISHED_CAMPAIGNS, type CampaignState } from '../../../domain/letters/campaigns';
import { CLOSED_DELIVERIES, type DeliveryState } from '../../../domain/letters/deliveries';
import type { DeliveryReason } from '../../../domain/letters/deliveryReasons';
import { isDoubtful, type Closing, type Outcome } from '../../../domain/letters/replies';
import type { Reply } from '../../../domain/letters/reply';
import { REFUSED_IN_A_ROW } from '../../../domain/letters/troubles';
import type { Tx } from '../../database/db';
import { sqlList } from '../../database/sqlList';
import { planForSurvivors } from './survivors';

/** A delivery that this sender, and nobody else, may send now. */
export interface Claimed {
  readonly n: number;
  readonly userId: string;
  readonly address: string;
  /** Those before this one. */
  readonly attempts: number;
  /** Proves the claim when it is closed. */
  readonly claim: string;
}

/** What became of a claim. */
export interface ClaimResult {
  readonly claimed: Claimed;
  readonly closing: Closing;
  /** `render`: the letter could not be made for this person. `null`: nothing was tried. */
  readonly outcome: Outcome | 'render' | null;
  readonly reply: Reply | null;
}

/**
 * Closes claims by their tokens and records the attempts. A claim that was lost meanwhile (`unknown`) is
 * corrected by what its sender knows, unless a person resolved it; a bounce that came first stays. In a
 * campaign that has ended nothing is planned again: in a cancelled one it is skipped, in one that is done it
 * stays unknown, for a person to resolve.
 */
export async function closeClaims(
  tx: Tx,
  o: {
    readonly campaignId: string;
    readonly results: readonly ClaimResult[];
    /** The state of the campaign, which is locked. */
    readonly campaign: CampaignState;
    /** Why it is paused. */
    readonly trouble: CampaignTrouble | null;
  },
): Promise<void> {
  if (o.results.length === 0) return;
  const results = o.results.map((result) =>
    isTakenBack(result, o.trouble) ? again(result) : result,
  );
  const rows = results.map(({ claimed, closing, outcome, reply }) => ({
    n: claimed.n,
    user_id: claimed.userId,
    claim: claimed.claim,
    ...endOf(closing, o.campaign),
    wait: closing.nextMinutes,
    attempts: claimed.attempts,
    counted: closing.counted,
    outcome,
    stage: reply?.stage ?? null,
    smtp_code: reply?.code ?? null,
    enhanced: reply?.enhanced ?? null,
  }));
  await tx.query(
    `with results as (
       select * from jsonb_to_recordset($2) as r(n int, user_id uuid, claim uuid, state delivery_state,
         reason text, wait int, attempts smallint, counted boolean, outcome text, stage text,
         smtp_code smallint, enhanced text)
     ),
     closed as (
       update delivery d set state = r.state, reason = r.reason,
         claim = case when r.state = 'unknown' then d.claim end,
         attempts = r.attempts + r.counted::int,
         next_at = case when r.state = 'planned' and r.wait is not null
           then now() + r.wait * interval '1 minute' end,
         closed_at = case when r.state in ${sqlList(CLOSED_DELIVERIES)} then now() end,
         smtp_code = r.smtp_code, enhanced = r.enhanced
       from results r
       -- Without the numbers as an array, the planner reads all deliveries of the campaign, each time.
       where d.campaign_id = $1 and d.n = any ($3::int[]) and d.n = r.n and d.claim = r.claim
         and d.state in ('claimed', 'unknown')
     )
     -- An attempt is recorded also where a bounce came first. One that did not count leaves its number free.
     insert into delivery_attempt as a (campaign_id, user_id, attempt, claim, claimed_at, ended_at, outcome,
       stage, smtp_code, enhanced)
     select $1, r.user_id, r.attempts + 1, r.claim,
       coalesce((select d.claimed_at from delivery d where d.campaign_id = $1 and d.n = r.n), now()), now(),
       r.outcome, r.stage, r.smtp_code, r.enhanced
     from results r where r.counted order by r.user_id
     on conflict (campaign_id, user_id, attempt) do update set claim = excluded.claim,
       claimed_at = excluded.claimed_at, ended_at = excluded.ended_at, outcome = excluded.outcome,
       stage = excluded.stage, smtp_code = excluded.smtp_code, enhanced = excluded.enhanced`,
    [o.campaignId, JSON.stringify(rows), rows.map(({ n }) => n)],
  );
  if (FINISHED_CAMPAIGNS.some((finished) => finished === o.campaign)) return;
  const unsent = rows.filter(({ state }) => state === 'planned' || state === 'failed');
  await planForSurvivors(tx, { campaignId: o.campaignId, ns: unsent.map(({ n }) => n) });
}

/** True for a refusal that turned out to be the server's while it was on its way. */
function isTakenBack({ closing, reply }: ClaimResult, trouble: CampaignTrouble | null): boolean {
  if (trouble?.code !== REFUSED_IN_A_ROW || reply === null || closing.state !== 'failed')
    return false;
  const { stage, code = null, enhanced = null } = reply;
  return (
    isDoubtful(reply) &&
    trouble.stage === stage &&
    trouble.smtpCode === code &&
    trouble.enhanced === enhanced
  );
}

function again(result: ClaimResult): ClaimResult {
  const closing = { state: 'planned', reason: null, nextMinutes: null, counted: false } as const;
  return { ...result, closing };
}

/** What a claim becomes in a campaign of this state. */
function endOf(
  { state, reason }: Closing,
  campaign: CampaignState,
): { readonly state: DeliveryState; readonly reason: DeliveryReason | null } {
  if (state === 'planned' && campaign === 'cancelled') {
    return { state: 'skipped', reason: 'cancelled' };
  }
  // It ended because the claim was lost meanwhile.
  if (state === 'planned' && campaign === 'done')
    return { state: 'unknown', reason: 'sender_lost' };
  return { state, reason };
}

/** Minutes in which other workers may have met the same refusals. */
const REFUSED_TOGETHER_MINUTES = 10;

/**
 * Plans deliveries again whose refusals turned out to be the server's or the content's fault: those that the
 * refusals failed or put off, and those that the same reply failed a moment ago, also at other workers.
 */
export async function replanRefused(
  tx: Tx,
  o: {
    readonly campaignId: string;
    readonly ns: readonly number[];
    readonly trouble: CampaignTrouble;
  },
): Promise<void> {
  const { code, smtpCode = null, enhanced = null } = o.trouble;
  await tx.query(
    `update delivery set state = 'planned', reason = null, next_at = null, closed_at = null,
       attempts = greatest(attempts - 1, 0)
     where campaign_id = $1 and (
       n = any ($2::int[]) and (state = 'planned' and next_at is not null or state = 'failed')
       or $3 and state = 'failed' and reason = 'recipient_refused' and smtp_code = $4::int
         and enhanced is not distinct from $5::text
         and closed_at > now() - interval '${String(REFUSED_TOGETHER_MINUTES)} minutes')`,
    [o.campaignId, o.ns, code === REFUSED_IN_A_ROW, smtpCode, enhanced],
  );
}

/** Seconds after which a claim that nobody closed is lost: longer than a send may last. */
export const LEASE_SECONDS = 120;

/**
 * Closes lost claims: their sender was killed, or stopped. Whether the server took the letter cannot be
 * known, so they are `unknown`, never planned again. Returns how many.
 */
export async function closeLost(tx: Tx, campaignId: string): Promise<number> {
  const { rows } = await tx.query<{ lost: number }>(
    `with lost as (
       select n from delivery where campaign_id = $1 and state = 'claimed'
         and claimed_at < now() - interval '${String(LEASE_SECONDS)} seconds'
       order by n for update skip locked
     ),
     closed as (
       update delivery d set state = 'unknown', reason = 'sender_lost', closed_at = now(),
         attempts = d.attempts + 1
       from lost where d.campaign_id = $1 and d.n = lost.n
       returning d.user_id, d.attempts, d.claim, d.claimed_at
     ),
     recorded as (
       insert into delivery_attempt (campaign_id, user_id, attempt, claim, claimed_at, ended_at, outcome)
       select $1, user_id, attempts, claim, claimed_at, now(), 'lost' from closed order by user_id
       on conflict (campaign_id, user_id, attempt) do update set claim = excluded.claim,
         claimed_at = excluded.claimed_at, ended_at = excluded.ended_at, outcome = excluded.outcome,
         stage = null, smtp_code = null, enhanced = null
     )
     select count(*)::int as lost from closed`,
    [campaignId],
  );
  return rows[0]?.lost ?? 0;
}
