import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { isOverdue } from '../../domain/alerts/overdue';
import { clockChanges, cronTimesBefore, type OddTime } from '../../domain/sources/cron';
import {
  oddTimesOf,
  readTimes,
  scheduledZone,
  type SyncTimes,
} from '../../domain/sources/syncSchedule';
import { zoneName } from '../../domain/zones';
import { syncScheduleOptions } from '../../workflows/schedules';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What Temporal makes of the hours after a change of the clocks differs by zone. */
const NIGHT = 3 * HOUR;

export interface ZoneTrial {
  readonly zone: string;
  readonly cron: string;
  /** Times that the server listed. */
  readonly times: number;
  /** What is not as it was said beforehand; empty: nothing. */
  readonly wrong: readonly string[];
}

/**
 * Stores a schedule as `sources schedule` does, gives it to the server around each change of the clocks
 * in the coming year, and compares the times that it lists with what was said.
 */
export async function tryZone(
  client: Client,
  o: { readonly zone: string; readonly cron: string; readonly now: Date },
): Promise<ZoneTrial> {
  const { zone, cron, now } = o;
  const { times, faults } = readTimes({ cron, timeZone: zone }, null);
  if (faults.length > 0) return { zone, cron, times: 0, wrong: faults };
  const given = scheduledZone(times, now) ?? 'UTC';
  const name = zoneName(zone) ?? zone;
  const changes = clockChanges(name, now).map(({ at }) => at);
  const odd = oddTimesOf(times, now);
  const wrong: string[] = [];
  let listed = 0;
  for (const change of changes.length === 0 ? [now.getTime() + 40 * HOUR] : changes) {
    // The server lists ten times: those of frequent expressions end before a change that is far.
    for (const before of [31 * HOUR, 4 * HOUR, HOUR]) {
      const from = change - before;
      const fires = await listedTimes(client, { times, from });
      listed += fires.length;
      const facts = { cron, zone: given, from, change, fires };
      wrong.push(
        ...unlike(
          facts,
          odd.filter(({ day }) => isNear(day, change)),
        ),
        ...alarms({ ...facts, times, now }),
      );
    }
  }
  return { zone, cron, times: listed, wrong };
}

/** The next times of a schedule, as the server lists them: at most ten. */
async function listedTimes(
  client: Client,
  o: { readonly times: SyncTimes; readonly from: number },
): Promise<number[]> {
  const sourceId = randomUUID();
  const options = syncScheduleOptions({
    source: { sourceId, schedule: o.times, paused: true },
    times: o.times,
    installation: 'zones',
  });
  const handle = await client.schedule.create({
    ...options,
    scheduleId: sourceId,
    spec: { ...options.spec, startAt: new Date(o.from) },
  });
  const { info } = await handle.describe();
  await handle.delete();
  return info.nextActionTimes.map((at) => at.getTime());
}

interface Facts {
  readonly cron: string;
  readonly zone: string;
  readonly from: number;
  readonly change: number;
  readonly fires: readonly number[];
}

function isNear(day: string, change: number): boolean {
  return Math.abs(Date.parse(`${day}T12:00:00Z`) - change) < 36 * HOUR;
}

/** Times that one side has and the other has not; of a night that was announced only those around it. */
function unlike({ cron, zone, from, change, fires }: Facts, odd: readonly OddTime[]): string[] {
  const announced = odd.length > 0;
  const last = fires.at(-1);
  if (last === undefined) return ['the server lists no time'];
  const before = new Date(last + 1);
  const ours = cronTimesBefore(cron, { timeZone: zone, before, most: 40, nights: !announced })
    .map((at) => at.getTime())
    .filter((at) => at >= from);
  const text = (at: number): string => new Date(at).toISOString();
  // An announced time that is far from the change stands for its whole day.
  const far = odd.some(({ time }) => time > '04:00' && time < '20:00');
  const isNight = (at: number): boolean =>
    announced && Math.abs(at - change) <= (far ? 30 * HOUR : NIGHT);
  return [
    ...ours
      .filter((at) => !fires.includes(at) && !(far && isNight(at)))
      .map((at) => `not fired: ${text(at)}`),
    ...fires
      .filter((at) => !ours.includes(at) && !isNight(at))
      .map((at) => `fired unsaid: ${text(at)}`),
  ];
}

/** Alarms where every time was kept, and none where several were missed. */
function alarms(
  o: Facts & { readonly times: Parameters<typeof isOverdue>[0]; readonly now: Date },
): string[] {
  const { fires, times } = o;
  const at = (ms: number): Date => new Date(ms);
  const falsely = fires.slice(1).flatMap((next, n) => {
    const since = at((fires[n] ?? 0) + MINUTE);
    const late = isOverdue(times, { since, now: at(next + 9 * MINUTE) });
    return late ? [`overdue though every time was kept: ${at(next).toISOString()}`] : [];
  });
  const [first = 0] = fires;
  const before = at((fires.at(-1) ?? 0) + 1);
  const sure = cronTimesBefore(o.cron, { timeZone: o.zone, before, most: 40 });
  const settled = sure
    .map((time) => time.getTime())
    .filter((time) => time > first)
    .reverse();
  const [, second] = settled;
  if (second === undefined) return falsely;
  const now = at(second + 11 * MINUTE);
  const told = isOverdue(times, { since: at(first + MINUTE), now });
  return told ? falsely : [...falsely, `not overdue after two times: ${now.toISOString()}`];
}
