import { newId, transaction, type Db } from '../../store/database/db';
import { ensureDeliveryPartitions } from '../../store/database/partitions';
import {
  createCampaign,
  newCampaignId,
  type NewCampaign,
} from '../../store/letters/campaigns/freeze';
import type { BulkSelection } from '../../store/users/chosen';
import { inTurns, ratio, say, shown, timeOf, type Time } from './time';

/** All active people. */
const PEOPLE: BulkSelection = {
  kind: 'choice',
  choice: { scope: { kind: 'all' } },
  standard: 'active',
};

const CONTENT = {
  ...{ subject: 'Welcome', text: 'Hello', html: null, variables: [], values: {} },
  category: 'administrative',
};

async function freeze(db: Db, actorId: string, kind: NewCampaign['kind']): Promise<Time> {
  const campaignId = await newCampaignId(db);
  return timeOf(db, () =>
    transaction(db, (tx) =>
      createCampaign(tx, {
        ...{ campaignId, kind, mails: kind === 'letter', letterId: null, content: CONTENT },
        ...{ selection: {}, actorId, sink: true, sendAt: null, timeZone: null, perMinute: null },
        ...{ recently: 'again', people: PEOPLE, properties: [] },
        ...{ expect: null, gate: null },
      }),
    ),
  );
}

/** Freezing many recipients, beside the insert of their deliveries alone. */
export async function benchFreezing(
  db: Db,
  o: { people: number; rounds: number; actorId: string },
) {
  const both = await inTurns(o.rounds, {
    ours: async () => {
      const time = await freeze(db, o.actorId, 'letter');
      await forget(db, 'delivery');
      return time;
    },
    floor: async () => {
      const id = newId();
      await ensureDeliveryPartitions(db.pool, id);
      const time = await timeOf(db, () =>
        transaction(db, (tx) =>
          tx.query(
            `insert into delivery (campaign_id, user_id, n, state)
             select $1, u.id, row_number() over (order by u.id), 'planned' from "user" u
             where u.status = 'active' and u.email is not null order by u.id`,
            [id],
          ),
        ),
      );
      await forget(db, 'delivery');
      return time;
    },
  });
  say(`  ${shown(both.ours)}, insert ${shown(both.floor)}: ${ratio(both)} (target: at most 1.5)`);
}

/** An announcement to many people, beside one hand-written insert of its notifications. */
export async function benchNotifying(
  db: Db,
  o: { people: number; rounds: number; actorId: string },
) {
  const both = await inTurns(o.rounds, {
    ours: async () => {
      const time = await freeze(db, o.actorId, 'announcement');
      await forget(db, 'notification');
      return time;
    },
    floor: async () => {
      const time = await timeOf(db, () =>
        transaction(db, (tx) =>
          tx.query(
            `insert into notification (user_id, campaign_id)
             select u.id, $1 from "user" u where u.status = 'active' order by u.id`,
            [newId()],
          ),
        ),
      );
      await forget(db, 'notification');
      return time;
    },
  });
  say(`  ${shown(both.ours)}, insert ${shown(both.floor)}: ${ratio(both)} (target: at most 1.3)`);
}

/** Each round begins with an empty table. */
async function forget(db: Db, table: 'delivery' | 'notification'): Promise<void> {
  await db.pool.query(`truncate ${table}`);
  await db.pool.query('checkpoint');
}
