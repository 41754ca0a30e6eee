interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 0, most: 7, words: DAYS },
];

/** What is wrong with a cron expression of five fields; `null`: it is valid. */
export function cronFault(text: string): string | null {
  const given = text.trim().split(/\s+/);
  if (given.length !== FIELDS.length) {
    return 'takes five fields: minute, hour, day of the month, month, day of the week';
  }
  const bad = FIELDS.find((field, i) => !isField(given[i] ?? '', field));
  return bad === undefined ? null : `has no ${bad.name} that could be`;
}

function isField(text: string, field: CronField): boolean {
  return text.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
    if (range === '*') return true;
    const [from, to, ...rest] = range.split('-').map((word) => numberOf(word, field));
    if (rest.length > 0 || from === undefined || !isWithin(from, field)) return false;
    return to === undefined ? !range.includes('-') : isWithin(to, field) && from <= to;
  });
}

function numberOf(word: string, { least, words }: CronField): number {
  const at = words.indexOf(word.toLowerCase());
  if (at >= 0) return at + least;
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
}

function isWithin(n: number, { least, most }: CronField): boolean {
  return n >= least && n <= most;
}

/** No valid expression fires less often than this: 29 February on a given day of the week. */
const FARTHEST_DAYS = 366 * 40;
const DAY_MS = 86_400_000;

/** When an expression fires, in wall-clock time. */
interface Times {
  /** True on a day of the calendar, given as midnight UTC. */
  firesOn(day: Date): boolean;
  /** Minutes after midnight, ascending. */
  readonly minutes: readonly number[];
  /** It does not fire on every day of the week. */
  readonly hasWeekdays: boolean;
}

function timesOf(text: string): Times {
  const parts = text.trim().split(/\s+/);
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = FIELDS.map((field, i) =>
    valuesOf(parts[i] ?? '', field),
  );
  // Day of the month and day of the week both have to match, as Temporal reads them.
  return {
    firesOn: (day) =>
      days.includes(day.getUTCDate()) &&
      months.includes(day.getUTCMonth() + 1) &&
      weekdays.includes(day.getUTCDay()),
    minutes: hours
      .flatMap((hour) => minutes.map((minute) => hour * 60 + minute))
      .sort((a, b) => a - b),
    hasWeekdays: new Set(weekdays).size < 7,
  };
}

/** What Temporal makes of a time in the hours after a change of the clocks differs by zone. */
const UNSETTLED_MS = 3 * 3_600_000;

/**
 * The last times before an instant at which an expression fires for certain, newest first: none within
 * three hours of a change of the clocks, nor on a day that Temporal takes for another one ({@link oddTimes}).
 */
export function cronTimesBefore(
  text: string,
  o: {
    readonly timeZone: string;
    readonly before: Date;
    readonly most: number;
    /** Includes the times near a change of the clocks. */
    readonly nights?: boolean;
  },
): Date[] {
  if (cronFault(text) !== null) return [];
  const times = timesOf(text);
  const clock = clockOf(o.timeZone);
  const before = o.before.getTime();
  const today = dayOf(before + clock.offset(before));
  const found: Date[] = [];
  for (let back = 0; back < FARTHEST_DAYS && found.length < o.most; back += 1) {
    const midnight = today - back * DAY_MS;
    if (!times.firesOn(new Date(midnight))) continue;
    if (times.hasWeekdays && o.nights !== true && !clock.hasMidnight(midnight)) continue;
    for (const minute of times.minutes.toReversed()) {
      const local = midnight + minute * 60_000;
      const at = clock.at(local);
      if (at >= before || (o.nights !== true && !clock.isSettled(at, UNSETTLED_MS))) {
        continue;
      }
      found.push(new Date(at));
      if (found.length === o.most) break;
    }
  }
  return found;
}

/** True for an expression that fires in each hour of each day: its hours are the same in every zone. */
export function isHourly(text: string): boolean {
  const [, ...others] = text.trim().split(/\s+/);
  return others.length === 4 && others.every((field) => field === '*');
}

/** True where the clocks differ from UTC by whole hours all through the year after an instant. */
export function hasWholeHours(timeZone: string, now: Date): boolean {
  const clock = clockOf(timeZone);
  const months = Array.from({ length: 13 }, (_, n) => now.getTime() + n * 30 * DAY_MS);
  return months.every((at) => clock.offset(at) % 3_600_000 === 0);
}

/** When the clocks of a zone are changed in the year after an instant. */
export function clockChanges(timeZone: string, now: Date): readonly ClockChange[] {
  return clockOf(timeZone).changes(now.getTime(), now.getTime() + 366 * DAY_MS);
}

/** A time of an expression on the night of a change of the clocks. */
export interface OddTime {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `HH:MM`. */
  readonly time: string;
  /** `missing`: it does not fire that day; `unsure`: it fires once, twice, or an hour late. */
  readonly what: 'missing' | 'unsure';
}

/**
 * The times of the year after an instant at which Temporal does not fire as on any other day, in order:
 * those that the clocks skip; those within an hour of the time that they show twice; and, where clocks west
 * of Greenwich skip midnight, each time of that day of an expression with days of the week, because
 * Temporal takes that day for the one before (tried with server 1.32.0: `npm run faults -- zones`).
 */
export function oddTimes(
  text: string,
  o: { readonly timeZone: string; readonly now: Date },
): OddTime[] {
  if (cronFault(text) !== null) return [];
  const times = timesOf(text);
  return clockChanges(o.timeZone, o.now).flatMap((change) => {
    const skips = change.after > change.before;
    const [from, to] = shownRange(change);
    const odd = timesWithin(times, from, to).map((local) =>
      oddTime(local, skips ? 'missing' : 'unsure'),
    );
    const midnight = dayOf(to - 1);
    if (!skips || change.before > 0 || midnight < from || !times.hasWeekdays) return odd;
    const what = times.firesOn(new Date(midnight)) ? 'missing' : 'unsure';
    const taken = times.firesOn(new Date(midnight - DAY_MS)) || what === 'missing';
    return taken ? times.minutes.map((minute) => oddTime(midnight + minute * 60_000, what)) : [];
  });
}

/** The wall-clock times that a change skips, or an hour around those that it shows twice. */
function shownRange({ at, before, after }: ClockChange): readonly [from: number, to: number] {
  return after > before
    ? [at + before, at + after]
    : [at + after - 3_600_000, at + before + 3_600_000];
}

/** The times of an expression from one wall-clock time to another. */
function timesWithin(times: Times, from: number, to: number): number[] {
  const days = new Set([dayOf(from), dayOf(to - 1)]);
  return [...days]
    .filter((midnight) => times.firesOn(new Date(midnight)))
    .flatMap((midnight) => times.minutes.map((minute) => midnight + minute * 60_000))
    .filter((local) => local >= from && local < to);
}

function oddTime(local: number, what: OddTime['what']): OddTime {
  const [day = '', time = ''] = new Date(local).toISOString().split('T');
  return { day, time: time.slice(0, 5), what };
}

function dayOf(local: number): number {
  return Math.floor(local / DAY_MS) * DAY_MS;
}

function valuesOf(text: string, field: CronField): number[] {
  const values = text.split(',').flatMap((part) => {
    const [range = '', step] = part.split('/');
    const [from = '', to] = range === '*' ? [] : range.split('-');
    const first = range === '*' ? field.least : numberOf(from, field);
    // A start with a step and without an end runs to the end of the range.
    const open = range === '*' || (to === undefined && step !== undefined);
    const last = open ? field.most : numberOf(to ?? from, field);
    const by = Number(step ?? 1);
    return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) => first + i * by);
  });
  // 7 is Sunday, too.
  return field.most === 7 ? values.map((value) => value % 7) : values;
}

/** The clocks of a zone. All times are milliseconds. */
interface Clock {
  /** How much they are ahead of UTC at an instant. */
  offset(at: number): number;
  /** An instant at which they show a wall-clock time; an hour off where they never do. */
  at(local: number): number;
  /** False where they are west of Greenwich and skip the start of a day. */
  hasMidnight(local: number): boolean;
  /** False where they are changed within a span before or after an instant. */
  isSettled(at: number, span: number): boolean;
  /** Each change between two instants. */
  changes(from: number, to: number): readonly ClockChange[];
}

/** A change of the clocks: when, and how much they are ahead of UTC before and after it. */
export interface ClockChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

const CLOCKS = new Map<string, Clock>();

/** A formatter costs as much as a thousand of its answers, so each zone has one. */
function clockOf(timeZone: string): Clock {
  const known = CLOCKS.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const offset = (at: number): number => {
    const whole = Math.floor(at / 1_000) * 1_000;
    const parts = new Map(
      format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const [year, month, day] = [part('year'), part('month'), part('day')];
    const local = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
    return local - whole;
  };
  const change = (from: number, to: number): ClockChange => {
    const before = offset(from);
    let [low, high] = [from, to];
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000;
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    return { at: Math.floor(high / 60_000) * 60_000, before, after: offset(to) };
  };
  const instant = (local: number): number => local - offset(local - offset(local));
  const clock: Clock = {
    offset,
    at: instant,
    hasMidnight: (local) => {
      const at = instant(local);
      return at + offset(at) === local || offset(at) > 0;
    },
    isSettled: (at, span) => offset(at - span) === offset(at + span),
    changes: (from, to) => {
      const found: ClockChange[] = [];
      for (let at = from; at < to; at += DAY_MS) {
        if (offset(at) !== offset(at + DAY_MS)) found.push(change(at, at + DAY_MS));
      }
      return found;
    },
  };
  CLOCKS.set(timeZone, clock);
  return clock;
}
