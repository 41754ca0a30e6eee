import type { Logger } from '../config/logger';
import { Fault } from '../domain/faults';
import { transaction, type Db } from '../store/database/db';
import { lockSchedule, storedSchedules, type StoredSchedule } from '../store/sources/schedules';
import type { Schedules } from '../temporal/schedules';
import { isAsWanted } from '../workflows/schedules';

export interface ScheduleDeps {
  readonly db: Db;
  readonly schedules: Pick<Schedules, 'list' | 'repair'>;
  readonly log: Logger;
}

/**
 * Makes each source's schedule in Temporal as the store says, paused or not, and deletes every
 * other one: an operator may have changed one there, or Temporal may have lost its own store. One
 * list is read; more is asked only about schedules that differ. Several workers may do so at once.
 */
export async function keepSourceSchedules(deps: ScheduleDeps): Promise<void> {
  const shown = await deps.schedules.list();
  // Read after the list, so it has everything stored since; each difference is checked again below.
  const wanted = new Map<string, StoredSchedule>();
  for (const one of await storedSchedules(deps.db.pool)) wanted.set(one.sourceId, one);
  for (const sourceId of new Set([...wanted.keys(), ...shown.keys()])) {
    const same = isAsWanted(shown.get(sourceId) ?? null, wanted.get(sourceId) ?? null);
    if (same) continue;
    try {
      await repair(deps, sourceId);
    } catch (error) {
      // One that Temporal refuses keeps no other from its repair.
      if (!(error instanceof Fault) || error.kind === 'unavailable') throw error;
      const { code, message } = error;
      deps.log.warn({ sourceId, code }, `the schedule of a source was not repaired: ${message}`);
    }
  }
}

/**
 * The list is some seconds old, so the schedule itself decides. A change of the source waits for
 * the row lock and reaches Temporal after this repair.
 */
async function repair({ db, schedules, log }: ScheduleDeps, sourceId: string): Promise<void> {
  await transaction(db, async (tx) => {
    const found = await schedules.repair(sourceId, await lockSchedule(tx, sourceId));
    if (found !== null) {
      log.warn(
        { sourceId, found },
        'the schedule of a source was repaired: it is as the store says',
      );
    }
  });
}
