import type { DialectName } from '../../connectors/fake/dialects';
import type { FakePerson } from '../../connectors/fake/people';
import type { Queryable } from '../../store/database/db';
import { expected, type Told } from './truth';

/** A person of a source as the store has them. */
export interface Kept {
  readonly id: string;
  readonly userId: string;
  readonly active: boolean;
  readonly fields: Readonly<Record<Told, string | null>>;
}

/** The source's people in the store, by their ids there, and the number of users in all. */
export interface Store {
  readonly people: ReadonlyMap<string, Kept>;
  readonly users: number;
}

/** Reads the people that a source knows. */
export async function readKept(db: Queryable, sourceId: string): Promise<Store> {
  const { rows } = await db.query<Kept>(
    `select i.external_id as id, i.user_id as "userId", u.status = 'active' as active, jsonb_build_object(
       'code', u.code, 'login', u.login, 'email', u.email, 'firstName', u.first_name,
       'lastName', u.last_name, 'displayName', u.display_name, 'jobTitle', u.job_title,
       'department', u.department, 'location', u.location, 'hireDate', u.hire_date,
       'leaveDate', u.leave_date, 'manager', (select m.external_id from identity m
         where m.source_id = i.source_id and m.user_id = u.manager_id limit 1)) as fields
     from identity i join "user" u on u.id = i.user_id where i.source_id = $1`,
    [sourceId],
  );
  const { rows: counted } = await db.query<{ users: number }>(
    `select count(*)::int as users from "user"`,
  );
  return { people: new Map(rows.map((row) => [row.id, row])), users: counted[0]?.users ?? 0 };
}

/**
 * The differences between the store and the truth at the vendor; empty: none. `told`: new people whose
 * absence the report explains.
 */
export function differences(
  vendor: DialectName,
  o: {
    readonly truth: readonly FakePerson[];
    readonly store: Store;
    readonly today: string;
    readonly told: ReadonlySet<string>;
  },
): string[] {
  const { truth, store, today } = o;
  const known = new Set(store.people.keys());
  const found: string[] = [];
  for (const person of truth) {
    const wanted = expected(vendor, person, { today, known });
    const kept = store.people.get(person.id);
    // A person that the vendor merged into another is in a message, for an admin to settle.
    if (person.mergedInto !== '') continue;
    if (kept === undefined) {
      if (wanted.active && !o.told.has(person.id)) found.push(`${person.id} is not there`);
      continue;
    }
    if (kept.active !== wanted.active) {
      found.push(`${person.id} is ${word(kept.active)}, and should be ${word(wanted.active)}`);
    }
    // About a person who is gone, the vendor may report only that.
    if (!wanted.active) continue;
    for (const [field, value] of Object.entries(wanted.fields)) {
      const now = Object.entries(kept.fields).find(([name]) => name === field)?.[1] ?? null;
      if (now !== value) {
        found.push(`${person.id} ${field} is ${String(now)}, and should be ${String(value)}`);
      }
    }
  }
  const there = new Set(truth.map(({ id }) => id));
  for (const { id, active } of store.people.values()) {
    if (active && !there.has(id)) found.push(`${id} is active, and not there any more`);
  }
  const people = [...store.people.values()];
  const users = new Set(people.map(({ userId }) => userId));
  if (store.users !== users.size) {
    found.push(`${String(store.users)} users, and ${String(users.size)} whom the source knows`);
  }
  const apart = new Set(truth.filter((p) => p.mergedInto === '').map(({ id }) => id));
  const own = people.filter(({ id }) => apart.has(id));
  if (new Set(own.map(({ userId }) => userId)).size !== own.length) {
    found.push('two people of the source are one user');
  }
  return found;
}

function word(active: boolean): string {
  return active ? 'active' : 'inactive';
}
