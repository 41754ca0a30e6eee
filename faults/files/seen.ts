import type { Queryable } from '../../store/database/db';
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

/** People whose row did not go through in a run, and the report says why; or an admin rejected it. */
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
    `select coalesce(p.line, 0) as line, coalesce(s.phone, w.phone) as mark,
       case when p.decided = -1 then 'rejected' else coalesce(p.reason, p.action::text) end as reason,
       coalesce((select array_agg(u.phone) from "user" u where u.id::text = any(
         select jsonb_array_elements(coalesce(m.facts -> 'users', '[]')) ->> 'id')), '{}') as other
     from plan_entry p
     left join staged_row s on s.run_id = p.run_id and s.line = p.line
     left join "user" w on w.id = p.user_id and p.line is null
     left join run_message m on m.run_id = p.run_id and m.line = p.line and m.facts ? 'users'
     where p.run_id = $1 and (p.action in ('error', 'conflict') or p.decided = -1)`,
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

/** What a run says of people and rows that have no number in the list. */
export interface Numberless {
  /** Users who are not in the read, and whom it cannot judge for want of a number. */
  readonly users: ReadonlySet<string>;
  /** As the messages count them: those people, and the rows without a number. */
  readonly people: number;
  readonly rows: number;
}

export async function seeNumberless(db: Queryable, runId: string): Promise<Numberless> {
  const { rows: skipped } = await db.query<{ id: string }>(
    `select user_id as id from plan_entry
     where run_id = $1 and line is null and action = 'skip' and reason = 'no_number'`,
    [runId],
  );
  const { rows: told } = await db.query<{ people: number; rows: number }>(
    `select coalesce(sum((facts ->> 'absent')::int) filter (where code = 'people_without_number'), 0)::int as people,
       coalesce(sum((facts ->> 'rows')::int) filter (where code = 'no_number'), 0)::int as rows
     from run_message where run_id = $1`,
    [runId],
  );
  const { people, rows } = told[0] ?? { people: 0, rows: 0 };
  return { users: new Set(skipped.map(({ id }) => id)), people, rows };
}
