import type { Db } from '../../store/database/db';
import { halfMergedIn } from './state';
import type { EndedWrite, WriterName } from './writers';

/** SQL: the ids of users who have what was written (`$1`: the pair, `$2`: what), by the rows that count. */
const FOUND: Readonly<Record<WriterName, string>> = {
  edit: `select id from "user" where $2 || ' of ' || $1 in (job_title, department, location)`,
  people: `select id from "user" where $2 = 'phone' and phone = '+43 1 ' || $1
    or $2 = 'locale' and locale = 'de-AT' and code = 's' || $1`,
  enrollments: `select user_id as id from enrollment e join course c on c.id = e.course_id
    where c.code = $2 and tombstoned_by is null and user_id in (select id from "user" where code = 's' || $1)`,
  enrollmentFile: `select user_id as id from enrollment e join course c on c.id = e.course_id
    where c.code = $2 and tombstoned_by is null and user_id in (select id from "user" where code = 's' || $1)`,
  enrollmentRows: `select user_id as id from enrollment e join course c on c.id = e.course_id
    where c.code = $2 and tombstoned_by is null and user_id in (select id from "user" where code = 's' || $1)`,
  credits: `select user_id as id from external_credit where title = $2 and tombstoned_by is null
    and user_id in (select id from "user" where code = 's' || $1)`,
  creditRows: `select user_id as id from external_credit where title = $2 and tombstoned_by is null
    and user_id in (select id from "user" where code = 's' || $1)`,
  // A number stays with its account where the person has another one that speaks; readers follow.
  links: `select coalesce(u.merged_into_id, u.id) as id from identity i join "user" u on u.id = i.user_id
    where i.external_id = $2 || ' of ' || $1`,
};

/**
 * Writes that succeeded and that the survivor does not have exactly once, refused writes that it has, and rows
 * on absorbed accounts.
 */
export async function notOnSurvivors(db: Db, all: readonly EndedWrite[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of all) {
    const pair = String(one.pair);
    const { rows } = await db.pool.query<{ code: string }>(
      `select u.code from (${FOUND[one.writer]}) f join "user" u on u.id = f.id`,
      [pair, one.what],
    );
    const codes = rows.map(({ code }) => code);
    const isThere = codes.filter((code) => code === `s${pair}`).length === 1;
    if (isThere !== (one.refused === null)) {
      wrong.push(
        `${one.writer} ${one.what} of ${one.side}${pair}: ${one.refused ?? 'written'}, and found on ${codes.join(', ') || 'nobody'}`,
      );
    }
  }
  return [...wrong, ...(await halfMergedIn(db.pool))];
}
