import { Fault } from '../faults';
import { dayBegin, sendTime } from './sendTime';

/** When an announcement is in the lists; `null`: from the moment on that it was sent, for ever. */
export interface VisibleTimes {
  readonly from: Date | null;
  readonly until: Date | null;
  /** The zone in which they were given; `null`: none was. */
  readonly timeZone: string | null;
}

const DAY_MS = 24 * 3_600_000;

/**
 * The times of an announcement: local times, or days of which the first one begins and the last one ends with
 * the day. Faults `usage`, as of `sendTime`, and `bad_time` where it ends before it begins, or has ended.
 */
export function visibleTimes(
  given: {
    readonly visibleFrom?: string;
    readonly visibleUntil?: string;
    readonly timeZone?: string;
  },
  o: { readonly timeZone: string; readonly now: Date },
): VisibleTimes {
  const { visibleFrom, visibleUntil } = given;
  if (visibleFrom === undefined && visibleUntil === undefined) {
    return { from: null, until: null, timeZone: null };
  }
  const timeZone = given.timeZone ?? o.timeZone;
  const from = visibleFrom === undefined ? null : instantOf(visibleFrom, { timeZone, addDays: 0 });
  const until =
    visibleUntil === undefined ? null : instantOf(visibleUntil, { timeZone, addDays: 1 });
  if (from !== null && until !== null && until <= from) {
    throw badTime('It would end before it begins: give a later --visible-until.');
  }
  if (until !== null && until <= o.now) throw badTime('It would have ended already.');
  return { from, until, timeZone };
}

/** `addDays`: to a day without a time. */
function instantOf(
  text: string,
  { timeZone, addDays }: { readonly timeZone: string; readonly addDays: number },
): Date {
  const [, day] = /^(\d{4}-\d\d-\d\d)$/.exec(text.trim()) ?? [];
  const local = day === undefined ? text : dayBegin(dayAfter(day, addDays), timeZone);
  const about = Date.parse(`${local.trim().replace(' ', 'T')}Z`);
  // The rule of sending refuses what is over, and what is far ahead; an announcement may begin or end then.
  const now = new Date(Number.isNaN(about) ? 0 : about - 2 * DAY_MS);
  try {
    return sendTime({ local, timeZone, now }).at;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { kind, code, message, details, cause } = fault;
    throw new Fault(kind, { code, message, details, cause, next: { do: 'helpAnnounce' } });
  }
}

/** A day that the calendar does not have stays as it is, and is refused. */
function dayAfter(day: string, days: number): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  const isReal = !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
  return isReal ? new Date(at + days * DAY_MS).toISOString().slice(0, 10) : day;
}

function badTime(message: string): Fault {
  return new Fault('usage', { code: 'bad_time', message, next: { do: 'helpAnnounce' } });
}
