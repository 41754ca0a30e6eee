import { randomBytes } from 'node:crypto';
import { messageIdOf } from '../../../connectors/delivery/messageId';
import type { DeliveryState } from '../../../domain/letters/deliveries';
import { userKey } from '../../../domain/keys';
import { newId, type Db } from '../../../store/database/db';
import { ensureDeliveryPartitions } from '../../../store/database/partitions';
import { OWNER_ID } from '../../../store/sources/sources';

/** A campaign with a delivery for each address, all in one state. */
export interface SentCampaign {
  readonly campaignId: string;
  readonly userIds: readonly string[];
  /** The Message-ID of the nth letter, from 1. */
  readonly messageId: (n: number, key: Buffer) => string;
}

/** Sends a letter, as the database knows it afterwards. */
export async function sentCampaign(
  db: Db,
  o: {
    readonly addresses: readonly string[];
    readonly state?: DeliveryState;
    /** Users who have the addresses; new ones unless given. */
    readonly userIds?: readonly string[];
  },
): Promise<SentCampaign> {
  const { addresses, state = 'accepted' } = o;
  const campaignId = newId();
  const userIds = o.userIds ?? addresses.map(() => newId());
  await ensureDeliveryPartitions(db.pool, campaignId);
  if (o.userIds === undefined) {
    await db.pool.query(
      `insert into "user" (id, email, email_key, status)
       select * from unnest($1::uuid[], $2::text[], $3::text[]), (select 'active'::user_status) s`,
      [userIds, addresses, addresses.map(userKey)],
    );
  }
  await db.pool.query(
    `insert into campaign (id, kind, content, content_sha, actor_id, state, recipients, started_at, finished_at)
     values ($1, 'letter', '{}', $2, $3, 'done', $4, now(), now())`,
    [campaignId, randomBytes(8).toString('hex'), OWNER_ID, addresses.length],
  );
  await db.pool.query(
    `insert into delivery (campaign_id, user_id, n, state, address, attempts, claim, claimed_at, closed_at)
     select $1, u.id, u.n, $4::delivery_state, u.address, 1,
       case when $4 = 'claimed' then gen_random_uuid() end, now(),
       case when $4 not in ('planned', 'claimed') then now() end
     from unnest($2::uuid[], $3::text[]) with ordinality u(id, address, n)`,
    [campaignId, userIds, addresses, state],
  );
  return {
    campaignId,
    userIds,
    messageId: (n, key) => messageIdOf({ campaignId, n, domain: 'rollcall.example', key }),
  };
}
