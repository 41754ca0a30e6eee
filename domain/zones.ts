import { nameDistance, nearestName } from './nearest';
import { shown } from './shown';
import { TIME_ZONES } from './timeZones';

/** Where neither a person, nor a source, nor the configuration names a zone. */
export const DEFAULT_TIME_ZONE = 'UTC';

const BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  TIME_ZONES.map((name) => [name.toLowerCase(), name]),
);

/**
 * A time zone as the IANA database spells it, given in any case; null for a name that it does not list
 * (`CST`). Node takes more names than Temporal, and in any case, so what Node takes says nothing.
 */
export function zoneName(given: string): string | null {
  return BY_LOWER_CASE.get(given.toLowerCase()) ?? null;
}

/** True for a time zone of the IANA database, in any case. */
export function isTimeZone(name: string): boolean {
  return zoneName(name) !== null;
}

/** Names that abbreviations may mean; most stand for several zones. */
const MAY_MEAN: Readonly<Record<string, readonly string[]>> = {
  ast: ['America/Halifax', 'Asia/Riyadh'],
  bst: ['Europe/London', 'Asia/Dhaka'],
  cst: ['America/Chicago', 'Asia/Shanghai'],
  edt: ['America/New_York'],
  ist: ['Asia/Kolkata', 'Asia/Jerusalem', 'Europe/Dublin'],
  jst: ['Asia/Tokyo'],
  mst: ['America/Denver'],
  pst: ['America/Los_Angeles'],
};
const EXAMPLES = ['Europe/Vienna', 'America/New_York', 'Asia/Kolkata'];

/** At most three zones that a name may mean which is none; empty: nobody can say. */
export function zonesMeant(given: string): readonly string[] {
  const wanted = given.trim().toLowerCase().replaceAll(' ', '_');
  const cities = TIME_ZONES.filter((name) => name.toLowerCase().split('/').at(-1) === wanted);
  const meant = MAY_MEAN[wanted] ?? (cities.length > 0 ? cities : nearZones(wanted));
  return meant.slice(0, 3);
}

/**
 * The zone that a name is a misspelling of. The region is given right or wrong by itself: `Europe/Wien`
 * is not `Europe/Kiev`, because three edits in four letters make another city.
 */
function nearZones(wanted: string): readonly string[] {
  const [city, region] = parts(wanted);
  const near = TIME_ZONES.flatMap((name) => {
    const [its, where] = parts(name.toLowerCase());
    const far = [nameDistance(city, its), region === where ? 0 : nameDistance(region, where)];
    const [one, other] = far;
    return one === undefined || other === undefined ? [] : [{ name, far: one + other }];
  });
  const [nearest] = near.toSorted((a, b) => a.far - b.far);
  if (nearest !== undefined) return [nearest.name];
  const whole = wanted.includes('/') ? undefined : nearestName(wanted, TIME_ZONES);
  return whole === undefined ? [] : [whole];
}

/** The last part of a zone's name, and what stands before it. */
function parts(name: string): readonly [city: string, region: string] {
  const at = name.lastIndexOf('/');
  return [name.slice(at + 1), name.slice(0, Math.max(at, 0))];
}

/** Well-known zones of the region that a name begins with; empty: it begins with none. */
function zonesOfRegion(given: string): readonly string[] {
  const region = given.trim().toLowerCase().split('/')[0] ?? '';
  return given.includes('/') ? (OF_REGION[region] ?? []) : [];
}

const OF_REGION: Readonly<Record<string, readonly string[]>> = {
  africa: ['Africa/Cairo', 'Africa/Johannesburg', 'Africa/Lagos'],
  america: ['America/New_York', 'America/Chicago', 'America/Sao_Paulo'],
  asia: ['Asia/Kolkata', 'Asia/Shanghai', 'Asia/Tokyo'],
  australia: ['Australia/Sydney', 'Australia/Brisbane', 'Australia/Perth'],
  europe: ['Europe/Vienna', 'Europe/London', 'Europe/Athens'],
  pacific: ['Pacific/Auckland', 'Pacific/Honolulu', 'Pacific/Fiji'],
};

/** What is wrong with the name of a time zone, with names that may be meant; null: it is one. */
export function zoneFault(given: string): string | null {
  if (isTimeZone(given)) return null;
  const meant = zonesMeant(given);
  const none = `${shown(given)} is no time zone of the IANA list`;
  if (meant.length > 0) return `${none}; it may mean ${meant.join(', ')}.`;
  const near = zonesOfRegion(given);
  return `${none}; some are ${(near.length > 0 ? near : EXAMPLES).join(', ')}.`;
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
    const name = zoneName(zone);
    const day = name === null ? null : dayIn(name, at);
    known.set(zone, day);
    return day;
  };
  const usual = dayOf(otherwise) ?? dayIn('UTC', at);
  return {
    zoneOf: (given) => (given === null ? null : zoneName(given)),
    today: (given) => (given === null ? usual : (dayOf(given) ?? usual)),
  };
}
