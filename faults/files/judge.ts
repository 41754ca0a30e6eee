import type { Queryable } from '../../store/database/db';
import { works, type Company, type Employee } from './company';
import type { Form, Written } from './mischief';
import { keyOfMark } from './write';

/** A user as the oracle sees it. */
export interface Seen {
  readonly id: string;
  /** The person; undefined: the user is of no person of the company. */
  readonly key: number | undefined;
  readonly active: boolean;
  readonly code: string | null;
  readonly email: string | null;
  readonly login: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly department: string | null;
  readonly numbers: readonly string[];
}

/** The users of a store, by id. */
export type Seeing = ReadonlyMap<string, Seen>;

export async function seeUsers(db: Queryable): Promise<Seeing> {
  const { rows } = await db.query<Omit<Seen, 'key'> & { mark: string | null }>(
    `select u.id, u.phone as mark, u.status = 'active' as active, u.code, u.email, u.login,
       u.first_name as "firstName", u.last_name as "lastName", u.department,
       coalesce(array_agg(i.external_id order by i.external_id) filter (where i.external_id is not null), '{}') as numbers
     from "user" u left join identity i on i.user_id = u.id
     group by u.id order by u.id`,
  );
  return new Map(rows.map(({ mark, ...user }) => [user.id, { ...user, key: keyOfMark(mark) }]));
}

/** People whose row did not go through in a run, and the report says why. */
export async function toldPeople(
  db: Queryable,
  runId: string,
  keyOfLine: (line: number) => number | undefined,
): Promise<Map<number, string>> {
  const { rows } = await db.query<{
    line: number;
    mark: string | null;
    reason: string;
    other: string[];
  }>(
    `select p.line, s.phone as mark, coalesce(p.reason, p.action::text) as reason,
       coalesce((select array_agg(u.phone) from "user" u where u.id::text = any(
         select jsonb_array_elements(coalesce(m.facts -> 'users', '[]')) ->> 'id')), '{}') as other
     from plan_entry p
     left join staged_row s on s.run_id = p.run_id and s.line = p.line
     left join run_message m on m.run_id = p.run_id and m.line = p.line and m.facts ? 'users'
     where p.run_id = $1 and p.action in ('error', 'conflict')`,
    [runId],
  );
  const told = new Map<number, string>();
  for (const { line, mark, reason, other } of rows) {
    const key = keyOfMark(mark) ?? keyOfLine(line);
    if (key !== undefined) told.set(key, reason);
    // A conflict names the users that it may mean.
    for (const one of other) {
      const named = keyOfMark(one);
      if (named !== undefined && !told.has(named)) told.set(named, reason);
    }
  }
  return told;
}

/** What is wrong, each with a line that says so. */
export interface Verdict {
  readonly deactivated: readonly string[];
  readonly twice: readonly string[];
  readonly active: readonly string[];
  readonly mixed: readonly string[];
  readonly nobody: readonly string[];
  /** People who were made again, and nothing in the read shows that they are known. */
  readonly strangers: readonly number[];
}

export const WELL: Verdict = {
  deactivated: [],
  twice: [],
  active: [],
  mixed: [],
  nobody: [],
  strangers: [],
};

export interface Judged {
  readonly company: Company;
  readonly form: Form;
  readonly today: string;
  /** The rows as the source gave them; null: the run read nothing. */
  readonly rows: readonly Written[] | null;
  readonly told: ReadonlyMap<number, string>;
  readonly before: Seeing;
  readonly after: Seeing;
}

/** Compares the store before and after an applied run with the truth. */
export function judge(j: Judged): Verdict {
  const again = madeAgain(j);
  const strangers = new Set([
    ...again.filter(({ known }) => !known).map(({ person }) => person.key),
    ...unknownRows(j),
  ]);
  return {
    deactivated: wronglyDeactivated(j, strangers),
    twice: again.filter(({ known }) => known).map(({ line }) => line),
    active: wronglyActive(j),
    mixed: mixedUp(j),
    nobody: [...j.after.values()]
      .filter(({ id, key }) => key === undefined && !j.before.has(id))
      .map(({ code }) => `a user ${String(code)} is no person of the company`),
    strangers: [...strangers],
  };
}

/** Access ended though the person works; the account of an earlier stint may end. */
function wronglyDeactivated(
  { company, today, rows, before, after }: Judged,
  strangers: ReadonlySet<number>,
): string[] {
  const wrong: string[] = [];
  for (const was of before.values()) {
    const now = after.get(was.id);
    const person = personOf(company, was.key);
    if (!was.active || now?.active !== false || person === undefined) continue;
    if (!works(person, today) || strangers.has(person.key)) continue;
    if (isEarlierStint(was, person, rows) || hasOther(after, was)) continue;
    wrong.push(`${nameOf(person)} (${was.numbers.join(', ')}) was deactivated, and works`);
  }
  return wrong;
}

/** People whose row did not go through, and who are unknown by its number and have no e-mail in it. */
function unknownRows({ form, rows, told, before }: Judged): number[] {
  return [...told.keys()].filter((key) => {
    const row = rows?.find((one) => one.key === key);
    const known = [...before.values()].filter((user) => user.key === key);
    if (row === undefined || (form.email && row.email.includes('@'))) return false;
    return !known.some(({ numbers }) => numbers.map(plain).includes(plain(row.number)));
  });
}

/** True where the person had two accounts in use, and keeps the other. */
function hasOther(after: Seeing, { id, key }: Seen): boolean {
  return [...after.values()].some((user) => user.id !== id && user.key === key && user.active);
}

/** True where the read lists the number as a stint that is over. */
function isEarlierStint(user: Seen, { key }: Employee, rows: readonly Written[] | null): boolean {
  return (rows ?? []).some(
    (row) => row.key === key && row.former && user.numbers.includes(row.number),
  );
}

interface Again {
  readonly person: Employee;
  /** True where the read shows that the person is known. */
  readonly known: boolean;
  readonly line: string;
}

/** Second accounts of people who had one in use. */
function madeAgain(j: Judged): Again[] {
  const { company, rows, before, after } = j;
  const found: Again[] = [];
  for (const made of after.values()) {
    const person = personOf(company, made.key);
    if (before.has(made.id) || person === undefined) continue;
    const had = [...before.values()].filter(({ key, active }) => key === made.key && active);
    const other = had.find((user) => !isEarlierStint(user, person, rows));
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
  const listed = new Set((j.rows ?? []).map(({ number }) => number));
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
    if (j.told.has(person.key) || !saysInactive(j, person)) continue;
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
function opinionOf(row: Written, form: Form, today: string): 'active' | 'inactive' | 'none' {
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
export function differences(j: Omit<Judged, 'before'>): string[] {
  const { company, form, today, told, after, rows } = j;
  const wrong: string[] = [];
  for (const person of company.people()) {
    if (told.has(person.key)) continue;
    const users = [...after.values()].filter(({ key }) => key === person.key);
    const active = users.filter((user) => user.active);
    const [user] = active;
    if (!works(person, today)) {
      const said = form.kind === 'upload' ? saysInactive(j, person) : !saysActive(j, person);
      if (active.length > 0 && said)
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
    const email = form.email ? person.email : user.email;
    const is = [user.code, user.email, user.lastName, user.department];
    const must = [person.number, email, person.last, person.department];
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

/** People whose login was their e-mail, and did not follow it. */
export function loginsLeft(before: Seeing, after: Seeing): string[] {
  return [...after.values()].flatMap(({ id, code, email, login }) => {
    const was = before.get(id);
    const followed = was?.email != null && was.login === was.email;
    const isLeft = followed && email !== null && email !== was.email && login === was.login;
    return isLeft ? [`the login of ${String(code)} stayed ${login}, not ${email}`] : [];
  });
}
