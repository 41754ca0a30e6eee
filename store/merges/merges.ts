import type { MergeDocument, MergeView, MergeWork } from '../../domain/merges/mergeView';
import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import type { Queryable } from '../database/db';
import { firstToUnmerge } from './unmerge/obstacles';

const NAME = (of: string): string =>
  `coalesce(${of}.display_name, nullif(concat_ws(' ', ${of}.first_name, ${of}.last_name), ''))`;
const USER = (of: string): string =>
  `jsonb_build_object('id', ${of}.id, 'code', ${of}.code, 'name', ${NAME(of)})`;

/** True while the merge `m` can be unmerged. */
const UNMERGEABLE = `m.unmerged_at is null and m.images_removed_at is null and m.unmerge_until > now()`;

const VIEW = `
  select m.id as "mergeId",
    case when m.unmerged_at is not null then 'unmerged' when ${UNMERGEABLE} then 'merged' else 'final' end as state,
    ${USER('s')} as survivor, ${USER('a')} as absorbed,
    m.merged_at as "mergedAt", actor.name as by, m.reason, m.run_id as "runId", m.choices,
    case when m.images_removed_at is null then m.unmerge_until end as "unmergeUntil",
    m.unmerged_at as "unmergedAt", back.name as "unmergedBy"
  from merge m
  join "user" s on s.id = m.survivor_id
  join "user" a on a.id = m.absorbed_id
  left join admin actor on actor.id = m.actor_id
  left join admin back on back.id = m.unmerged_by`;

interface ViewRow extends Omit<MergeView, 'mergedAt' | 'unmergeUntil' | 'unmergedAt'> {
  readonly mergedAt: Date;
  readonly unmergeUntil: Date | null;
  readonly unmergedAt: Date | null;
}

function viewOf({ mergedAt, unmergeUntil, unmergedAt, ...row }: ViewRow): MergeView {
  return {
    ...row,
    mergedAt: mergedAt.toISOString(),
    unmergeUntil: unmergeUntil?.toISOString() ?? null,
    unmergedAt: unmergedAt?.toISOString() ?? null,
  };
}

export interface MergeQuery {
  /** Merges of this person: by its root user, with the accounts that it absorbed. */
  readonly userId?: string;
  readonly limit: number;
  /** The merge that the page before ended with. */
  readonly after?: string;
}

/** A page of merges, newest first. */
export async function selectMerges(db: Queryable, q: MergeQuery): Promise<MergeView[]> {
  const { rows } = await db.query<ViewRow>(
    `with person as (
       select $1::uuid as id where $1::uuid is not null
       union select id from "user" where merged_into_id = $1
     ), place as (
       select merged_at, id from merge where id = $3
     )
     ${VIEW}
     where ($1::uuid is null or m.survivor_id in (select id from person) or m.absorbed_id in (select id from person))
       and ($3::uuid is null or (m.merged_at, m.id) < (select merged_at, id from place))
     order by m.merged_at desc, m.id desc limit $2`,
    [q.userId ?? null, q.limit, q.after ?? null],
  );
  return rows.map(viewOf);
}

/** The merges whose ids begin like this, two at most. */
export async function findMerges(db: Queryable, prefix: string): Promise<MergeView[]> {
  const { rows } = await db.query<ViewRow>(
    `${VIEW} where starts_with(m.id::text, $1) order by m.id limit 2`,
    [prefix],
  );
  return rows.map(viewOf);
}

/** The merge that absorbed this user; `null`: the user is not merged. */
export async function openMergeOf(
  db: Queryable,
  absorbedId: string,
): Promise<{ readonly id: string } | null> {
  const { rows } = await db.query<{ id: string }>(
    `select id from merge where absorbed_id = $1 and unmerged_at is null`,
    [absorbedId],
  );
  return rows[0] ?? null;
}

/** The accounts that this user absorbed. */
export async function absorbedBy(db: Queryable, userId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from "user" where merged_into_id = $1 order by id`,
    [userId],
  );
  return rows.map(({ id }) => id);
}

/** The open merges in which this user was absorbed, or is the one who stayed: newest first. */
export async function openMergesOf(db: Queryable, userId: string): Promise<MergeView[]> {
  const { rows } = await db.query<ViewRow>(
    `${VIEW}
     where m.unmerged_at is null and (m.absorbed_id = $1
       or m.absorbed_id in (select id from "user" where merged_into_id = $1))
     order by m.merged_at desc, m.id desc`,
    [userId],
  );
  return rows.map(viewOf);
}

/** What a merge changed, from its images. */
export async function mergeDetails(
  db: Queryable,
  mergeId: string,
): Promise<Pick<MergeDocument, 'work' | 'fields' | 'unmergeFirst'>> {
  const { rows: work } = await db.query<MergeWork>(
    `select what, change, count(*)::int as rows from merge_change where merge_id = $1
     group by what, change order by min(n)`,
    [mergeId],
  );
  const { rows: fields } = await db.query<{ field: string; before: unknown; after: unknown }>(
    FIELDS,
    [mergeId],
  );
  return {
    work,
    fields: Object.fromEntries(fields.map(({ field, before, after }) => [field, [before, after]])),
    unmergeFirst: await firstToUnmerge(db, mergeId),
  };
}

/** Fields of the survivor, organizations and managers by their codes. */
const FIELDS = `
  with image as (
    select c.before, c.after from merge_change c join merge m on m.id = c.merge_id
    where c.merge_id = $1 and c.what = 'user' and c.key ->> 'id' = m.survivor_id::text
  ), field as (
    select n.name as field, i.before -> n.col as before, i.after -> n.col as after
    from image i
    join (values ${USER_FIELD_NAMES.map(
      (name) => `('${name}', '${USER_FIELDS[name].column}')`,
    ).join(', ')}) n(name, col) on i.after ? n.col
    union all
    select 'properties.' || k, i.before -> 'properties' -> k, i.after -> 'properties' -> k
    from image i cross join lateral (
      select jsonb_object_keys(i.before -> 'properties') as k where i.after ? 'properties'
      union select jsonb_object_keys(i.after -> 'properties') where i.after ? 'properties'
    ) keys
  ), readable as (
    select field, case field
        when 'organization' then (select to_jsonb(code) from organization where to_jsonb(id) = f.before)
        when 'manager' then (select to_jsonb(coalesce(code, login, email)) from "user" where to_jsonb(id) = f.before)
        else f.before end as before,
      case field
        when 'organization' then (select to_jsonb(code) from organization where to_jsonb(id) = f.after)
        when 'manager' then (select to_jsonb(coalesce(code, login, email)) from "user" where to_jsonb(id) = f.after)
        else f.after end as after
    from field f
  )
  select field, nullif(before, 'null') as before, nullif(after, 'null') as after
  from readable where before is distinct from after`;
