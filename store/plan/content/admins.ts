import type { Queryable } from '../../database/db';
import { some } from '../../database/some';
import { messageCode, nextNumber } from '../../runs/lines';
import { usersAsMeant } from '../../users/meant';

/** At most so many people are named. */
const MAX_NAMED = 5;

/**
 * Says which people whom a plan deactivates are admins: their tokens open nothing from then on. Runs after
 * the last owner's user is taken out of the plan.
 */
export async function reportAdmins(tx: Queryable, runId: string): Promise<void> {
  const linked = 'select from admin where user_id is not null and disabled_at is null';
  if (!(await some(tx, linked))) return;
  await tx.query(
    `with stopped as (
       select p.user_id, p.entry from admin a
       join plan_entry p on p.run_id = $1 and p.action = 'deactivate' and p.user_id = a.user_id
       where a.disabled_at is null
     ), total as (
       select count(*)::int as people,
         (array_agg(user_id order by entry))[1:${String(MAX_NAMED)}] as named
       from stopped
     )
     insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(runId)} + 1, null, null, ${messageCode('admins_stopped')},
       jsonb_build_object('people', people, 'users', ${usersAsMeant('named')})
     from total where people > 0`,
    [runId],
  );
}
