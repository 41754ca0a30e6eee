import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client } from '@temporalio/client';
import type { Logger } from '../config/logger';
import { transaction, type Db } from '../store/database/db';
import { lockSchedule, storedSchedules, type StoredSchedule } from '../store/sources/schedules';
import {
  isAsWanted,
  scheduleIdOf,
  sourceOfSchedule,
  syncScheduleOptions,
  type ShownSchedule,
} from '../workflows/schedules';
import type { syncSource } from '../workflows/syncSource';

export interface ScheduleDeps {
  readonly db: Db;
  readonly client: Client;
  readonly log: Logger;
}

/** A source's row is held while Temporal is asked and told. */
const ANSWER_MS = 10_000;

/**
 * Sees to it that each source has its schedule in Temporal as the store says, paused or not, and that
 * there is none of any other: somebody may have changed one there, or Temporal may have lost its own
 * store. One list; only of those that differ is more asked. Several workers may do so at once.
 */
export async function keepSourceSchedules(deps: ScheduleDeps): Promise<void> {
  const shown = new Map<string, ShownSchedule>();
  for await (const schedule of deps.client.schedule.list()) {
    const sourceId = sourceOfSchedule(schedule.scheduleId);
    if (sourceId !== undefined) shown.set(sourceId, schedule);
  }
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
async function mend({ db, client, log }: ScheduleDeps, sourceId: string): Promise<void> {
  await transaction(db, async (tx) => {
    const wanted = await lockSchedule(tx, sourceId);
    await client.withDeadline(Date.now() + ANSWER_MS, async () => {
      const shown = await describe(client, sourceId);
      if (isAsWanted(shown, wanted)) return;
      await follow(client, { sourceId, wanted, isThere: shown !== null });
      const found = shown === null ? 'missing' : wanted?.schedule == null ? 'left over' : 'changed';
      log.warn({ sourceId, found }, 'the schedule of a source was mended: it is as the store says');
    });
  });
}

async function describe(client: Client, sourceId: string): Promise<ShownSchedule | null> {
  try {
    return await client.schedule.getHandle(scheduleIdOf(sourceId)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function follow(
  client: Client,
  o: {
    readonly sourceId: string;
    readonly wanted: StoredSchedule | null;
    readonly isThere: boolean;
  },
): Promise<void> {
  const scheduleId = scheduleIdOf(o.sourceId);
  const handle = client.schedule.getHandle(scheduleId);
  const times = o.wanted?.schedule ?? null;
  try {
    if (o.wanted === null || times === null) {
      await handle.delete();
      return;
    }
    const options = syncScheduleOptions(o.wanted, times);
    if (o.isThere) await handle.update<typeof syncSource>(() => options);
    else await client.schedule.create<typeof syncSource>({ scheduleId, ...options });
  } catch (error) {
    // Somebody did so, or took it away, this very moment: the next round sees.
    const passed =
      error instanceof ScheduleNotFoundError || error instanceof ScheduleAlreadyRunning;
    if (!passed) throw error;
  }
}
