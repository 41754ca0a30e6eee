import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { userKey } from '../../domain/keys';
import { newId } from '../../store/database/db';
import type { PlantedUser } from './generator';

const BATCH_USERS = 5_000;

/** What was loaded: how many users, and which of them are one person. */
export interface Loaded {
  readonly users: number;
  /** Each pair of users of one person, as {@link pairKey}. */
  readonly truth: ReadonlySet<string>;
}

/** One name for a pair of codes, whichever comes first. */
export function pairKey(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

/**
 * Fills an empty store with users, past the triggers of imports. A key that an earlier user has is left out:
 * the store has each key once.
 */
export async function loadUsers(db: Client, users: Iterable<PlantedUser>): Promise<Loaded> {
  const taken = new Set<string>();
  const once: (key: string | null) => string | null = (key) => {
    if (key === null || key === '' || taken.has(key)) return null;
    taken.add(key);
    return key;
  };
  const people = new Map<string, string[]>();
  const organizations = new Map<string, string>();
  let count = 0;
  let lines = '';
  await db.query('set session_replication_role = replica');
  const flush = async (): Promise<void> => {
    await copy(db, lines);
    lines = '';
  };
  for (const user of users) {
    count += 1;
    const code = user.code ?? `U${String(count)}`;
    const known = people.get(user.person);
    if (known === undefined) people.set(user.person, [code]);
    else known.push(code);
    lines += lineOf({ ...user, code }, { once, organizations });
    if (count % BATCH_USERS === 0) await flush();
  }
  await flush();
  for (const [code, id] of organizations) {
    await db.query(
      `insert into organization (id, code, code_key, name) values ($1, $2, $3, $2)
       on conflict do nothing`,
      [id, code, userKey(code)],
    );
  }
  await db.query('set session_replication_role = origin');
  await db.query('vacuum analyze "user"');
  return { users: count, truth: pairsOf(people) };
}

function pairsOf(people: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const truth = new Set<string>();
  for (const codes of people.values()) {
    codes.forEach((one, at) => {
      for (const other of codes.slice(at + 1)) truth.add(pairKey(one, other));
    });
  }
  return truth;
}

function lineOf(
  user: PlantedUser,
  o: {
    readonly once: (key: string | null) => string | null;
    readonly organizations: Map<string, string>;
  },
): string {
  const email = o.once(user.email === null ? null : `e ${userKey(user.email)}`);
  const login = o.once(user.login === null ? null : `l ${userKey(user.login)}`);
  const organization = user.organization ?? '';
  if (organization !== '' && !o.organizations.has(organization)) {
    o.organizations.set(organization, newId());
  }
  const cells = [
    newId(),
    user.code,
    login === null ? null : user.login,
    login?.slice(2) ?? null,
    email === null ? null : user.email,
    email?.slice(2) ?? null,
    ...[user.firstName, user.lastName, user.displayName, user.phone, user.hireDate],
    o.organizations.get(organization) ?? null,
    ...[user.jobTitle, user.department, user.location],
  ];
  return `${cells.map(cell).join('\t')}\n`;
}

function cell(value: string | null): string {
  if (value === null || value === '') return '\\N';
  return value.replace(/[\t\n\r\\]/g, ' ');
}

const COLUMNS = `id, code, login, login_key, email, email_key, first_name, last_name, display_name, phone,
  hire_date, organization_id, job_title, department, location`;

async function copy(db: Client, lines: string): Promise<void> {
  if (lines === '') return;
  const stream = db.query(copyFrom(`copy "user" (${COLUMNS}) from stdin`));
  const ended = finished(stream);
  if (!stream.write(lines)) await Promise.race([once(stream, 'drain'), ended]);
  stream.end();
  await ended;
}
