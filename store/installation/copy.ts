import { OPEN_STATES } from '../../domain/runs/run';
import type { Db, Queryable } from '../database/db';
import { takeFence } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { finish } from '../lifecycle/finish';

/**
 * Cancels the runs that have not ended: in a copy they belong to the original, which goes on with
 * them. Their workflows are not asked. Returns how many; safe to repeat.
 */
export async function cancelOpenRuns(
  db: Pick<Db, 'pool'>,
  o: { readonly undoDays: number },
): Promise<number> {
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from run where state in ${sqlList(OPEN_STATES)} order by id`,
  );
  for (const { id: runId } of rows) {
    const fence = await takeFence(db, runId);
    await finish(db, { runId, fence, state: 'cancelled', undoDays: o.undoDays });
  }
  return rows.length;
}

/** Pauses every system that starts syncs by itself; returns their sources. */
export async function pauseSystems(tx: Queryable): Promise<string[]> {
  const { rows } = await tx.query<{ sourceId: string }>(
    `update connection set polling = 'paused' where polling in ('ready', 'quarantined')
     returning source_id as "sourceId"`,
  );
  return rows.map(({ sourceId }) => sourceId);
}

/** Gives up the alerts that are not sent yet: the original sends them. Returns how many. */
export async function dropAlerts(tx: Queryable): Promise<number> {
  const { rowCount } = await tx.query(
    `update alert set next_attempt_at = null where next_attempt_at is not null`,
  );
  return rowCount ?? 0;
}

/** Receivers of alerts: a copy alerts them, too, about what it does from now on. */
export async function countAlertTargets(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from alert_target where enabled`,
  );
  return rows[0]?.n ?? 0;
}
