import { RUN_KINDS } from '../domain/runs/run';
import { scheduledZone, type SyncTimes } from '../domain/sources/syncSchedule';
import { inInstallation, isOfInstallation } from '../domain/installation';
import { DUE_WORKFLOW } from './ids';
import { runsQueue } from './queues';
import { wordInFolder } from '../wording/next';

/** A polled source, with the schedule that it must have in Temporal. */
export interface ScheduledSync {
  readonly sourceId: string;
  /** `null`: the source has no schedule. */
  readonly schedule: SyncTimes | null;
  /** True when no sync starts by itself. */
  readonly paused: boolean;
}

/** A sync that was missed while Temporal was away is caught up within this time. */
const CATCH_UP_MS = 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Schedules of builds before installations had ids, which all databases of a namespace shared. */
export const SHARED_DUE_SCHEDULE = 'due';
export function sharedScheduleIdOf(sourceId: string): string {
  return `sync/${sourceId}`;
}

/**
 * The id of a source's schedule. It is also the start of the ids of its workflows, before the
 * time-stamp.
 */
export function scheduleIdOf(sourceId: string, installation: string): string {
  return inInstallation(sharedScheduleIdOf(sourceId), installation);
}

/** The id of the hourly look for people who are due. */
export function dueScheduleIdOf(installation: string): string {
  return `${SHARED_DUE_SCHEDULE}/${installation}`;
}

/** The source of a schedule; `undefined`: the schedule belongs to something else. */
export function sourceOfSchedule(scheduleId: string, installation: string): string | undefined {
  const [kind, , id = '', ...rest] = scheduleId.split('/');
  const isOurs = kind === 'sync' && isOfInstallation(scheduleId, installation);
  return isOurs && rest.length === 0 && UUID.test(id) ? id : undefined;
}

/** A schedule of a source, as Temporal wants it when it is made or changed. */
export interface ScheduleOf {
  readonly source: ScheduledSync;
  readonly times: SyncTimes;
  readonly installation: string;
}

/** The schedule of a source, as it is given to Temporal when it is made or changed. */
export function syncScheduleOptions({ source, times, installation }: ScheduleOf) {
  const { sourceId, paused } = source;
  const { everyMinutes, cron, jitterSeconds } = times;
  const timeZone = scheduledZone(times, new Date());
  return {
    spec: {
      ...(everyMinutes === undefined ? {} : { intervals: [{ every: everyMinutes * 60_000 }] }),
      // Temporal keeps its own form of the expression, and after `#` a comment, unchanged.
      ...(cron === undefined ? {} : { cronExpressions: [`${cron} # ${cron}`] }),
      ...(timeZone === undefined ? {} : { timezone: timeZone }),
      ...(jitterSeconds === undefined ? {} : { jitter: jitterSeconds * 1_000 }),
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: RUN_KINDS.sync.workflow,
      workflowId: scheduleIdOf(sourceId, installation),
      taskQueue: runsQueue(installation),
      args: [{ sourceId }] satisfies [{ sourceId: string }],
      staticSummary: `Scheduled sync · ${wordInFolder({ do: 'listSources' })}`,
    },
    // `SKIP` is the default, written out for clarity; the default of the window is a year.
    policies: { overlap: 'SKIP' as const, catchupWindow: CATCH_UP_MS },
    state: {
      paused,
      note: paused ? 'npx rollcall sources pause' : 'npx rollcall sources schedule',
    },
  };
}

const HOUR_MS = 3_600_000;

/** The hourly look for people who are due, as it is given to Temporal. */
export function dueScheduleOptions(installation: string) {
  return {
    spec: { intervals: [{ every: HOUR_MS }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: DUE_WORKFLOW,
      workflowId: dueScheduleIdOf(installation),
      taskQueue: runsQueue(installation),
      args: [] satisfies [],
      staticSummary: `Joiners and leavers whose day it is · ${wordInFolder({ do: 'listRuns' })}`,
    },
    // One look finds everyone whose day has passed, so one missed hour does no harm.
    policies: { overlap: 'SKIP' as const, catchupWindow: HOUR_MS },
  };
}

/** A schedule as Temporal lists and describes it, with the parts that are compared. */
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

/**
 * True when a schedule has the source's times and is paused as the source is; `null`: no schedule
 * exists.
 */
export function isAsWanted(shown: ShownSchedule | null, wanted: ScheduledSync | null): boolean {
  const times = wanted?.schedule ?? null;
  if (shown === null || wanted === null || times === null) return shown === null && times === null;
  const { spec = {}, state } = shown;
  const { everyMinutes, cron, jitterSeconds = 0 } = times;
  const timeZone = scheduledZone(times, new Date()) ?? '';
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
