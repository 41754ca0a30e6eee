import { cronFault, hasWholeHours, isHourly, oddTimes, type OddTime } from './cron';
import { zoneFault, zoneName } from '../zones';

/** How often a source is read. */
export interface SyncTimes {
  /** Minutes between two syncs; exactly one of this and `cron` is set. */
  readonly everyMinutes?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitterSeconds?: number;
  /** Hours after which a read of changes no longer suffices and a complete read is made. */
  readonly fullEveryHours?: number;
}

/** True where no sync of the source starts by itself. */
export function isOff(polling: string): boolean {
  return polling === 'paused' || polling === 'disabled';
}

/** A schedule as `sources schedule` takes it. */
export interface GivenTimes {
  readonly every?: string;
  /** A time of day, `HH:MM`, in `timeZone`. */
  readonly daily?: string;
  /** The days of `daily`, such as `mon-fri` or `mon,thu`; every day unless given. */
  readonly weekdays?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitter?: string;
  readonly fullEvery?: string;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DAY = 86_400;

/**
 * Reads a schedule and reports every fault. Without `every`, `daily` and `cron` it changes the stored
 * schedule; with one of them it starts from an empty one. `usualZone`: the zone in which `daily` is
 * meant where none is given.
 */
export function readTimes(
  given: GivenTimes,
  stored: SyncTimes | null,
  usualZone: string | null = null,
): { readonly times: SyncTimes; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const timeZone =
    given.timeZone ?? (given.daily === undefined ? undefined : (usualZone ?? undefined));
  const cron = given.cron ?? dailyCron(given, faults);
  const seconds = (name: string, text: string | undefined, from: number, to: number) => {
    if (text === undefined) return undefined;
    const found = secondsOf(text);
    if (found !== undefined && found >= from && found <= to) return found;
    faults.push(
      `--${name} takes ${spanText(from)} to ${spanText(to)}, such as 30m, not "${text}".`,
    );
    return undefined;
  };
  const every = seconds('every', given.every, 60, 31 * DAY);
  const jitter = seconds('jitter', given.jitter, 0, DAY);
  const full = seconds('full-every', given.fullEvery, 3_600, 31 * DAY);
  const ways = [given.every, given.daily, given.cron].filter((way) => way !== undefined);
  if (ways.length > 1) faults.push('Give one of --every, --daily and --cron.');
  const isNew = ways.length > 0;
  if (!isNew && stored === null) {
    faults.push('Say how often: --daily 02:00, --every 1h or --cron "0 2 * * *".');
  }
  const cronWrong = cron === undefined ? null : cronFault(cron);
  if (cronWrong !== null) {
    faults.push(`--${given.daily === undefined ? 'cron' : 'weekdays'} ${cronWrong}.`);
  }
  const zoneWrong = timeZone === undefined ? null : zoneFault(timeZone);
  if (zoneWrong !== null) faults.push(zoneWrong);
  const base: SyncTimes = isNew ? {} : (stored ?? {});
  if (timeZone !== undefined && (cron ?? base.cron) === undefined) {
    faults.push('--time-zone is for --daily and --cron: --every has no time of day.');
  }
  const times = {
    ...base,
    ...(every === undefined ? {} : { everyMinutes: Math.round(every / 60) }),
    ...(cron === undefined ? {} : { cron: cron.trim().replace(/\s+/g, ' ') }),
    ...(timeZone === undefined ? {} : { timeZone: zoneName(timeZone) ?? timeZone }),
    ...(jitter === undefined ? {} : { jitterSeconds: jitter }),
    ...(full === undefined ? {} : { fullEveryHours: Math.round(full / 3_600) }),
  };
  return { times, faults };
}

/**
 * The zone of the clocks that start the syncs, in the spelling that Temporal knows; undefined: UTC. It
 * is UTC for an expression that fires in every hour, because in the hour that the clocks show twice
 * Temporal leaves out most times of a zone (findings/temporal-schedule-when-clocks-are-set-back.sh).
 */
export function scheduledZone({ cron, timeZone }: SyncTimes, now: Date): string | undefined {
  if (timeZone === undefined || cron === undefined) return timeZone;
  const name = zoneName(timeZone);
  if (name === null) return timeZone;
  return isHourly(cron) && hasWholeHours(name, now) ? undefined : name;
}

/** The times of a schedule in the coming year which the clocks skip, or show twice. */
export function oddTimesOf(times: SyncTimes, now: Date): readonly OddTime[] {
  const zone = scheduledZone(times, now);
  if (times.cron === undefined || zone === undefined || zoneName(zone) === null) return [];
  return oddTimes(times.cron, { timeZone: zone, now });
}

/** A schedule in words. */
export function timesText(times: SyncTimes): string {
  const { everyMinutes, cron, timeZone, jitterSeconds, fullEveryHours } = times;
  const when =
    everyMinutes === undefined
      ? cronText(cron ?? '', timeZone ?? 'UTC')
      : `every ${spanText(everyMinutes * 60)}`;
  const more = [
    ...(jitterSeconds === undefined || jitterSeconds === 0
      ? []
      : [`at a random moment up to ${spanText(jitterSeconds)} later`]),
    ...(fullEveryHours === undefined
      ? []
      : [`everybody every ${spanText(fullEveryHours * 3_600)}`]),
  ];
  return [when, ...more].join(', ');
}

/** The cron expression of a time of day. */
function dailyCron({ daily, weekdays }: GivenTimes, faults: string[]): string | undefined {
  if (daily === undefined) {
    if (weekdays !== undefined) faults.push('--weekdays is for --daily.');
    return undefined;
  }
  const [, hour = '', minute = ''] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(daily.trim()) ?? [];
  if (hour === '') {
    faults.push(`--daily takes a time from 00:00 to 23:59, such as 02:00, not "${daily}".`);
    return undefined;
  }
  const days = weekdays?.trim().toLowerCase() ?? '*';
  if (weekdays !== undefined && !WEEKDAYS.test(days)) {
    faults.push(`--weekdays takes days such as mon-fri or mon,thu, not "${weekdays}".`);
    return undefined;
  }
  return `${String(Number(minute))} ${String(Number(hour))} * * ${days}`;
}

const DAY_NAME = '(?:mon|tue|wed|thu|fri|sat|sun)';
const WEEKDAYS = new RegExp(`^${DAY_NAME}(?:[,-]${DAY_NAME})*$`);

/** A time of day is worded; any other cron expression is shown as it is written. */
function cronText(cron: string, zone: string): string {
  const [, minute, hour, days = '*'] = /^(\d{1,2}) (\d{1,2}) \* \* (\S+)$/.exec(cron) ?? [];
  if (minute === undefined || hour === undefined || (days !== '*' && !WEEKDAYS.test(days))) {
    return `cron "${cron}" (${zone})`;
  }
  const when = days === '*' ? 'every day' : days;
  return `${when} at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')} (${zone})`;
}

function secondsOf(text: string): number | undefined {
  const [, n = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  const factor = SECONDS[unit];
  return n === '' || factor === undefined ? undefined : Number(n) * factor;
}

/** In the largest unit that divides the seconds. */
function spanText(seconds: number): string {
  for (const [unit, size] of Object.entries(SECONDS).toReversed()) {
    if (seconds >= size && seconds % size === 0) return `${String(seconds / size)}${unit}`;
  }
  return '0m';
}
