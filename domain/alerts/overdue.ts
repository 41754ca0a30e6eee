import { cronTimesBefore } from '../sources/cron';
import type { SyncTimes } from '../sources/syncSchedule';

const MINUTE_MS = 60_000;
/** A sync takes its time. */
const GRACE_MS = 10 * MINUTE_MS;

/**
 * True when two of a schedule's times have passed without a sync that was applied since `since`: one
 * alone may be slow, or was tried again. `since`: the last good one's end, or when the schedule was
 * set.
 */
export function isOverdue(
  times: SyncTimes,
  { since, now }: { readonly since: Date; readonly now: Date },
): boolean {
  const { everyMinutes, cron, timeZone = 'UTC', jitterSeconds = 0 } = times;
  const latest = now.getTime() - GRACE_MS - jitterSeconds * 1_000;
  if (everyMinutes !== undefined) {
    return latest - since.getTime() > 2 * everyMinutes * MINUTE_MS;
  }
  if (cron === undefined) return false;
  const [, second] = cronTimesBefore(cron, { timeZone, before: new Date(latest), most: 2 });
  return second !== undefined && second.getTime() > since.getTime();
}
