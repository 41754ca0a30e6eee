import type { SyncTimes } from '../domain/sources/syncSchedule';
import { DUE_SCHEDULE, DUE_WORKFLOW, RUNS_QUEUE, WORKFLOW_TYPES } from './ids';
import { wordInFolder } from '../wording/next';

/** A polled source as its schedule in Temporal has to be. */
export interface ScheduledSync {
  readonly sourceId: string;
  /** Null: it has no schedule. */
  readonly schedule: SyncTimes | null;
  /** Nothing starts by itself. */
  readonly paused: boolean;
}

/** A sync that was missed while Temporal was away is caught up within this time. */
const CATCH_UP_MS = 3_600_000;
const PREFIX = 'sync/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a source's schedule, and of the workflows that it starts before their time-stamp. */
export function scheduleIdOf(sourceId: string): string {
  return `${PREFIX}${sourceId}`;
}

/** The source of a schedule; undefined: it is of something else. */
export function sourceOfSchedule(scheduleId: string): string | undefined {
  const id = scheduleId.slice(PREFIX.length);
  return scheduleId.startsWith(PREFIX) && UUID.test(id) ? id : undefined;
}

/** The schedule of a source, as whoever makes or changes it gives it to Temporal. */
export function syncScheduleOptions({ sourceId, paused }: ScheduledSync, times: SyncTimes) {
  const { everyMinutes, cron, timeZone, jitterSeconds } = times;
  return {
    spec: {
      ...(everyMinutes === undefined ? {} : { intervals: [{ every: everyMinutes * 60_000 }] }),
      // Temporal keeps what it made of the expression, and behind `#` a comment as it was given.
      ...(cron === undefined ? {} : { cronExpressions: [`${cron} # ${cron}`] }),
      ...(timeZone === undefined ? {} : { timezone: timeZone }),
      ...(jitterSeconds === undefined ? {} : { jitter: jitterSeconds * 1_000 }),
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOW_TYPES.sync,
      workflowId: scheduleIdOf(sourceId),
      taskQueue: RUNS_QUEUE,
      args: [{ sourceId }] satisfies [{ sourceId: string }],
      staticSummary: `Scheduled sync · ${wordInFolder({ do: 'listSources' })}`,
    },
    // Written out, though one of them is the default: the default of the other is a year.
    policies: { overlap: 'SKIP' as const, catchupWindow: CATCH_UP_MS },
    state: {
      paused,
      note: paused ? 'npx rollcall sources pause' : 'npx rollcall sources schedule',
    },
  };
}

const HOUR_MS = 3_600_000;

/** The hourly look for the people whose day has come, as it is given to Temporal. */
export function dueScheduleOptions() {
  return {
    spec: { intervals: [{ every: HOUR_MS }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: DUE_WORKFLOW,
      workflowId: DUE_SCHEDULE,
      taskQueue: RUNS_QUEUE,
      args: [] satisfies [],
      staticSummary: `Joiners and leavers whose day it is · ${wordInFolder({ do: 'listRuns' })}`,
    },
    // Looking once finds everyone whose day has passed: one missed hour is enough.
    policies: { overlap: 'SKIP' as const, catchupWindow: HOUR_MS },
  };
}

/** A schedule as Temporal lists and describes it, as far as it is compared. */
export interface ShownSchedule {
  readonly spec?: {
    readonly calendars?: readonly { readonly comment?: string }[];
    readonly intervals?: readonly { readonly every: number; readonly offset?: number }[];
    readonly skip?: readonly unknown[];
    readonly jitter?: number;
    readonly timezone?: string;
  };
  readonly state: { readonly paused: boolean };
}

/** Whether a schedule has the source's times and is paused as the source is; null: there is none. */
export function isAsWanted(shown: ShownSchedule | null, wanted: ScheduledSync | null): boolean {
  const times = wanted?.schedule ?? null;
  if (shown === null || wanted === null || times === null) return shown === null && times === null;
  const { spec = {}, state } = shown;
  const { everyMinutes, cron, timeZone = '', jitterSeconds = 0 } = times;
  const is = {
    every: (spec.intervals ?? []).map(({ every, offset }) => [every, offset ?? 0]),
    cron: (spec.calendars ?? []).map(({ comment }) => comment ?? ''),
    skips: spec.skip?.length ?? 0,
    timeZone: spec.timezone ?? '',
    jitterMs: spec.jitter ?? 0,
    paused: state.paused,
  };
  const should: typeof is = {
    every: everyMinutes === undefined ? [] : [[everyMinutes * 60_000, 0]],
    cron: cron === undefined ? [] : [cron],
    skips: 0,
    timeZone,
    jitterMs: jitterSeconds * 1_000,
    paused: wanted.paused,
  };
  return JSON.stringify(is) === JSON.stringify(should);
}
