import { transaction, type Db, type Tx } from './db';
import { isoDay, type Day } from './partitions';

/**
 * Dropping a partition locks the table for an instant. A longer wait for that lock would hold up
 * others.
 */
const LOCK_TIMEOUT = '2s';

/** Days (UTC) that were given up, as `2026-01-31`, and how many runs or campaigns they held. */
export interface ForgottenDays {
  readonly days: readonly string[];
  readonly held: number;
}

/**
 * Gives up each of these days that ended before `before` (epoch ms), in a transaction of its own. `forget` returns
 * how many runs or campaigns the day held; `null`: one of them still needs it.
 */
export async function forgetOldDays(
  db: Pick<Db, 'pool'>,
  o: {
    readonly days: readonly Day[];
    readonly before: number;
    readonly forget: (tx: Tx, day: Day) => Promise<number | null>;
  },
): Promise<ForgottenDays> {
  const days: string[] = [];
  let held = 0;
  for (const day of o.days.filter(({ end }) => end <= o.before)) {
    const forgotten = await transaction(db, async (tx) => {
      await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
      return o.forget(tx, day);
    });
    if (forgotten === null) continue;
    days.push(isoDay(day.start));
    held += forgotten;
  }
  return { days, held };
}
