import type { Db } from '../database/db';
import { leftToOthers } from '../plan/mastering';
import { KEPT_FROM_ABSENCE, missedAgain } from '../plan/missing';

/**
 * External ids of the active people that the plan of this read would count as gone: known to the
 * source, in no row under any of their ids, not merged into a listed person, and missing in enough
 * reads with this one. Leaves out people whose status this source does not set: set by hand, or
 * left to another source.
 */
export async function missingIds(
  db: Pick<Db, 'pool'>,
  o: { readonly runId: string; readonly absenceTimes: number; readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `with elsewhere as (
       select user_id from (${leftToOthers('(select source_id from run where id = $1)')}) l
       where field = 'status'
     )
     select i.external_id as id
     from run r
     join identity i on i.source_id = r.source_id
     join "user" u on u.id = i.user_id
     where r.id = $1 and ${missedAgain('$2')} and not ${KEPT_FROM_ABSENCE}
       and not exists (select from elsewhere e where e.user_id = u.id)
       and not exists (select from identity own join staged_row s on s.external_id = own.external_id
         where own.user_id = i.user_id and own.source_id = r.source_id and s.run_id = r.id)
       and not exists (select from staged_row s
         where s.run_id = r.id and s.aliases is not null and i.external_id = any(s.aliases))
     order by i.external_id limit $3`,
    [o.runId, o.absenceTimes, o.limit],
  );
  return rows.map(({ id }) => id);
}
