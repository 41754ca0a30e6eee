import type { Queryable } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';
import type { MatchInput } from '../input';
import { numberForm } from './numberForm';

export interface RenumberedInput extends MatchInput {
  /** The read can say who is absent, so people are also recognized by their full name. */
  readonly complete: boolean;
  /** The run whose rows this one brings again: its people are in the read, too. */
  readonly retryOfId: string | null;
}

/**
 * Finds people who would be created though this source knows another number of theirs that the read
 * does not have (gate `renumbered`), and marks their entries: reason `renumbered`, the users
 * in question as candidates, and the change `identity: [known number, new number]`.
 *
 * Called only where the plan creates people and the source knows some. Starts from the known numbers that
 * the read does not have, which are few in a complete read: one anti-join, 0.4 s at a million rows. Of any
 * other read, only numbers that look like a new one are taken.
 */
export async function findRenumbered(tx: Queryable, o: RenumberedInput): Promise<void> {
  const unseen = await tx.query(UNSEEN(o));
  if ((unseen.rowCount ?? 0) === 0) return;
  await tx.query(`analyze unseen`);
  await tx.query(
    `create temp table renumbered (line int, number text, known text, users uuid[]) on commit drop`,
  );
  const byNumber = await tx.query(BY_NUMBER);
  const byName = o.complete ? await findByName(tx, o) : 0;
  if ((byNumber.rowCount ?? 0) + byName === 0) return;
  await tx.query(MARK(o.runId));
  await tx.query(TELL(o.runId));
}

async function findByName(tx: Queryable, o: RenumberedInput): Promise<number> {
  const { rowCount: names } = await tx.query(MISSING_NAME(o));
  if ((names ?? 0) === 0) return 0;
  await tx.query(`analyze missing_name`);
  return (await tx.query(BY_NAME(o.runId))).rowCount ?? 0;
}

/** Rows that become a new person of this source. */
const NEW = `w.user_id is null and w.problem is null and w.external_id is not null`;

/** Numbers of this source that the read does not have, whatever became of their people since. */
const UNSEEN = (o: RenumberedInput): string => `
  create temp table unseen on commit drop as
  with known as materialized (
    select i.external_id as number, i.user_id, i.created_at
    from identity i
    where i.source_id = '${o.sourceId}'
      ${
        o.complete
          ? ''
          : `and ${numberForm('i.external_id')} in (
        select ${numberForm('w.external_id')} from work w where ${NEW})`
      }
      and not exists (select from staged_row s
        where s.run_id ${o.retryOfId === null ? `= '${o.runId}'` : `in ('${o.runId}', '${o.retryOfId}')`}
          and s.external_id = i.external_id)
  )
  select k.number, coalesce(u.merged_into_id, u.id) as user_id, u.merged_into_id is null as itself,
    k.created_at,
    ${numberForm('k.number')} as form
  from known k join "user" u on u.id = k.user_id`;

/** The two numbers are one, written in two ways. */
const BY_NUMBER = `
  insert into renumbered
  select w.line, w.external_id, (array_agg(x.number order by x.created_at desc, x.number))[1],
    array_agg(distinct x.user_id)
  from work w join unseen x on x.form = ${numberForm('w.external_id')}
  where ${NEW}
  group by w.line, w.external_id`;

/** SQL: first and last name, or the name as it is shown; null unless it is a whole name. */
export const fullName = (of: string): string => `
    lower(coalesce(${of}.first_name || ' ' || ${of}.last_name, ${of}.display_name))`;

/**
 * Names of people who are missing: in no row, under none of their numbers here. Each name once, for an
 * active person before one who left; not where several may be meant.
 */
const MISSING_NAME = (o: RenumberedInput): string => `
  create temp table missing_name on commit drop as
  with person as (
    select user_id, count(*) filter (where itself) as numbers,
      (array_agg(number order by created_at desc, number))[1] as number
    from unseen group by user_id
  ), gone as (
    select p.user_id, p.number, ${fullName('u')} as name, u.status = 'active' as active, u.email_key
    from person p join "user" u on u.id = p.user_id
    where p.user_id not in (select user_id from work where user_id is not null)
      and p.user_id not in (
        select unnest(candidates) from work where problem is not null and candidates is not null)
      and p.user_id not in (select unnest(users) from renumbered)
      and p.user_id not in (select user_id from merged_at_source where user_id is not null)
      -- By the index of \`user_id\`: of a source that is new since the last analyze, one identity is expected,
      -- and \`=\` would look through all of them for each person.
      and (select count(*) from identity i
        where i.source_id is not distinct from '${o.sourceId}' and i.user_id = p.user_id) = p.numbers
  )
  select name, (array_agg(user_id order by active desc))[1] as user_id,
    (array_agg(number order by active desc))[1] as number, bool_or(active) as active,
    (array_agg(email_key order by active desc))[1] as email_key
  from gone where name is not null
  group by name having count(*) filter (where active) = 1 or count(*) = 1`;

/**
 * The same full name, once among the new people and once among those who are missing. A person who left
 * earlier counts where nobody else of that name is missing, and not where both have an e-mail (two
 * different ones, or the e-mail would have matched): namesakes of leavers come every week.
 */
const BY_NAME = (runId: string): string => `
  insert into renumbered
  select f.line, f.external_id, f.number, array[f.user_id] from (
    select w.line, w.external_id, m.number, m.user_id,
      m.active or m.email_key is null or s.email_key is null as likely,
      count(*) over (partition by m.name) as n
    from work w
    join staged_row s on s.run_id = '${runId}' and s.line = w.line
    join missing_name m on m.name = ${fullName('s')}
    where ${NEW} and w.line not in (select line from renumbered)
  ) f where f.n = 1 and f.likely`;

const MARK = (runId: string): string => `
  update plan_entry p set reason = 'renumbered', candidates = r.users,
    changes = jsonb_build_object('identity', jsonb_build_array(r.known, r.number))
  from renumbered r
  where p.run_id = '${runId}' and p.line = r.line and p.action = 'create'`;

/** How many pairs a message names. */
const MAX_NAMED = 5;

/** One message for all pairs; it names the first ones. */
const TELL = (runId: string): string => `
  with pair as (
    select row_number() over (order by r.line) as n, r.known, r.number,
      coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), '')) as name
    from renumbered r join "user" u on u.id = r.users[1]
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + 1, null, null, ${messageCode('renumbered')},
    jsonb_build_object('run', '${runId}', 'people', count(*)::int, 'pairs', jsonb_agg(
      jsonb_build_object('was', left(known, 60), 'is', left(number, 60), 'name', left(name, 60))
      order by n) filter (where n <= ${String(MAX_NAMED)}))
  from pair`;
