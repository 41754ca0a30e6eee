import type { Db } from '../database/db';
import { leftToOthers } from '../plan/mastering';
import { KEPT_FROM_ABSENCE, missedAgain, numbersOf, seenLately } from '../plan/missing';

/**
 * External ids of the active people that the plan of this read would count as gone: known to the
 * source, in no row under any of their ids, not merged into a listed person, and missing in enough
 * reads with this one. All ids of a person are returned, of at most `maxPeople` people. Leaves out
 * people whose status this source does not set: set by hand, or left to another source.
 */
export async function missingIds(
  db: Pick<Db, 'pool'>,
  o: { readonly runId: string; readonly absenceTimes: number; readonly maxPeople: number },
): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `with elsewhere as (
       select user_id from (${leftToOthers('(select source_id from run where id = $1)')}) l
       where field = 'status'
     ), absorbed as materialized (
       select unnest(aliases) as id from staged_row where run_id = $1 and aliases is not null
     ), gone as (
       select distinct u.id
       from run r
       join identity i on i.source_id = r.source_id
       join "user" u on u.id = i.user_id
       where r.id = $1 and ${missedAgain('$2')} and not ${KEPT_FROM_ABSENCE}
         and not ${seenLately({ sourceId: 'r.source_id', times: '$2' })}
         and not exists (select from elsewhere e where e.user_id = u.id)
         and not exists (select from ${numbersOf('r.source_id')}
           join staged_row s on s.run_id = r.id and s.external_id = j.external_id)
         and not exists (select from ${numbersOf('r.source_id')}
           join absorbed b on b.id = j.external_id)
       order by u.id limit $3
     )
     select n.external_id as id
     from gone u join run r on r.id = $1
     cross join lateral (select j.external_id from ${numbersOf('r.source_id')}) n
     order by 1`,
    [o.runId, o.absenceTimes, o.maxPeople],
  );
  return rows.map(({ id }) => id);
}
