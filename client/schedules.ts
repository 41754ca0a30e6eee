import type {
  Client,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import type { ScheduledSource } from '../operations/pauseSource';
import { RUNS_QUEUE, WORKFLOW_TYPES } from '../workflows/ids';
import type { syncSource } from '../workflows/syncSource';

/** A sync that was missed while Temporal was away is caught up within this time. */
const CATCH_UP_MS = 3_600_000;

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

/** The id of a source's schedule, and of the workflows that it starts before their time-stamp. */
export function scheduleIdOf(sourceId: string): string {
  return `sync/${sourceId}`;
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
        const options = optionsOf(source, source.schedule);
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

type Options = Omit<
  ScheduleOptions<ScheduleOptionsStartWorkflowAction<typeof syncSource>>,
  'scheduleId' | 'memo' | 'state'
> & { readonly state: { readonly paused: boolean; readonly note: string } };

function optionsOf(
  { sourceId, paused }: ScheduledSource,
  times: NonNullable<ScheduledSource['schedule']>,
): Options {
  const { everyMinutes, cron, timeZone, jitterSeconds } = times;
  return {
    spec: {
      ...(everyMinutes === undefined ? {} : { intervals: [{ every: everyMinutes * 60_000 }] }),
      ...(cron === undefined ? {} : { cronExpressions: [cron] }),
      ...(timeZone === undefined ? {} : { timezone: timeZone }),
      ...(jitterSeconds === undefined ? {} : { jitter: jitterSeconds * 1_000 }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.sync,
      workflowId: scheduleIdOf(sourceId),
      taskQueue: RUNS_QUEUE,
      args: [{ sourceId }],
      staticSummary: 'Scheduled sync · rollcall sources list',
    },
    // Written out, though one of them is the default: the default of the other is a year.
    policies: { overlap: 'SKIP', catchupWindow: CATCH_UP_MS },
    state: { paused, note: paused ? 'rollcall sources pause' : 'rollcall sources schedule' },
  };
}
