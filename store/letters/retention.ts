import { DELIVERY_STATES } from '../../domain/letters/deliveries';
import { transaction, type Db, type Tx } from '../database/db';
import { forgetOldDays } from '../database/oldDays';
import { deliveryDays, dropDeliveryPartitions, uuidAt, type Day } from '../database/partitions';
import { some } from '../database/some';
import { skipPlanned } from './decisions';

export interface DeliveryRetention {
  readonly now: Date;
  /** Days for which the deliveries of a campaign are kept after its end. */
  readonly deliveriesDays: number;
}

export interface ForgottenCampaigns {
  /** Days (UTC) whose campaigns have lost their deliveries, as `2026-01-31`. */
  readonly days: readonly string[];
  readonly campaigns: number;
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Removes what became of each recipient once it is old, day by day, each in its own transaction. A campaign,
 * its decisions, what it counted and the audit stay. A day is kept completely while one of its campaigns has
 * not ended or ended too lately.
 */
export async function retainDeliveries(
  db: Pick<Db, 'pool'>,
  o: DeliveryRetention,
): Promise<ForgottenCampaigns> {
  const before = o.now.getTime() - o.deliveriesDays * DAY_MS;
  const { days, held } = await forgetOldDays(db, {
    days: await deliveryDays(db.pool),
    before,
    forget: (tx, day) => forget(tx, { day, now: o.now, before }),
  });
  return { days, campaigns: held };
}

/** How many campaigns of that day lose their deliveries; `null`: one of them still needs them. */
async function forget(
  tx: Tx,
  o: { readonly day: Day; readonly now: Date; readonly before: number },
): Promise<number | null> {
  const range = [uuidAt(o.day.start), uuidAt(o.day.end)];
  const isNeeded = (): Promise<boolean> =>
    some(
      tx,
      `select from campaign where id >= $1 and id < $2 and (finished_at is null or finished_at > $3)`,
      [...range, new Date(o.before)],
    );
  if (await isNeeded()) return null;
  // Locks the campaigns, so that none is retried or resolved in the meantime, and then looks again. Not before
  // the first look: senders of a campaign that is needed would wait, each half minute.
  await tx.query(`select from campaign where id >= $1 and id < $2 order by id for update`, range);
  if (await isNeeded()) return null;
  const { rowCount } = await tx.query(
    `update campaign set forgotten_at = $3 where id >= $1 and id < $2`,
    [...range, o.now],
  );
  await dropDeliveryPartitions(tx, o.day);
  await foldCounts(tx, range);
  return rowCount ?? 0;
}

/**
 * Adds up the kept counts, of which a campaign has a row for each session of the database that sent for it. Before,
 * sessions may still write theirs; from now on nobody does, and its campaigns are locked.
 */
async function foldCounts(tx: Tx, range: readonly string[]): Promise<void> {
  const sums = DELIVERY_STATES.map((state) => `sum(${state})`).join(', ');
  await tx.query(
    `with gone as (
       delete from delivery_count where campaign_id >= $1 and campaign_id < $2 returning *
     )
     insert into delivery_count (campaign_id, session, ${DELIVERY_STATES.join(', ')})
     select campaign_id, 0, ${sums} from gone group by campaign_id`,
    [...range],
  );
}

/**
 * Closes what a sender put off after its campaign was cancelled: nobody sends it again. Returns how many
 * deliveries.
 */
export async function closeCancelled(db: Pick<Db, 'pool'>): Promise<number> {
  const { rows } = await db.pool.query<{ id: string }>(
    // By the kept counts: a look at the deliveries of each campaign would be planned for every day there is.
    `select c.id from campaign c
     where c.state = 'cancelled' and c.finished_at > now() - interval '2 days'
       and (select sum(k.planned) from delivery_count k where k.campaign_id = c.id) > 0`,
  );
  let closed = 0;
  for (const { id } of rows) closed += await transaction(db, (tx) => skipPlanned(tx, id));
  return closed;
}
