import type { CampaignTrouble } from '../../../domain/letters/campaignDocument';
import type { CampaignState } from '../../../domain/letters/campaigns';
import type { LetterCategory, LetterContext } from '../../../domain/letters/content';
import type { ReasonOf } from '../../../domain/letters/deliveryReasons';
import { holdsBack, type SuppressionReason } from '../../../domain/letters/suppressions';
import { inScope, type UserScope } from '../../../domain/permissions';
import { isEmail } from '../../../domain/users/email';
import { transaction, type Db, type Tx } from '../../database/db';
import type { Keyring } from '../../sources/secrets';
import { alertCampaign } from '../campaignAlerts';
import { pauseForTrouble } from '../campaigns/move';
import { CONTEXT_COLUMNS, contextOf, sendingSql, type ContextRow } from '../contexts';
import { suppressedAmong } from '../suppressions';
import { closeClaims, replanRefused, type Claimed, type ClaimResult } from './close';
import { planForSurvivors } from './survivors';

export interface SettleAndClaim extends Keyring {
  readonly campaignId: string;
  readonly results: readonly ClaimResult[];
  /** How many to claim at most. */
  readonly k: number;
  /** A new token for the claims. */
  readonly token: string;
  /**
   * Tokens of claims that this sender does not know to have been committed, and of which it sent nothing: they
   * are given back.
   */
  readonly doubtful?: readonly string[];
  /** The highest number that this sender has claimed: it goes on behind it. */
  readonly last: number;
  readonly category: LetterCategory;
  /** The people that the sender of the campaign reaches. */
  readonly scope: UserScope;
  /** Pauses the campaign; `replan`: the numbers of deliveries that were refused for the same reason. */
  readonly pause?: { readonly trouble: CampaignTrouble; readonly replan: readonly number[] };
}

export interface SettledAndClaimed {
  readonly state: CampaignState;
  readonly claimed: readonly Claimed[];
  /** What the letter may say about each of the people, by user id. */
  readonly contexts: ReadonlyMap<string, LetterContext>;
  /** Those that are not to be sent, and were closed instead. */
  readonly skipped: number;
  /** The highest number that was looked at; 0: look from the beginning next time. */
  readonly last: number;
  /** True when no delivery was ready. */
  readonly none: boolean;
}

/**
 * Closes what became of earlier claims and takes the next ones, in one transaction. Claims need a campaign
 * that is `running`, which they lock for share: pause and cancel wait for claims in progress, and none
 * commits after them. A delivery that another sender looks at is passed over.
 *
 * Deliveries are locked before their users are read, in a later statement. A merge that moves or closes a
 * delivery waits for the lock, or has it, and then the delivery is passed over: no user needs to be locked.
 */
export async function settleAndClaim(
  db: Pick<Db, 'pool'>,
  o: SettleAndClaim,
): Promise<SettledAndClaimed> {
  return transaction(db, async (tx) => {
    const { state: found, trouble } = await lockCampaign(tx, o);
    // Of a campaign that is done they were lost meanwhile: a person resolves them.
    if (found !== 'done') await giveBack(tx, o.campaignId, o.doubtful ?? []);
    await closeClaims(tx, { ...o, campaign: found, trouble });
    if (o.results.some(({ closing }) => closing.state === 'unknown')) {
      await alertCampaign(tx, { campaignId: o.campaignId, event: 'campaign_unknown' });
    }
    if (o.pause !== undefined && found === 'running') {
      await pause(tx, o.campaignId, o.pause);
      return { ...NOTHING, state: 'paused', last: o.last };
    }
    return found === 'running' && o.k > 0
      ? claim(tx, o)
      : { ...NOTHING, state: found, last: o.last };
  });
}

const NOTHING = {
  state: 'running',
  claimed: [],
  contexts: new Map<string, LetterContext>(),
  skipped: 0,
  none: false,
} as const satisfies Omit<SettledAndClaimed, 'last'>;

async function giveBack(tx: Tx, campaignId: string, tokens: readonly string[]): Promise<void> {
  if (tokens.length === 0) return;
  await tx.query(
    `update delivery set state = 'planned', reason = null, claim = null, closed_at = null
     where campaign_id = $1 and state in ('claimed', 'unknown') and claim = any ($2::uuid[])`,
    [campaignId, tokens],
  );
}

async function lockCampaign(
  tx: Tx,
  o: SettleAndClaim,
): Promise<{ readonly state: CampaignState; readonly trouble: CampaignTrouble | null }> {
  // A lock for share that becomes one for update dies when two senders do so at once.
  const strength = o.pause === undefined ? 'share' : 'update';
  const { rows } = await tx.query<{ state: CampaignState; trouble: CampaignTrouble | null }>(
    `select state, trouble from campaign where id = $1 for ${strength}`,
    [o.campaignId],
  );
  return rows[0] ?? { state: 'cancelled', trouble: null };
}

async function pause(
  tx: Tx,
  campaignId: string,
  { trouble, replan }: NonNullable<SettleAndClaim['pause']>,
): Promise<void> {
  await replanRefused(tx, { campaignId, ns: replan, trouble });
  await pauseForTrouble(tx, { campaignId, trouble });
}

interface Candidate extends ContextRow {
  readonly n: number;
  readonly userId: string;
  readonly attempts: number;
  readonly status: string;
  readonly organizationId: string | null;
  /** False: no address is suppressed at all. */
  readonly suppresses: boolean;
}

async function claim(tx: Tx, o: SettleAndClaim): Promise<SettledAndClaimed> {
  const ns = await lockReady(tx, o);
  if (ns.ready.length + ns.later.length === 0) return { ...NOTHING, last: 0, none: o.last === 0 };
  const { rows } = await tx.query<Candidate>(
    `with ${sendingSql('(select c.actor_id from campaign c where c.id = $1)')}
     select d.n, d.user_id as "userId", d.attempts, u.status, u.organization_id as "organizationId",
       exists (select from suppression) as suppresses, ${CONTEXT_COLUMNS}
     from delivery d join "user" u on u.id = d.user_id
     left join organization o on o.id = u.organization_id
     where d.campaign_id = $1 and d.n = any ($2::int[]) order by d.n`,
    [o.campaignId, [...ns.later, ...ns.ready]],
  );
  const suppressed = await suppressedOf(tx, o, rows);
  const judged = rows.map((row) => ({ ...row, reason: misfit(row, o, suppressed) }));
  await tx.query(
    `update delivery d set
       state = case when r.reason is null then 'claimed' else 'skipped' end::delivery_state,
       reason = r.reason, address = case when r.reason is null then r.email else d.address end,
       claim = case when r.reason is null then $3::uuid end,
       claimed_at = case when r.reason is null then now() else d.claimed_at end,
       closed_at = case when r.reason is not null then now() end, next_at = null,
       smtp_code = null, enhanced = null
     from jsonb_to_recordset($2) as r(n int, reason text, email text)
     where d.campaign_id = $1 and d.n = any ($4::int[]) and d.n = r.n`,
    [
      o.campaignId,
      JSON.stringify(judged.map(({ n, reason, email }) => ({ n, reason, email }))),
      o.token,
      // Without it the planner reads all deliveries of the campaign, each time.
      judged.map(({ n }) => n),
    ],
  );
  const merged = judged.filter(({ reason }) => reason === 'merged').map(({ n }) => n);
  await planForSurvivors(tx, { campaignId: o.campaignId, ns: merged });
  const claimed = judged.flatMap(({ n, userId, attempts, email, reason }) =>
    reason === null && email !== null
      ? [{ n, userId, attempts, address: email, claim: o.token }]
      : [],
  );
  const last = Math.max(o.last, ...ns.ready);
  const contexts = new Map(judged.map((row) => [row.userId, contextOf(row)]));
  return { ...NOTHING, claimed, contexts, skipped: judged.length - claimed.length, last };
}

/**
 * Locks those whose next try is due, then those that were never tried, in the order of their numbers, each up to
 * the number that is wanted: what is over is passed over by the others until this transaction ends.
 */
async function lockReady(
  tx: Tx,
  o: SettleAndClaim,
): Promise<{ readonly later: readonly number[]; readonly ready: readonly number[] }> {
  const { rows } = await tx.query<{ n: number; isLater: boolean }>(
    `with later as (
       select n from delivery
       where campaign_id = $1 and state = 'planned' and next_at is not null and next_at <= now()
       order by next_at limit $3 for update skip locked
     ),
     ready as (
       select n from delivery
       where campaign_id = $1 and state = 'planned' and next_at is null and n > $2
       order by n limit $3 for update skip locked
     )
     select n, true as "isLater" from later union all select n, false from ready`,
    [o.campaignId, o.last, o.k],
  );
  const later = rows.filter(({ isLater }) => isLater).map(({ n }) => n);
  const ready = rows.filter(({ isLater }) => !isLater).map(({ n }) => n);
  return { later, ready: ready.slice(0, o.k - later.length) };
}

async function suppressedOf(
  tx: Tx,
  { keys }: Keyring,
  rows: readonly Candidate[],
): Promise<ReadonlyMap<string, SuppressionReason>> {
  const addresses = rows.flatMap(({ email, suppresses }) =>
    email === null || !suppresses ? [] : [email],
  );
  // Without a key no address was ever suppressed.
  if (keys.length === 0 || addresses.length === 0) return new Map();
  return suppressedAmong(tx, { keys, addresses });
}

/** Why a delivery is not to be sent now; `null`: it is. */
function misfit(
  row: Candidate,
  o: SettleAndClaim,
  suppressed: ReadonlyMap<string, SuppressionReason>,
): ReasonOf<'skipped'> | null {
  const { status, email, organizationId } = row;
  if (status === 'merged') return 'merged';
  if (status !== 'active') return 'inactive';
  if (!inScope(o.scope, organizationId)) return 'out_of_reach';
  if (email === null) return 'no_address';
  if (!isEmail(email)) return 'bad_address';
  const reason = suppressed.get(email);
  return reason !== undefined && holdsBack(reason, o.category) ? reason : null;
}
