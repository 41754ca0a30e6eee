import { FINISHED_CAMPAIGNS, type CampaignState } from '../../../domain/letters/campaigns';
import { CLOSED_DELIVERIES, type DeliveryState } from '../../../domain/letters/deliveries';
import { newId, type Db } from '../../../store/database/db';
import { ensureDeliveryPartitions } from '../../../store/database/partitions';
import { OWNER_ID } from '../../../store/sources/sources';
import { addUsers } from '../users';

/** A recipient as a test writes it; n is its place in the list, from 1 on. */
export interface DeliverySeed {
  readonly state?: DeliveryState;
  readonly reason?: string;
  readonly userId?: string;
  /** Where it went, or is to go; by default the address that the builder gives to each person. */
  readonly address?: string;
  readonly attempts?: number;
  readonly claimedAt?: Date;
  readonly claim?: string;
  readonly nextAt?: Date;
}

export interface CampaignSeed {
  readonly id?: string;
  readonly state?: CampaignState;
  readonly actorId?: string;
  readonly held?: readonly object[];
  readonly trouble?: object | null;
  readonly sendAt?: Date | null;
  readonly deliveries?: readonly DeliverySeed[];
}

export interface SeededCampaign {
  readonly campaignId: string;
  /** In the order of n. */
  readonly userIds: readonly string[];
}

/** A campaign as a sender would have left it, with a person for each delivery. */
export async function addCampaign(
  db: Pick<Db, 'pool'>,
  seed: CampaignSeed = {},
): Promise<SeededCampaign> {
  const campaignId = seed.id ?? newId();
  const { state = 'running', deliveries = [] } = seed;
  const isFinished = FINISHED_CAMPAIGNS.some((finished) => finished === state);
  await db.pool.query(
    `insert into campaign (id, kind, content, content_sha, actor_id, state, held, trouble, send_at,
       recipients, started_at, finished_at)
     values ($1, 'letter', '{"subject": "Hello", "text": "Hello"}', 'sha', $2, $3, $4, $5, $6, $7,
       case when $8 then now() end, case when $9 then now() end)`,
    [
      campaignId,
      seed.actorId ?? OWNER_ID,
      state,
      JSON.stringify(seed.held ?? []),
      seed.trouble ?? null,
      seed.sendAt ?? null,
      deliveries.length,
      state !== 'planned' && state !== 'held',
      isFinished,
    ],
  );
  await ensureDeliveryPartitions(db.pool, campaignId);
  const userIds = await recipientsOf(db, deliveries);
  await db.pool.query(
    `insert into delivery (campaign_id, user_id, n, state, reason, address, attempts, claim, claimed_at,
       next_at, closed_at)
     select $1, d.user_id, d.n, d.state::delivery_state, d.reason, d.address, d.attempts, d.claim,
       d.claimed_at, d.next_at, d.closed_at
     from jsonb_to_recordset($2) as d(user_id uuid, n int, state text, reason text, address text,
       attempts smallint, claim uuid, claimed_at timestamptz, next_at timestamptz, closed_at timestamptz)`,
    [campaignId, JSON.stringify(deliveries.map((one, i) => rowOf(one, userIds[i] ?? '', i + 1)))],
  );
  return { campaignId, userIds };
}

async function recipientsOf(
  db: Pick<Db, 'pool'>,
  deliveries: readonly DeliverySeed[],
): Promise<string[]> {
  const ids = deliveries.map(({ userId }) => userId ?? newId());
  const missing = deliveries.flatMap(({ userId }, i) => (userId === undefined ? [ids[i]] : []));
  await addUsers(
    db.pool,
    missing.map((id = newId()) => ({ id, email: `${id}@example.org` })),
  );
  return ids;
}

function rowOf(seed: DeliverySeed, userId: string, n: number): object {
  const { state = 'planned' } = seed;
  const isClosed = CLOSED_DELIVERIES.some((closed) => closed === state);
  const tried = state !== 'planned' && state !== 'skipped';
  const claimed = seed.claimedAt ?? (tried ? new Date(Date.now() - 3_600_000) : null);
  return {
    ...{ user_id: userId, n, state, reason: seed.reason ?? null },
    address: seed.address ?? (tried ? `${userId}@example.org` : null),
    attempts: seed.attempts ?? (tried ? 1 : 0),
    claim: seed.claim ?? (state === 'claimed' ? newId() : null),
    claimed_at: claimed?.toISOString() ?? null,
    next_at: seed.nextAt?.toISOString() ?? null,
    closed_at: isClosed ? new Date().toISOString() : null,
  };
}

/** The states of a campaign's deliveries, in the order of n. */
export async function statesOf(db: Pick<Db, 'pool'>, campaignId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ state: string }>(
    `select state from delivery where campaign_id = $1 order by n`,
    [campaignId],
  );
  return rows.map(({ state }) => state);
}
