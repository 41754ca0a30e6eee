import type { Tx } from '../../database/db';

const OUTCOME = ['status', 'progress', 'score', 'enrolled_at', 'completed_at'] as const;
const CREDIT = ['title', 'provider', 'credits', 'earned_on', 'evidence_url', 'print'] as const;

/** Tables of rows that move with a user, each with the name of its images and what a row may not share. */
const TABLES = [
  { what: 'enrollment', table: 'enrollment', values: OUTCOME, once: 'course_id' },
  { what: 'credit', table: 'external_credit', values: CREDIT, once: 'print' },
] as const;
type RowTable = (typeof TABLES)[number];

/**
 * Gives the rows of learner records back, once the users are two again: rows that moved go home as they are
 * now, rows that came since through the absorbed user too; a row of the survivor that has still what the
 * merge gave it gets its own values; tombstones become rows.
 */
export async function giveBackRows(tx: Tx): Promise<void> {
  for (const table of TABLES) {
    await tx.query(LOCK(table));
    await tx.query(HOME(table));
    await tx.query(OWN_VALUES(table));
    await tx.query(RISEN(table));
  }
}

const LOCK = ({ table }: RowTable): string => `
  select from ${table} r
  where r.user_id in (select survivor_id from unmerging where at_work
    union select absorbed_id from unmerging where at_work)
  order by r.id for update`;

/** SQL: the images of a kind. */
export const images = (what: string, change: string): string => `
  select m.*, c.key, c.before, c.after from unmerging m
  join merge_change c on c.merge_id = m.merge_id and c.what = '${what}' and c.change = '${change}'
  where m.at_work`;

/**
 * SQL: the rows that go to the absorbed user: `merge_id`, and the id of the row. `r.via_user_id` names the absorbed
 * user, or an account that this one had absorbed and gets back.
 */
export function goingHome({ what, table }: Pick<RowTable, 'what' | 'table'>): string {
  return `
  select i.merge_id, i.survivor_id, i.absorbed_id, r.id
  from (${images(what, 'moved')}) i
  join ${table} r on r.id = (i.key ->> 'id')::uuid and r.user_id = i.survivor_id
  union
  select m.merge_id, m.survivor_id, m.absorbed_id, r.id
  from unmerging m
  join ${table} r on r.user_id = m.survivor_id and r.tombstoned_by is null and (
    r.via_user_id = m.absorbed_id or r.via_user_id in (
      select (c.key ->> 'id')::uuid from merge_change c where c.merge_id = m.merge_id and c.what = 'pointer'))
  where m.at_work`;
}

const HOME = (o: RowTable): string => `
  update ${o.table} r set user_id = h.absorbed_id, via_user_id = nullif(r.via_user_id, h.absorbed_id),
    version = r.version + 1
  from (${goingHome(o)}) h where h.id = r.id`;

/** SQL: rows of the survivor that still are as the merge left them: `old` is what they were. */
export function unchanged(
  { what, table }: Pick<RowTable, 'what' | 'table'>,
  stands: boolean,
): string {
  return `
  select i.merge_id, r.id, i.before - '{version,user_id,via_user_id}'::text[] as old,
    i.after - '{version,user_id,via_user_id}'::text[] as wrote, to_jsonb(r) as now
  from (${images(what, 'changed')}) i
  join ${table} r on r.id = (i.key ->> 'id')::uuid and r.user_id = i.survivor_id
  where ${stands ? '' : 'not '}to_jsonb(r) @> (i.after - '{version,user_id,via_user_id}'::text[])`;
}

const OWN_VALUES = (o: RowTable): string => `
  update ${o.table} r set ${o.values.map((column) => `${column} = w.${column}`).join(', ')},
    version = r.version + 1
  from (${unchanged(o, true)}) b join ${o.table} t on t.id = b.id
  cross join lateral jsonb_populate_record(t, b.old) w
  where r.id = b.id`;

/** A tombstone stays with its user. It does not rise where that one has such a row by now. */
const RISEN = ({ what, table, once }: RowTable): string => `
  update ${table} r set tombstoned_by = null, version = r.version + 1
  from (${images(what, 'tombstoned')}) i
  where r.id = (i.key ->> 'id')::uuid and r.tombstoned_by = i.merge_id and not exists (
    select from ${table} o
    where o.user_id = r.user_id and o.${once} = r.${once} and o.tombstoned_by is null)`;
