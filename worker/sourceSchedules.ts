import type { Logger } from '../config/logger';
import { transaction, type Db } from '../store/database/db';
import { lockSchedule, storedSchedules, type StoredSchedule } from '../store/sources/schedules';
import type { Schedules } from '../temporal/schedules';
import { isAsWanted } from '../workflows/schedules';

export interface ScheduleDeps {
  readonly db: Db;
  readonly schedules: Pick<Schedules, 'list' | 'mend'>;
  readonly log: Logger;
}

/**
 * Sees to it that each source has its schedule in Temporal as the store says, paused or not, and that
 * there is none of any other: somebody may have changed one there, or Temporal may have lost its own
 * store. One list; only of those that differ is more asked. Several workers may do so at once.
 */
export async function keepSourceSchedules(deps: ScheduleDeps): Promise<void> {
  const shown = await deps.schedules.list();
  // After the list: what was stored since is there, what was listed before it is looked at again.
  const wanted = new Map<string, StoredSchedule>();
  for (const one of await storedSchedules(deps.db.pool)) wanted.set(one.sourceId, one);
  for (const sourceId of new Set([...wanted.keys(), ...shown.keys()])) {
    const same = isAsWanted(shown.get(sourceId) ?? null, wanted.get(sourceId) ?? null);
    if (!same) await mend(deps, sourceId);
  }
}

/**
 * The list is some seconds old: the schedule itself decides. Whoever changes the source meanwhile waits
 * for its row, and tells Temporal after this did.
 */
async function mend({ db, schedules, log }: ScheduleDeps, sourceId: string): Promise<void> {
  await transaction(db, async (tx) => {
    const found = await schedules.mend(sourceId, await lockSchedule(tx, sourceId));
    if (found !== null) {
      log.warn({ sourceId, found }, 'the schedule of a source was mended: it is as the store says');
    }
  });
}
