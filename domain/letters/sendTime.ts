import { Fault } from '../faults';
import { clockIn, zoneFault, zoneName } from '../zones';

/** When a campaign begins: an instant, and the zone in which it was given. */
export interface SendTime {
  readonly at: Date;
  readonly timeZone: string;
}

const FORM = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/;
const HOUR_MS = 3_600_000;
/** Deliveries are kept for little more than a year. */
const MAX_AHEAD_MS = 366 * 24 * HOUR_MS;

/**
 * The instant of a local time (`2026-12-24T09:00`) in a zone. A time that the clocks show twice is the first of
 * the two. Faults `usage`: `bad_time`, `bad_time_zone`, `time_does_not_exist` (with the next one that does),
 * `time_is_past`, `time_too_far`.
 */
export function sendTime(o: {
  readonly local: string;
  readonly timeZone: string;
  readonly now: Date;
}): SendTime {
  const timeZone = zoneName(o.timeZone);
  if (timeZone === null) {
    throw new Fault('usage', { code: 'bad_time_zone', message: zoneFault(o.timeZone) ?? '' });
  }
  const wall = wallOf(o.local);
  if (wall === null) {
    throw new Fault('usage', {
      code: 'bad_time',
      message: `"${o.local}" is no local time, such as 2026-12-24T09:00.`,
      next: 'Give day and time without a zone; --time-zone names the zone.',
    });
  }
  const instant = instantOf(wall, timeZone);
  if (instant === null) {
    const next = localText(endOfGap(wall, timeZone), timeZone);
    throw new Fault('usage', {
      code: 'time_does_not_exist',
      message: `${localText(wall, 'UTC')} does not exist in ${timeZone}: the clocks are put forward over it.`,
      next: `The next time there is ${next}: --at ${next}`,
      details: { nextTime: next },
    });
  }
  refuseOutOfRange({ instant, timeZone, now: o.now });
  return { at: new Date(instant), timeZone };
}

/**
 * The first local time of a day (`2026-12-24`) in a zone: midnight, unless the clocks are put forward over it,
 * as in Cairo and Santiago. Midnight where the zone is none, or the calendar has no such day.
 */
export function dayBegin(day: string, zone: string): string {
  const midnight = `${day}T00:00`;
  const [timeZone, wall] = [zoneName(zone), wallOf(midnight)];
  if (timeZone === null || wall === null || instantOf(wall, timeZone) !== null) return midnight;
  return localText(endOfGap(wall, timeZone), timeZone);
}

function refuseOutOfRange(o: {
  readonly instant: number;
  readonly timeZone: string;
  readonly now: Date;
}): void {
  const at = `${clockIn(o.timeZone, new Date(o.instant))} ${o.timeZone}`;
  if (o.instant <= o.now.getTime()) {
    throw new Fault('usage', {
      code: 'time_is_past',
      message: `${at} is over; it is ${clockIn(o.timeZone, o.now)} there.`,
      next: 'Give a later time, or leave --at out to send now.',
    });
  }
  if (o.instant > o.now.getTime() + MAX_AHEAD_MS) {
    throw new Fault('usage', {
      code: 'time_too_far',
      message: `${at} is more than a year ahead.`,
      next: 'Give an earlier time.',
    });
  }
}

/** A local time as if it were UTC's, in milliseconds; `null`: it is none of the calendar. */
function wallOf(local: string): number | null {
  const found = FORM.exec(local.trim());
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = hour < 24 && minute < 60 && second < 60;
  return isReal && new Date(wall).getUTCDate() === day && new Date(wall).getUTCMonth() === month - 1
    ? wall
    : null;
}

/** The first instant at which the clocks of a zone show this; `null`: they never do. */
function instantOf(wall: number, timeZone: string): number | null {
  const offsets = [-24, 0, 24].map((hours) => offsetAt(wall + hours * HOUR_MS, timeZone));
  const instants = offsets.map((offset) => wall - offset);
  const shown = instants.filter((at) => at + offsetAt(at, timeZone) === wall);
  return shown.length === 0 ? null : Math.min(...shown);
}

/** The instant at which the clocks jump over this local time. */
function endOfGap(wall: number, timeZone: string): number {
  let [before, after] = [wall - 24 * HOUR_MS, wall + 24 * HOUR_MS];
  const late = offsetAt(after, timeZone);
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (offsetAt(middle, timeZone) === late) after = middle;
    else before = middle;
  }
  return after;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that the clocks of a zone are ahead of UTC at an instant. */
function offsetAt(at: number, timeZone: string): number {
  const clock =
    CLOCKS.get(timeZone) ??
    new Intl.DateTimeFormat('en', {
      ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  CLOCKS.set(timeZone, clock);
  const parts = clock.formatToParts(new Date(at));
  const part = (wanted: string): number =>
    Number(parts.find(({ type }) => type === wanted)?.value ?? 0);
  const shown = Date.UTC(
    ...([part('year'), part('month') - 1, part('day')] as const),
    ...([part('hour'), part('minute'), part('second')] as const),
  );
  return shown - Math.floor(at / 1000) * 1000;
}

/** `2026-12-24T09:00`, as the clocks of a zone show it at an instant. */
function localText(at: number, timeZone: string): string {
  return clockIn(timeZone, new Date(at)).replace(' ', 'T');
}
