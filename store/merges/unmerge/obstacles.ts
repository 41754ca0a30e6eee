import type { Queryable } from '../../database/db';

/** Why a merge cannot be taken back, as the reason of its entry. */
export const UNMERGE_OBSTACLES = [
  'already_unmerged',
  'too_late',
  'images_removed',
  'merged_later',
  'no_key_left',
] as const;
export type UnmergeObstacle = (typeof UNMERGE_OBSTACLES)[number];
/** Those that end as a conflict, because a person has to do something; the others are skipped. */
export const CONFLICTS = ['no_key_left', 'changed_since'] as const;

/**
 * SQL: a newer merge (alias l) that stands and shares a user with the merge m: it was built on what m left,
 * and is unmerged before it.
 */
const LATER = `select l.id, l.survivor_id, l.absorbed_id, l.merged_at from merge l
    where l.unmerged_at is null and l.absorbed_id = m.survivor_id
  union all
  select l.id, l.survivor_id, l.absorbed_id, l.merged_at from merge l
    where l.unmerged_at is null and l.survivor_id = m.survivor_id
      and (l.merged_at, l.id) > (m.merged_at, m.id)`;

/** Finds the obstacles of the merges of a level of `unmerging`; those of lower levels are gone by then. */
export async function findObstacles(tx: Queryable, level: number): Promise<void> {
  await tx.query(
    `update unmerging u set problem = o.problem, blocker = o.blocker
     from (
       select m.id, case when m.unmerged_at is not null then 'already_unmerged'
           when m.images_removed_at is not null then 'images_removed'
           when m.unmerge_until <= now() then 'too_late'
           when later.id is not null then 'merged_later' end as problem,
         later.id as blocker
       from unmerging n join merge m on m.id = n.merge_id
       left join lateral (
         select x.id from (${LATER}) x
         where not exists (select from unmerging g
           where g.merge_id = x.id and g.problem is null and g.level < n.level)
         order by x.merged_at desc, x.id desc limit 1
       ) later on true
       where n.level = $1 and n.problem is null
     ) o
     where o.id = u.merge_id and o.problem is not null`,
    [level],
  );
}

/** The merge that has to be unmerged first, before this one and those between the two; null: none. */
export async function firstToUnmerge(db: Queryable, mergeId: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    `with recursive later as (
       select x.* from merge m cross join lateral (${LATER}) x where m.id = $1 and m.unmerged_at is null
       union
       select x.* from later m cross join lateral (${LATER}) x
     )
     select id from later order by merged_at desc, id desc limit 1`,
    [mergeId],
  );
  return rows[0]?.id ?? null;
}
