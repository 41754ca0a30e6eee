import type { OddTime } from '../domain/sources/cron';
import { oddTimesOf, type SyncTimes } from '../domain/sources/syncSchedule';
import { zoneFault } from '../domain/zones';

/**
 * What a person should know of a schedule before it happens, a line each: a time zone that Temporal does
 * not know, and the nights on which a change of the clocks moves one of its times.
 */
export function scheduleNotes(times: SyncTimes, now: Date): readonly string[] {
  const fault = times.timeZone === undefined ? null : zoneFault(times.timeZone);
  if (fault !== null) return [`No sync starts by itself: ${fault}`];
  const nights = new Map<string, OddTime[]>();
  for (const odd of oddTimesOf(times, now)) {
    const key = `${odd.day} ${odd.what}`;
    nights.set(key, [...(nights.get(key) ?? []), odd]);
  }
  return [...nights.values()].map(nightText);
}

/** Times of a night that are named. */
const MAX_NAMED = 3;

function nightText(odd: readonly OddTime[]): string {
  const [{ day, what } = { day: '', what: 'missing' }] = odd;
  const named = odd.slice(0, MAX_NAMED).map(({ time }) => time);
  const more = odd.length - named.length;
  const times = more === 0 ? named.join(', ') : `${named.join(', ')} and ${String(more)} more`;
  return what === 'missing'
    ? `On ${day} the clocks are put forward, and no sync starts at ${times}.`
    : `On ${day} the clocks are changed: at ${times} a sync starts once, twice or an hour late.`;
}
