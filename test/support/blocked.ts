import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../store/database/db';

const MAX_MS = 30_000;

/** Waits until so many sessions of the test's database wait for a lock. */
export async function untilBlocked({ pool }: Pick<Db, 'pool'>, sessions = 1): Promise<void> {
  const until = Date.now() + MAX_MS;
  for (;;) {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((rowCount ?? 0) >= sessions) return;
    if (Date.now() > until) throw new Error('no session waits for a lock');
    await sleep(10);
  }
}
