import { chance, pick } from '../../company/people';
import { FIRST_NAMES, lastName, LAST_NAMES, OTHER_FORMS } from './words';

/** A user as the benchmark loads it. Users with the same `person` are one person. */
export interface PlantedUser {
  readonly person: string;
  readonly code: string | null;
  readonly login: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly phone: string | null;
  readonly hireDate: string | null;
  readonly organization: string | null;
  readonly jobTitle: string | null;
  readonly department: string | null;
  readonly location: string | null;
}

export interface Plan {
  readonly seed: number;
  readonly users: number;
  /** Share of the users who have a second account. */
  readonly twice: number;
}

/** One number of 0 to 1 for each topic of a person. */
type Dice = (topic: number) => number;

const PRIVATE = ['gmail.com', 'web.de', 'outlook.com', 'gmx.net'];
const ROLES = ['Nurse', 'Engineer', 'Clerk', 'Driver', 'Teacher', 'Analyst', 'Buyer', 'Cook'];
const LEVELS = ['', 'Senior ', 'Junior ', 'Lead ', 'Deputy '];
const WORDS = [
  'sunny',
  'rider',
  'tiger',
  'kiwi',
  'moon',
  'pixel',
  'lemon',
  'storm',
  'wolf',
  'star',
];

/** All users, those with a second account first; each second account comes last. */
export function* plantedUsers({ seed, users, twice }: Plan): Generator<PlantedUser, void> {
  const second = Math.round(users * twice);
  const taken = new Set<string>();
  for (let n = 0; n < users - second; n++) yield firstAccount({ seed, n }, taken);
  for (let n = 0; n < second; n++) {
    // Each of them once more, from the same numbers.
    const person = firstAccount({ seed, n }, new Set());
    yield secondAccount(person, { seed, n, taken });
  }
}

function firstAccount(
  { seed, n }: { readonly seed: number; readonly n: number },
  taken: Set<string>,
): PlantedUser {
  const dice: Dice = (topic) => chance(seed, n, topic);
  const firstName = pick(FIRST_NAMES, skewed(dice(1), FIRST_NAMES.length, 15));
  const family = lastName(Math.floor(skewed(dice(2), LAST_NAMES, 20) * LAST_NAMES));
  // One in fifty lives with the person before, and has the number and the last name of that one.
  const isPartner = n % 50 === 49;
  const before: Dice = (topic) => chance(seed, n - 1, topic);
  const house = isPartner ? before : dice;
  const organization = `org${String(Math.floor(skewed(dice(3), 60, 5) * 60))}`;
  return {
    person: `p${String(n)}`,
    code: `G${String(n).padStart(8, '0')}`,
    login: null,
    email: emailOf({ firstName, lastName: family, organization, dice, taken }),
    firstName,
    lastName: isPartner
      ? lastName(Math.floor(skewed(before(2), LAST_NAMES, 20) * LAST_NAMES))
      : family,
    displayName: null,
    phone: phoneOf(house, organization),
    hireDate: dice(5) < 0.9 ? dayOf(dice) : null,
    organization,
    jobTitle: dice(8) < 0.9 ? `${pick(LEVELS, dice(9))}${pick(ROLES, dice(10))}` : null,
    department: dice(11) < 0.8 ? `Department ${String(Math.floor(dice(12) * 40))}` : null,
    location: `Town ${String(Math.floor(skewed(dice(13), 300, 10) * 300))}`,
  };
}

/** A number of 0 to 1 that picks the first of `length` things much more often (Zipf and Mandelbrot). */
function skewed(at: number, length: number, flat: number): number {
  const rank = flat * ((1 + length / flat) ** at - 1);
  return Math.min(rank / length, 0.999999);
}

function emailOf(o: {
  readonly firstName: string;
  readonly lastName: string;
  readonly organization: string;
  readonly dice: Dice;
  readonly taken: Set<string>;
}): string | null {
  const { dice } = o;
  if (dice(20) < 0.08) return null;
  const [first, last] = [address(o.firstName), address(o.lastName)];
  const form = dice(21);
  const local =
    form < 0.6
      ? `${first}.${last}`
      : form < 0.85
        ? `${first.charAt(0)}${last}`
        : `${pick(WORDS, dice(22))}${pick(WORDS, dice(23))}${String(Math.floor(dice(24) * 10_000))}`;
  const domain = dice(25) < 0.15 ? pick(PRIVATE, dice(26)) : `${o.organization}.example`;
  return free(local, domain, o.taken);
}

/** The address, with the first number behind it that nobody has. */
function free(local: string, domain: string, taken: Set<string>): string {
  for (let n = 1; ; n++) {
    const email = `${local}${n === 1 ? '' : String(n)}@${domain}`;
    if (taken.has(email)) continue;
    taken.add(email);
    return email;
  }
}

function address(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replace(/[^a-z-]/g, '');
}

/** Most have a number of their own, some that of a reception. */
function phoneOf(dice: Dice, organization: string): string | null {
  if (dice(30) < 0.25) return null;
  if (dice(30) < 0.29) return `+49 30 ${organization.slice(3).padStart(3, '0')}00000`;
  return `+49 1${String(Math.floor(dice(31) * 9e8) + 1e8)}${String(Math.floor(dice(32) * 10))}`;
}

/** Days of 25 years; two in five people begin on the first of a month. */
function dayOf(dice: Dice): string {
  const date = new Date(Date.UTC(2000, 0, 1 + Math.floor(dice(6) * 9_131)));
  if (dice(7) < 0.4) date.setUTCDate(1);
  return date.toISOString().slice(0, 10);
}

/**
 * The same person once more, entered by somebody else: every value may be written differently, missing or
 * another. The number or the first day stays where there is one, since otherwise nobody could know.
 */
function secondAccount(
  p: PlantedUser,
  o: { readonly seed: number; readonly n: number; readonly taken: Set<string> },
): PlantedUser {
  const dice: Dice = (topic) => chance(o.seed, o.n, 100 + topic);
  const keepsPhone = p.phone !== null && dice(40) < SAME_PHONE;
  const hireDate = otherDay(p.hireDate, dice);
  const keepsDay = p.hireDate !== null && hireDate === p.hireDate;
  const isLinked = keepsPhone || keepsDay;
  return {
    ...p,
    ...otherName(p, dice),
    code: `H${String(o.n).padStart(8, '0')}`,
    email: otherEmail(p, dice, o.taken),
    phone: isLinked || p.hireDate !== null ? otherPhone(p.phone, dice) : p.phone,
    hireDate: isLinked ? hireDate : p.hireDate,
    organization: dice(50) < 0.7 ? p.organization : `org${String(Math.floor(dice(51) * 60))}`,
    jobTitle: dice(52) < 0.6 ? p.jobTitle : `${pick(LEVELS, dice(53))}${pick(ROLES, dice(54))}`,
    department: dice(55) < 0.6 ? p.department : null,
    location: dice(56) < 0.7 ? p.location : null,
  };
}

const SAME_PHONE = 0.55;

function otherPhone(phone: string | null, dice: Dice): string | null {
  const kind = dice(40);
  if (phone !== null && kind < SAME_PHONE) {
    const digits = phone.replace(/\D/g, '').slice(2);
    return pick(
      [`0${digits}`, `0049${digits}`, `(0${digits.slice(0, 3)}) ${digits.slice(3)}`],
      dice(41),
    );
  }
  return kind < 0.75 ? null : `0${String(Math.floor(dice(42) * 9e9) + 1e9)}`;
}

function otherDay(day: string | null, dice: Dice): string | null {
  const kind = dice(43);
  if (day === null || kind < 0.6) return day;
  if (kind < 0.75) return null;
  if (kind < 0.85) {
    const [year = '', month = '', date = ''] = day.split('-');
    return Number(date) <= 12 && date !== month
      ? `${year}-${date}-${month}`
      : `${year}-${month}-${date === '28' ? '27' : '28'}`;
  }
  return dayOf((topic) => dice(60 + topic));
}

function otherEmail(p: PlantedUser, dice: Dice, taken: Set<string>): string | null {
  const kind = dice(44);
  const [local = '', domain = ''] = (p.email ?? '').split('@');
  if (kind < 0.2) return null;
  if (local !== '' && kind < 0.4) return free(`${local}+lms`, domain, taken);
  if (local !== '' && kind < 0.5) return free(local.replaceAll('.', ''), domain, taken);
  if (local !== '' && kind < 0.7) return free(local, pick(PRIVATE, dice(45)), taken);
  const [first, last] = [address(p.firstName ?? ''), address(p.lastName ?? '')];
  const form = pick(
    [`${last}.${first}`, `${first.charAt(0)}.${last}`, `${first}${last}`],
    dice(46),
  );
  return free(form, `${p.organization ?? 'org'}.example`, taken);
}

function otherName(p: PlantedUser, dice: Dice): Pick<PlantedUser, 'firstName' | 'lastName'> {
  const [first, last] = [p.firstName ?? '', p.lastName ?? ''];
  const kind = dice(70);
  if (kind < 0.4) return { firstName: first, lastName: last };
  if (kind < 0.52) return { firstName: OTHER_FORMS.get(first) ?? first, lastName: last };
  if (kind < 0.62) return { firstName: mistaken(first, dice), lastName: last };
  if (kind < 0.76) return { firstName: first, lastName: mistaken(last, dice) };
  if (kind < 0.82) return { firstName: last, lastName: first };
  if (kind < 0.87) return { firstName: `${first} ${pick(FIRST_NAMES, dice(71))}`, lastName: last };
  if (kind < 0.9) return { firstName: first.charAt(0), lastName: last };
  if (kind < 0.94) return { firstName: plain(first), lastName: plain(last) };
  const married = lastName(Math.floor(dice(72) * LAST_NAMES));
  return { firstName: first, lastName: kind < 0.97 ? `${last}-${married}` : married };
}

function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss');
}

/** One letter left out, doubled, swapped with the next or replaced. */
function mistaken(name: string, dice: Dice): string {
  const letters = Array.from(name);
  const at = Math.floor(dice(80) * letters.length);
  const kind = Math.floor(dice(81) * 4);
  const letter = letters[at] ?? '';
  if (kind === 0) letters.splice(at, 1);
  else if (kind === 1) letters.splice(at, 0, letter);
  else if (kind === 2) letters.splice(at, 2, letters[at + 1] ?? '', letter);
  else letters.splice(at, 1, String.fromCharCode(97 + Math.floor(dice(82) * 26)));
  return letters.join('');
}
