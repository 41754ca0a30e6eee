/** Where neither a person, nor a source, nor the configuration names a zone. */
export const DEFAULT_TIME_ZONE = 'UTC';

/** True for a time zone of the IANA database, by its name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Offsets (+02:00) are taken by newer systems only.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/**
 * The day of the calendar, `YYYY-MM-DD`, in a zone at an instant. @throws RangeError for an unknown
 * zone.
 */
export function dayIn(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (wanted: 'year' | 'month' | 'day'): string =>
    parts.find(({ type }) => type === wanted)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** `YYYY-MM-DD HH:MM` as the clocks of a zone show it at an instant. Throws RangeError as above. */
export function clockIn(timeZone: string, at: Date): string {
  const time = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', numberingSystem: 'latn', hour: '2-digit', minute: '2-digit' },
  });
  return `${dayIn(timeZone, at)} ${time.format(at)}`;
}

/**
 * Which day it is for a person: in their own zone, where it is known and valid, otherwise in
 * `otherwise`.
 */
export interface Days {
  /** The person's zone, where it is valid. */
  zoneOf(given: string | null): string | null;
  today(given: string | null): string;
}

/**
 * The days of one instant, each zone computed once: a formatter for each of 100,000 people takes
 * seconds.
 */
export function daysAt(at: Date, otherwise: string): Days {
  const known = new Map<string, string | null>();
  const dayOf = (zone: string): string | null => {
    const found = known.get(zone);
    if (found !== undefined) return found;
    const day = isTimeZone(zone) ? dayIn(zone, at) : null;
    known.set(zone, day);
    return day;
  };
  const usual = dayOf(otherwise) ?? dayIn('UTC', at);
  return {
    zoneOf: (given) => (given === null || dayOf(given) === null ? null : given),
    today: (given) => (given === null ? usual : (dayOf(given) ?? usual)),
  };
}
