import { courseKey } from '../../domain/records/course';
import type { EnrollmentStatus } from '../../domain/records/statuses';
import type { UserScope } from '../../domain/permissions';
import { newId, type Queryable } from '../database/db';
import { Params } from '../users/params';
import { reachOf } from '../users/reach';

export interface CourseRow {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  /** Not null: nobody new is enrolled. */
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
}

const SELECT = `
  select c.id, c.code, c.name, c.archived_at as "archivedAt", c.created_at as "createdAt"
  from course c`;

/** A page of courses by their code; `after` is the code that the page before ended with. */
export async function selectCourses(
  db: Queryable,
  o: { readonly archived: boolean; readonly limit: number; readonly after: string | null },
): Promise<CourseRow[]> {
  const { rows } = await db.query<CourseRow>(
    `${SELECT} where ($1 or c.archived_at is null) and ($2::text is null or c.code_key > $2)
     order by c.code_key limit $3`,
    [o.archived, o.after === null ? null : courseKey(o.after), o.limit],
  );
  return rows;
}

/**
 * The course of this code, in any case. `lock`: `share` keeps it from being archived or renamed until commit,
 * `update` is for who does so.
 */
export async function findCourse(
  db: Queryable,
  code: string,
  lock?: 'share' | 'update',
): Promise<CourseRow | null> {
  const locking = lock === undefined ? '' : `for ${lock === 'share' ? 'share' : 'no key update'}`;
  const { rows } = await db.query<CourseRow>(`${SELECT} where c.code_key = $1 ${locking}`, [
    courseKey(code),
  ]);
  return rows[0] ?? null;
}

/** Those of these keys that are no course's, each with the codes that there are. */
export async function missingCourses(
  db: Queryable,
  keys: readonly string[],
): Promise<{ readonly missing: ReadonlySet<string>; readonly codes: readonly string[] }> {
  const { rows } = await db.query<{ key: string }>(
    `select code_key as key from course where code_key = any ($1::text[])`,
    [keys],
  );
  const missing = new Set(keys.filter((key) => !rows.some((row) => row.key === key)));
  return { missing, codes: missing.size === 0 ? [] : await courseCodes(db) };
}

/** Codes among which the nearest one is looked for. */
const MAX_CODES = 5_000;

export async function courseCodes(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ code: string }>(
    `select code from course order by archived_at is not null, id desc limit ${String(MAX_CODES)}`,
  );
  return rows.map(({ code }) => code);
}

/** Creates a course; null when one with that code exists. */
export async function insertCourse(
  tx: Queryable,
  o: { readonly code: string; readonly name: string },
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into course (id, code, code_key, name) values ($1, $2, $3, $4)
     on conflict (code_key) do nothing returning id`,
    [newId(), o.code, courseKey(o.code), o.name],
  );
  return rows[0]?.id ?? null;
}

/** Throws SQLSTATE 23505 when another course has the code. */
export async function updateCourse(
  tx: Queryable,
  o: { readonly id: string; readonly code: string; readonly name: string },
): Promise<void> {
  await tx.query(`update course set code = $2, code_key = $3, name = $4 where id = $1`, [
    ...[o.id, o.code, courseKey(o.code), o.name],
  ]);
}

export async function archiveCourse(
  tx: Queryable,
  o: { readonly id: string; readonly archived: boolean },
): Promise<void> {
  await tx.query(`update course set archived_at = case when $2 then now() end where id = $1`, [
    ...[o.id, o.archived],
  ]);
}

/** How many people within the scope have each status in the course. */
export async function countEnrolled(
  db: Queryable,
  o: { readonly courseId: string; readonly scope: UserScope },
): Promise<Record<EnrollmentStatus, number>> {
  const params = new Params();
  const reach = reachOf(o.scope, params);
  // Without a bound scope the user need not be looked at: a current row is never of an absorbed account.
  const within =
    o.scope.kind === 'all'
      ? ''
      : `and exists (select from "user" u where u.id = e.user_id and ${reach.ofUnmerged('u')})`;
  const { rows } = await db.query<{ status: EnrollmentStatus; people: number }>(
    `select e.status, count(*)::int as people from enrollment e
     where e.course_id = ${params.add(o.courseId)} and e.tombstoned_by is null ${within}
     group by e.status`,
    params.values,
  );
  const counts = { enrolled: 0, in_progress: 0, completed: 0, cancelled: 0 };
  for (const { status, people } of rows) counts[status] = people;
  return counts;
}
