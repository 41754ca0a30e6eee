import { cronFault } from './cron';
import { isTimeZone } from '../zones';

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

/** True where a source's schedule is paused: no sync starts by itself. */
export function startsNothing(polling: string): boolean {
  return polling === 'paused' || polling === 'disabled';
}

/** A schedule as `sources schedule` takes it. */
export interface GivenTimes {
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitter?: string;
  readonly fullEvery?: string;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DAY = 86_400;

/**
 * Reads a schedule and reports every fault. Without `every` and `cron` it changes the stored
 * schedule; with one of them it starts from an empty one.
 */
export function readTimes(
  given: GivenTimes,
  stored: SyncTimes | null,
): { readonly times: SyncTimes; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const { cron, timeZone } = given;
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
  if (given.every !== undefined && cron !== undefined) faults.push('Give --every or --cron.');
  const isNew = given.every !== undefined || cron !== undefined;
  if (!isNew && stored === null) faults.push('Say how often: --every or --cron.');
  const cronWrong = cron === undefined ? null : cronFault(cron);
  if (cronWrong !== null) faults.push(`--cron ${cronWrong}.`);
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    faults.push(`"${timeZone}" is no time zone; one is Europe/Vienna.`);
  }
  const base: SyncTimes = isNew ? {} : (stored ?? {});
  if (timeZone !== undefined && (cron ?? base.cron) === undefined) {
    faults.push('--time-zone is for --cron: a pace has no time of day.');
  }
  const times = {
    ...base,
    ...(every === undefined ? {} : { everyMinutes: Math.round(every / 60) }),
    ...(cron === undefined ? {} : { cron: cron.trim().replace(/\s+/g, ' ') }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(jitter === undefined ? {} : { jitterSeconds: jitter }),
    ...(full === undefined ? {} : { fullEveryHours: Math.round(full / 3_600) }),
  };
  return { times, faults };
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

/** A daily time is worded; any other cron expression is shown as it is written. */
function cronText(cron: string, zone: string): string {
  const [, minute, hour] = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cron) ?? [];
  if (minute === undefined || hour === undefined) return `cron "${cron}" (${zone})`;
  return `every day at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')} (${zone})`;
}

function secondsOf(text: string): number | undefined {
  const [, n = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  const factor = SECONDS[unit];
  return n === '' || factor === undefined ? undefined : Number(n) * factor;
}

/** The largest unit that divides the minutes. */
function spanText(seconds: number): string {
  for (const [unit, size] of Object.entries(SECONDS).toReversed()) {
    if (seconds >= size && seconds % size === 0) return `${String(seconds / size)}${unit}`;
  }
  return '0m';
}
