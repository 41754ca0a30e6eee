import { works, type Company, type Employee } from './company';
import { idIn, type Form, type Written } from './mischief';
import type { Numberless, Seeing, Seen } from './seen';

/** What is wrong, each with a line that says so. */
export interface Verdict {
  readonly deactivated: readonly string[];
  readonly twice: readonly string[];
  readonly active: readonly string[];
  readonly mixed: readonly string[];
  readonly nobody: readonly string[];
  /** People whom a list does not have any more, who stay active, and whom the run does not name. */
  readonly escaped: readonly string[];
  /** People who were made again, and nothing in the read shows that they are known. */
  readonly strangers: readonly number[];
}

export const WELL: Verdict = {
  deactivated: [],
  twice: [],
  active: [],
  mixed: [],
  nobody: [],
  escaped: [],
  strangers: [],
};

export interface Judged {
  readonly company: Company;
  readonly form: Form;
  readonly today: string;
  /** The rows as the source gave them; null: the run read nothing. */
  readonly rows: readonly Written[] | null;
  /** Person → the message of the run that excuses what became of that person's row. */
  readonly excused: ReadonlyMap<number, string>;
  /** What the run says of people and rows without a number; null: no list was read. */
  readonly numberless: Numberless | null;
  /** People who were made again before, without a sign that they are known. */
  readonly strangers: ReadonlySet<number>;
  readonly before: Seeing;
  readonly after: Seeing;
}

/** Compares the store before and after an applied run with the truth. */
export function judge(j: Judged): Verdict {
  const again = madeAgain(j);
  const strangers = new Set([
    ...again.filter(({ known }) => !known).map(({ person }) => person.key),
    ...peopleOfUnknownRows(j),
  ]);
  return {
    deactivated: wronglyDeactivated(j, strangers),
    twice: again.filter(({ known }) => known).map(({ line }) => line),
    active: wronglyActive(j),
    mixed: mixedUp(j),
    nobody: [...j.after.values()]
      .filter(({ id, key }) => key === undefined && !j.before.has(id))
      .map(({ code }) => `a user ${String(code)} is no person of the company`),
    escaped: escaped({ ...j, strangers: new Set([...j.strangers, ...strangers]) }),
    strangers: [...strangers],
  };
}

/** Access ended though the person works; the account of an earlier stint may end. */
function wronglyDeactivated(
  { company, form, today, rows, before, after }: Judged,
  strangers: ReadonlySet<number>,
): string[] {
  const wrong: string[] = [];
  for (const was of before.values()) {
    const now = after.get(was.id);
    const person = personOf(company, was.key);
    if (!was.active || now?.active !== false || person === undefined) continue;
    if (!works(person, today) || strangers.has(person.key)) continue;
    if (isEarlierStint(was, { form, rows }) || hasOther(after, was)) continue;
    wrong.push(`${nameOf(person)} (${was.numbers.join(', ')}) was deactivated, and works`);
  }
  return wrong;
}

/**
 * Keys of people whose row did not go through, and whom nothing in it shows to be known: the file has no e-mail
 * of theirs, and no account of theirs has its number.
 */
function peopleOfUnknownRows({ form, rows, excused, before }: Judged): number[] {
  return [...excused.keys()].filter((key) => {
    const row = rows?.find((one) => one.key === key);
    if (row === undefined) return false;
    const hasEmail = form.email && row.email.includes('@');
    if (hasEmail) return false;
    const number = plain(idIn(form, row));
    const accounts = [...before.values()].filter((user) => user.key === key);
    return !accounts.some(({ numbers }) => numbers.map(plain).includes(number));
  });
}

/** True where the person had two accounts in use, and keeps the other. */
function hasOther(after: Seeing, { id, key }: Seen): boolean {
  return [...after.values()].some((user) => user.id !== id && user.key === key && user.active);
}

/** True where the read lists the number only as a stint that is over. */
export function isEarlierStint(
  { key, numbers }: Seen,
  { form, rows }: Pick<Judged, 'form' | 'rows'>,
): boolean {
  const own = (rows ?? []).filter(
    (row) => row.key === key && key !== undefined && numbers.includes(idIn(form, row)),
  );
  return own.length > 0 && own.every((row) => row.former);
}

/**
 * People of a list who are not in a file that says who is absent, and stay active: only those without a
 * number may, and the run names each of them.
 */
function escaped(j: Judged): string[] {
  const { rows, numberless } = j;
  if (rows === null || numberless === null) return [];
  const wrong = [...j.after.values()].flatMap((user) => escapes(j, { user, rows, numberless }));
  if (numberless.people !== numberless.users.size) {
    wrong.push(
      `${String(numberless.users.size)} people cannot be judged, and ${String(numberless.people)} are said`,
    );
  }
  const bare = rows.filter((row) => row.key !== undefined && idIn(j.form, row) === '');
  const isSaid =
    numberless.rows > 0 || bare.every(({ key }) => key !== undefined && j.excused.has(key));
  return isSaid
    ? wrong
    : [...wrong, `${String(bare.length)} rows have no number, and nobody is told`];
}

function escapes(
  j: Judged,
  o: { readonly user: Seen; readonly rows: readonly Written[]; readonly numberless: Numberless },
): string[] {
  const { user } = o;
  const person = personOf(j.company, user.key);
  if (person === undefined || j.excused.has(person.key) || j.strangers.has(person.key)) return [];
  const isListed = o.rows.some(({ key }) => key === person.key);
  const isNamed = o.numberless.users.has(user.id);
  const isAbsent = !isListed && user.active && j.before.get(user.id)?.active === true;
  const mustBeNamed = isAbsent && user.numbers.length === 0;
  const who = `${nameOf(person)} (${user.numbers.join(', ')})`;
  if (isAbsent && !mustBeNamed) return [`${who} is not in the file, and stays active`];
  if (isNamed === mustBeNamed) return [];
  return [
    `${who} ${isNamed ? 'is' : 'is not'} among those without a number who are not in the file`,
  ];
}

interface Again {
  readonly person: Employee;
  /** True where the read shows that the person is known. */
  readonly known: boolean;
  readonly line: string;
}

/** Second accounts of people who had one in use. */
function madeAgain(j: Judged): Again[] {
  const { company, before, after } = j;
  const found: Again[] = [];
  for (const made of after.values()) {
    const person = personOf(company, made.key);
    if (before.has(made.id) || person === undefined) continue;
    // Nothing but a code connects accounts without a number. An account whose first day is still to come is not
    // active, and counts, too.
    const numberless = (user: Seen): boolean =>
      [user, made].every((one) => one.numbers.length === 0);
    const had = [...before.values()].filter(
      (user) => user.key === made.key && (user.active || numberless(user)),
    );
    const other = had.find((user) => !isEarlierStint(user, j));
    if (other === undefined) continue;
    const line = `${nameOf(person)} was made again as ${made.numbers.join(', ')}, besides ${other.numbers.join(', ')}`;
    found.push({ person, line, known: had.some((user) => isKnown(j, user, made)) });
  }
  return found;
}

/**
 * True where a number that is the same but for its writing, an e-mail address or, in a read that says
 * who is absent, a full name shows that a row is about a known person.
 */
function isKnown(j: Judged, user: Seen, made: Seen): boolean {
  const numbers = new Set(user.numbers.map(plain));
  if (made.numbers.some((number) => numbers.has(plain(number)))) return true;
  if (user.email !== null && user.email === made.email) return true;
  if (j.form.kind === 'upload' || j.form.kind === 'graph') return false;
  // A person without a number has none that the list could know otherwise.
  if (made.numbers.length === 0 || user.numbers.length === 0) return false;
  const listed = new Set((j.rows ?? []).map((row) => idIn(j.form, row)));
  const missing = [...j.before.values()].filter(
    ({ active, numbers: ids }) => active && !ids.some((id) => listed.has(id)),
  );
  const news = [...j.after.values()].filter(({ id }) => !j.before.has(id));
  const same = (one: Seen): boolean => fullName(one) === fullName(user);
  return same(made) && missing.filter(same).length === 1 && news.filter(same).length === 1;
}

/** A number without what programs change in its writing. */
function plain(number: string): string {
  return number
    .replace(/^'/, '')
    .replace(/\.0$/, '')
    .replace(/^0+(?=.)/, '')
    .toLowerCase();
}

function fullName({ firstName, lastName }: Seen): string {
  return `${String(firstName)} ${String(lastName)}`;
}

/** Access that the read says has ended. */
function wronglyActive(j: Judged): string[] {
  if (j.rows === null) return [];
  const wrong: string[] = [];
  for (const user of j.after.values()) {
    const person = personOf(j.company, user.key);
    if (!user.active || person === undefined || works(person, j.today)) continue;
    if (j.excused.has(person.key) || !saysInactive(j, person)) continue;
    if (j.numberless?.users.has(user.id) === true) continue;
    wrong.push(`${nameOf(person)} (${user.numbers.join(', ')}) is active, and does not work`);
  }
  return wrong;
}

/** True where a read says that a person who does not work has no access. */
export function saysInactive(
  { form, today, rows }: Pick<Judged, 'form' | 'today' | 'rows'>,
  { key }: Employee,
): boolean {
  const own = (rows ?? []).filter((row) => row.key === key);
  // A system proves an absence by two reads: that is compared in the end.
  if (own.length === 0) return form.kind === 'list';
  return own.every((row) => opinionOf(row, form, today) === 'inactive');
}

/** What a row says of the status, by the rules for files and for systems. */
export function opinionOf(row: Written, form: Form, today: string): 'active' | 'inactive' | 'none' {
  const over = row.lastDay !== '' && row.lastDay < today;
  const days = over || row.firstDay > today ? 'inactive' : 'none';
  if (row.status === '') return days;
  if (row.status === 'Inactive') return 'inactive';
  return form.kind === 'system' && days === 'inactive' ? 'inactive' : 'active';
}

/** A user who became another person. */
function mixedUp({ company, before, after }: Judged): string[] {
  const wrong: string[] = [];
  for (const was of before.values()) {
    const now = after.get(was.id);
    if (now === undefined || was.key === undefined || now.key === was.key) continue;
    const [one, other] = [personOf(company, was.key), personOf(company, now.key)];
    wrong.push(
      `the user of ${one === undefined ? '?' : nameOf(one)} became ${other === undefined ? 'nobody' : nameOf(other)}`,
    );
  }
  return wrong;
}

export function personOf(company: Company, key: number | undefined): Employee | undefined {
  return key === undefined ? undefined : company.find(key);
}

function nameOf({ key, first, last, number }: Employee): string {
  return `${first} ${last} [${String(key)}, ${number}]`;
}

/**
 * The differences between the store and the truth, after honest reads; people whom the last report
 * names are excused.
 */
export function differences(j: Omit<Judged, 'before' | 'strangers'>): string[] {
  const { company, form, today, excused, after, rows, numberless } = j;
  const wrong: string[] = [];
  for (const person of company.people()) {
    if (excused.has(person.key)) continue;
    const users = [...after.values()].filter(({ key }) => key === person.key);
    const active = users.filter((user) => user.active);
    const [user] = active;
    if (!works(person, today)) {
      const said = form.kind === 'upload' ? saysInactive(j, person) : !saysActive(j, person);
      const unnamed = active.filter(({ id }) => numberless?.users.has(id) !== true);
      if (unnamed.length > 0 && said)
        wrong.push(`${nameOf(person)} is active in the end, and does not work`);
      continue;
    }
    if (active.length !== 1) {
      wrong.push(
        `${nameOf(person)} works, and has ${String(active.length)} active users in the end`,
      );
      continue;
    }
    if (user === undefined || (rows ?? []).filter(({ key }) => key === person.key).length !== 1)
      continue;
    const must = [...keysOf(person, { form, user }), person.last, person.department];
    const is = [user.code, user.email, user.lastName, user.department];
    if (is.join('|') !== must.join('|')) {
      wrong.push(
        `${nameOf(person)} is ${is.join(', ')} in the end, and should be ${must.join(', ')}`,
      );
    }
  }
  return wrong;
}

/** True where the source calls a person active who does not work: a file's word wins, and is counted. */
function saysActive(
  { form, today, rows }: Pick<Judged, 'form' | 'today' | 'rows'>,
  { key }: Employee,
): boolean {
  return (rows ?? []).some((row) => row.key === key && opinionOf(row, form, today) === 'active');
}

/** The code and the e-mail that a person has in the end. */
function keysOf(
  { bare, number, email }: Employee,
  { form, user }: { readonly form: Form; readonly user: Seen },
): (string | null)[] {
  const isCode = form.key === 'email' || (form.key === 'code' && !bare);
  return [
    isCode ? number : null,
    form.email && !(bare && form.key === 'email') ? email : user.email,
  ];
}

/** People whose login was their e-mail, and did not follow it. */
export function loginsLeft(before: Seeing, after: Seeing): string[] {
  return [...after.values()].flatMap(({ id, code, email, login }) => {
    const was = before.get(id);
    const followed = was?.email != null && was.login === was.email;
    const isLeft = followed && email !== null && email !== was.email && login === was.login;
    return isLeft ? [`the login of ${String(code)} stayed ${login}, not ${email}`] : [];
  });
}
