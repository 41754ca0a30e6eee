import type { Queryable } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';
import { usersAsMeant } from '../../users/meant';

/** At most so many people are named. */
const MAX_NAMED = 5;

/**
 * Leaves people as they are whom a read of the source missed, and so deactivated, after the file was applied
 * whose rows a retry mends: a row of the older file does not say that they are back. One message names them.
 * `retryOfId` may be a retry itself: the first file of the chain decides.
 */
export async function leaveAbsent(
  tx: Queryable,
  o: { readonly runId: string; readonly sourceId: string; readonly retryOfId: string },
): Promise<void> {
  await tx.query(
    `with recursive chain as (
       select id, retry_of_id, coalesce(applied_at, created_at) as at from run where id = $3
       union all
       select r.id, r.retry_of_id, coalesce(r.applied_at, r.created_at)
       from chain c join run r on r.id = c.retry_of_id
     ), gone as (
       update work w set problem = 'left_since'
       from chain c, "user" u
       where c.retry_of_id is null and w.problem is null and u.id = w.user_id
         and u.status = 'inactive' and u.deactivated_at > c.at
         and exists (select from identity i where i.source_id = $2 and i.user_id = u.id
           and i.left_at = u.deactivated_at)
       returning w.line, w.user_id
     ), total as (
       select count(*)::int as people, (array_agg(user_id order by line))[1:${String(MAX_NAMED)}] as named
       from gone
     )
     insert into run_message (run_id, n, line, "column", code, facts)
     select r.id, ${nextNumber(o.runId)} + 1, null, null, ${messageCode('left_since')},
       jsonb_build_object('people', people, 'source', s.name, 'users', ${usersAsMeant('named')})
     from total join run r on r.id = $1 join source s on s.id = r.source_id
     where people > 0`,
    [o.runId, o.sourceId, o.retryOfId],
  );
}
