import { cronTimesBefore } from '../sources/cron';
import { scheduledZone, type SyncTimes } from '../sources/syncSchedule';
import { DEFAULT_TIME_ZONE, zoneName } from '../zones';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** The time that a sync may take. */
const GRACE_MS = 10 * MINUTE_MS;

/**
 * True when two of a schedule's times have passed without an applied sync since `since`. A single
 * one may be slow, or may have been tried again. `since`: the end of the last applied sync, or the
 * moment when the schedule was set.
 */
export function isOverdue(
  times: SyncTimes,
  { since, now }: { readonly since: Date; readonly now: Date },
): boolean {
  const { everyMinutes, cron, jitterSeconds = 0 } = times;
  const latest = now.getTime() - GRACE_MS - jitterSeconds * 1_000;
  if (everyMinutes !== undefined) {
    return latest - since.getTime() > 2 * everyMinutes * MINUTE_MS;
  }
  if (cron === undefined) return false;
  const zone = zoneName(scheduledZone(times, now) ?? DEFAULT_TIME_ZONE);
  // Temporal never took such a schedule, so the source is behind from the first day on.
  if (zone === null) return latest - since.getTime() > 2 * DAY_MS;
  const [, second] = cronTimesBefore(cron, { timeZone: zone, before: new Date(latest), most: 2 });
  return second !== undefined && second.getTime() > since.getTime();
}
