import type { AlertData, AlertEvent } from '../../domain/alerts/alerts';
import { newId, type Db } from '../../store/database/db';
import { insertAlertTarget } from '../../store/alerts/alertTargets';

/** A target that receives these events by mail. */
export async function addTarget(
  db: Db,
  events: readonly AlertEvent[],
  address = `${newId()}@example.org`,
): Promise<string> {
  const id = newId();
  await insertAlertTarget(db.pool, { id, kind: 'email', address, events, secrets: null });
  return id;
}

export interface RaisedRow {
  readonly event: AlertEvent;
  readonly data: AlertData;
}

/** The alerts that a target received or will receive, in order. */
export async function raisedFor(db: Db, targetId: string): Promise<RaisedRow[]> {
  const { rows } = await db.pool.query<RaisedRow>(
    `select event, data from alert where target_id = $1 order by id`,
    [targetId],
  );
  return rows;
}

/** No target receives anything. */
export async function forgetTargets(db: Db): Promise<void> {
  await db.pool.query('delete from alert_target');
}
