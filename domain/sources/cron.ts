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

/**
 * The last times before an instant at which an expression fires, newest first. Day of the month and
 * day of the week both have to match, as Temporal reads them. On the day on which the clocks change
 * the result is an hour out.
 */
export function cronTimesBefore(
  text: string,
  o: { readonly timeZone: string; readonly before: Date; readonly most: number },
): Date[] {
  if (cronFault(text) !== null) return [];
  const parts = text.trim().split(/\s+/);
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = FIELDS.map((field, i) =>
    valuesOf(parts[i] ?? '', field),
  );
  const local = wallClock(o.before, o.timeZone);
  const today = Math.floor(local / DAY_MS) * DAY_MS;
  const found: Date[] = [];
  for (let back = 0; back < FARTHEST_DAYS && found.length < o.most; back += 1) {
    const day = new Date(today - back * DAY_MS);
    const fires =
      days.includes(day.getUTCDate()) &&
      months.includes(day.getUTCMonth() + 1) &&
      weekdays.includes(day.getUTCDay());
    if (!fires) continue;
    const times = hours.flatMap((hour) =>
      minutes.map((minute) => day.getTime() + (hour * 60 + minute) * 60_000),
    );
    const earlier = times.filter((time) => time < local).sort((a, b) => b - a);
    const ago = earlier.map((time) => new Date(o.before.getTime() - (local - time)));
    found.push(...ago.slice(0, o.most - found.length));
  }
  return found;
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

/** An instant's date and time in a zone, as if it were UTC. */
function wallClock(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
}
