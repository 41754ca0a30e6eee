import { localOf, mailboxOf, phoneOf } from './contact';
import { fold } from './letters';
import { personName, type NameFields } from './personName';

/** What is known about a user, as far as it says who the person is. */
export interface DuplicatePerson extends NameFields {
  readonly id: string;
  readonly email: string | null;
  readonly login: string | null;
  readonly phone: string | null;
  /** YYYY-MM-DD. */
  readonly hireDate: string | null;
  /** Any text that names one organization. */
  readonly organization: string | null;
  readonly jobTitle: string | null;
  readonly department: string | null;
  readonly location: string | null;
  /** Sources whose last complete read had the person, by a number of their own. */
  readonly listedIn: readonly string[];
}

/** The same in the forms that are compared; empty texts are unknown. */
export interface Traits {
  readonly id: string;
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** All first names, and all last names, as one word. */
  readonly given: string;
  readonly family: string;
  readonly generation: string;
  /** First and last name as written, in lower case: two spellings of one name differ here. */
  readonly written: string;
  readonly local: string;
  readonly domain: string;
  /** The login, where it is neither the e-mail nor empty. */
  readonly login: string;
  readonly phone: string;
  readonly hireDate: string;
  readonly organization: string;
  readonly title: string;
  readonly department: string;
  readonly location: string;
  readonly listedIn: readonly string[];
}

export function traitsOf(person: DuplicatePerson): Traits {
  const mailbox = mailboxOf(person.email);
  const login = loginOf(person, mailbox.local);
  const named = personName(person);
  const unnamed = named.first.length === 0 && named.last.length === 0;
  // Without a name, that of the address: anna.meyer@… says it as well.
  const name = unnamed && mailbox.words.length === 2 ? byAddress(mailbox.words) : named;
  return {
    id: person.id,
    first: name.first,
    last: name.last,
    given: name.first.join(''),
    family: name.last.join(''),
    generation: name.generation,
    written: written(person),
    local: mailbox.local,
    domain: mailbox.domain,
    login,
    phone: phoneOf(person.phone),
    hireDate: person.hireDate ?? '',
    organization: person.organization ?? '',
    title: folded(person.jobTitle),
    department: folded(person.department),
    location: folded(person.location),
    listedIn: person.listedIn,
  };
}

function byAddress([first = '', last = '']: readonly string[]): {
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly generation: string;
} {
  const isName = /^\p{L}{2,}$/u.test(first) && /^\p{L}{2,}$/u.test(last);
  return { first: isName ? [first] : [], last: isName ? [last] : [], generation: '' };
}

function loginOf({ login, email }: DuplicatePerson, local: string): string {
  if (login === null || login === email) return '';
  const own = login.includes('@') ? mailboxOf(login).local : localOf(login).local;
  // Numbers are those of a source, which every source counts from one.
  return own === local || !/\p{L}{3}/u.test(own) ? '' : own;
}

function written({ firstName, lastName }: NameFields): string {
  return `${firstName ?? ''} ${lastName ?? ''}`.trim().toLowerCase();
}

function folded(text: string | null): string {
  return text === null ? '' : fold(text);
}

/** The words of both names in one order, whichever field they stand in. */
export function fullName({ first, last }: Traits): string {
  return [first[0] ?? '', ...last].sort().join(' ');
}

/** An address without what two writings of one mailbox differ in. */
export function mailbox({ local, domain }: Traits): string {
  return `${local}@${domain}`;
}

const BETWEEN = '\u001f';
/** No text of a user parts the line, or needs care where lines are copied. */
const CONTROL = /[\p{Cc}\\]/gu;

/** Traits as one line of text, for a table that is only read back. */
export function packTraits(t: Traits): string {
  const parts = [
    t.id,
    t.first.join(' '),
    t.last.join(' '),
    t.generation,
    t.written,
    t.local,
    t.domain,
    t.login,
    t.phone,
    t.hireDate,
    t.organization,
    t.title,
    t.department,
    t.location,
    t.listedIn.join(' '),
  ];
  return parts.map((part) => part.replace(CONTROL, ' ')).join(BETWEEN);
}

export function unpackTraits(line: string): Traits {
  const parts = line.split(BETWEEN);
  const part = (n: number): string => parts[n] ?? '';
  const [first, last] = [list(part(1), ' '), list(part(2), ' ')];
  return {
    id: part(0),
    first,
    last,
    given: first.length === 1 ? part(1) : first.join(''),
    family: last.length === 1 ? part(2) : last.join(''),
    generation: part(3),
    written: part(4),
    local: part(5),
    domain: part(6),
    login: part(7),
    phone: part(8),
    hireDate: part(9),
    organization: part(10),
    title: part(11),
    department: part(12),
    location: part(13),
    listedIn: list(part(14), ' '),
  };
}

const NONE: readonly string[] = [];

function list(text: string, separator: string): readonly string[] {
  return text === '' ? NONE : text.split(separator);
}
