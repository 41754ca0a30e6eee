import { isOff, type SyncTimes } from '../../domain/sources/syncSchedule';
import type { PollingState } from './connections';
import type { Queryable, Tx } from '../database/db';

/** When a polled source is read by itself. */
export interface StoredSchedule {
  readonly sourceId: string;
  /** Null: never. */
  readonly schedule: SyncTimes | null;
  readonly paused: boolean;
}

interface Row {
  readonly sourceId: string;
  readonly schedule: SyncTimes | null;
  readonly polling: PollingState;
}

const SELECT = `select source_id as "sourceId", schedule, polling from connection`;

/** The schedules of all polled sources. */
export async function storedSchedules(db: Queryable): Promise<StoredSchedule[]> {
  const { rows } = await db.query<Row>(SELECT);
  return rows.map(stored);
}

/** The schedule of a source, locked until the transaction ends; null: not polled. */
export async function lockSchedule(tx: Tx, sourceId: string): Promise<StoredSchedule | null> {
  const { rows } = await tx.query<Row>(`${SELECT} where source_id = $1 for update`, [sourceId]);
  return rows[0] === undefined ? null : stored(rows[0]);
}

function stored({ polling, ...row }: Row): StoredSchedule {
  return { ...row, paused: isOff(polling) };
}
