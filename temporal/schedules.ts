import type { Client } from '@temporalio/client';
import type { ScheduledSource } from '../operations/sources/pauseSource';
import { scheduleIdOf, syncScheduleOptions } from '../workflows/schedules';
import type { syncSource } from '../workflows/syncSource';

/** When a source is read next. */
export interface NextSync {
  /** Null: not by itself. */
  readonly at: Date | null;
  readonly paused: boolean;
}

/** The schedules `sync/<sourceId>` of Temporal. They follow the store, whose row is the truth. */
export interface Schedules {
  /** Makes, changes, pauses or deletes the schedule, so that it is as the store says. Repeatable. */
  follow(source: ScheduledSource): Promise<void>;
  /** Deletes the schedule; one that is not there is deleted. */
  remove(sourceId: string): Promise<void>;
  /** Null: Temporal has no such schedule. */
  next(sourceId: string): Promise<NextSync | null>;
}

/** `reached` turns a server that is away into a fault. */
export function schedulesOf(
  client: Client,
  reached: <T>(call: () => Promise<T>) => Promise<T>,
): Schedules {
  const handleOf = (sourceId: string) => client.schedule.getHandle(scheduleIdOf(sourceId));
  const remove = (sourceId: string): Promise<void> =>
    reached(async () => {
      const { ScheduleNotFoundError } = await import('@temporalio/client');
      try {
        await handleOf(sourceId).delete();
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
    });
  return {
    remove,
    follow: (source) =>
      reached(async () => {
        if (source.schedule === null) return remove(source.sourceId);
        const { ScheduleNotFoundError } = await import('@temporalio/client');
        const options = syncScheduleOptions(source, source.schedule);
        try {
          await handleOf(source.sourceId).update<typeof syncSource>(() => options);
        } catch (error) {
          if (!(error instanceof ScheduleNotFoundError)) throw error;
          await client.schedule.create<typeof syncSource>({
            scheduleId: scheduleIdOf(source.sourceId),
            ...options,
          });
        }
      }),
    next: (sourceId) =>
      reached(async () => {
        const { ScheduleNotFoundError } = await import('@temporalio/client');
        try {
          const { info, state } = await handleOf(sourceId).describe();
          return {
            at: state.paused ? null : (info.nextActionTimes[0] ?? null),
            paused: state.paused,
          };
        } catch (error) {
          if (error instanceof ScheduleNotFoundError) return null;
          throw error;
        }
      }),
  };
}
