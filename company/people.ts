import { DEPARTMENTS, LOCATIONS, NAME_SETS, type Name } from './names';

/** The columns of the generated files. */
export const COLUMNS = [
  'code',
  'first_name',
  'last_name',
  'email',
  'job_title',
  'department',
  'location',
  'manager',
  'hire_date',
  'leave_date',
  'status',
] as const;
export type Column = (typeof COLUMNS)[number];
export type Cells = string[];
export const AT: Readonly<Record<Column, number>> = {
  code: 0,
  first_name: 1,
  last_name: 2,
  email: 3,
  job_title: 4,
  department: 5,
  location: 6,
  manager: 7,
  hire_date: 8,
  leave_date: 9,
  status: 10,
};

/** One person in this many leads others. */
const SPAN = 20;
/** How many managers report to one manager. */
const LEADERS = 8;
const INACTIVE_SHARE = 0.03;

/**
 * A number from 0 up to, not including, 1 that depends on nothing but its arguments: each person and each
 * event is the same whatever else is generated, so no state is kept. (splitmix32)
 */
export function chance(seed: number, person: number, topic: number): number {
  let x = (Math.imul(person + 1, 0x9e3779b9) ^ Math.imul(topic + 1, 0x85ebca6b) ^ seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 0x1_0000_0000;
}

/** One of `list`, by a number from {@link chance}. */
export function pick<T>(list: readonly T[], at: number): T {
  const item = list[Math.floor(at * list.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** A company; see {@link foundCompany}. */
export interface Company {
  readonly seed: number;
  readonly people: number;
  readonly domain: string;
  /** People who lead others; their numbers are the multiples of SPAN. */
  readonly managers: number;
  /** A step through the managers that visits every one of them, and its inverse. */
  readonly stride: number;
  readonly back: number;
}

/** A company of this many people; the same for the same arguments. */
export function foundCompany(o: { people: number; seed: number; domain: string }): Company {
  const managers = Math.max(1, Math.floor(o.people / SPAN));
  const stride = strideOf(managers);
  return { ...o, managers, stride, back: inverse(stride, managers) };
}

/** True for people who may lead others. */
export function leads(person: number): boolean {
  return person % SPAN === 0;
}

/** A person's own number, which the code is made from. */
export function codeOf(person: number): string {
  return String(10_000 + person);
}

/** The cells of a person on the first day, in the order of {@link COLUMNS}. */
export function personOf(company: Company, person: number): Cells {
  const { seed } = company;
  const at = (topic: number): number => chance(seed, person, topic);
  const set = pick(NAME_SETS, at(1));
  const [given, family] = [pick(set.given, at(2)), pick(set.family, at(3))];
  const [department, titles] = pick(DEPARTMENTS, at(4));
  const inactive = at(6) < INACTIVE_SHARE && person >= SPAN;
  return [
    codeOf(person),
    given[0],
    family[0],
    emailOf(company, person, { given, family }),
    pick(titles, at(5)),
    department,
    pick(LOCATIONS, at(7)),
    managerOf(company, person),
    dayOf(1995, 28, at(8)),
    inactive ? dayOf(2024, 2, at(9)) : '',
    inactive ? 'inactive' : 'active',
  ];
}

/** Unique by the person's number; some people write capitals. */
export function emailOf(
  { seed, domain }: Company,
  person: number,
  { given, family }: { readonly given: Name; readonly family: Name },
): string {
  const local = `${given[1]}.${family[1]}.${person.toString(36)}`;
  return `${chance(seed, person, 10) < 0.02 ? local.toUpperCase() : local}@${domain}`;
}

/**
 * The code of a person's manager, '' for the head of the company. Managers are spread over the file:
 * about half of the people come before their manager. The result is a tree: a manager's place in it is
 * a rank, and ranks are given to managers in the order of a permutation.
 */
export function managerOf(company: Company, person: number): string {
  const { seed, managers, stride, back } = company;
  const at = (rank: number): string => codeOf(((rank * stride) % managers) * SPAN);
  if (person >= managers * SPAN || person % SPAN !== 0) {
    return at(Math.floor(chance(seed, person, 11) * managers));
  }
  const rank = ((person / SPAN) * back) % managers;
  return rank === 0 ? '' : at(Math.floor((rank - 1) / LEADERS));
}

/** A step through `n` numbers that visits every one of them. */
function strideOf(n: number): number {
  for (let step = Math.max(1, Math.floor(n * 0.618)); ; step++) if (gcd(step, n) === 1) return step;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The inverse of `a` modulo `n` (extended Euclid). */
function inverse(a: number, n: number): number {
  if (n === 1) return 0;
  let [r, rest, s, next] = [n, a % n, 0, 1];
  while (rest !== 0) {
    const q = Math.floor(r / rest);
    [r, rest] = [rest, r - q * rest];
    [s, next] = [next, s - q * next];
  }
  return ((s % n) + n) % n;
}

function dayOf(firstYear: number, years: number, at: number): string {
  const day = Math.floor(at * years * 365);
  return new Date(Date.UTC(firstYear, 0, 1 + day)).toISOString().slice(0, 10);
}
