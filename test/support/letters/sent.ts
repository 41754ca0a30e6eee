import { messageIdOf } from '../../../connectors/delivery/messageId';
import type { DeliveryState } from '../../../domain/letters/deliveries';
import type { Db } from '../../../store/database/db';
import { addUsers } from '../users';
import { addCampaign, type SeededCampaign } from './campaigns';

/** A campaign with a delivery for each address, all in one state. */
export interface SentCampaign extends SeededCampaign {
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
  const users = addresses.map((email) => ({ email }));
  const userIds = o.userIds ?? (await addUsers(db.pool, users));
  const seeded = await addCampaign(db, {
    state: 'done',
    deliveries: addresses.map((address, i) => ({ address, state, userId: userIds[i] ?? '' })),
  });
  return {
    ...seeded,
    messageId: (n, key) =>
      messageIdOf({ campaignId: seeded.campaignId, n, domain: 'rollcall.example', key }),
  };
}
