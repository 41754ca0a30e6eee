import type { Tx } from '../database/db';

/** Late entries of a run, after entry `from`. */
export interface LateRange {
  readonly runId: string;
  /** SQL condition on plan_entry p: decided for this pass. */
  readonly decided: string;
  readonly from: number;
  readonly maxEntries: number;
}

/**
 * Sets the managers that were created later in the run than the people they lead, a batch at a
 * time; returns how far it came, null when none was left. The version stays: to the outside, the
 * user was written once by this run. A manager who was not created after all is left out.
 */
export async function applyLateManagers(tx: Tx, o: LateRange): Promise<number | null> {
  const { rows } = await tx.query<{ last: number | null }>(
    `with slice as (
       select p.entry, p.user_id, p.action,
         case when p.action = 'create' then p.manager_id
           else (p.changes -> 'manager' ->> 1)::uuid end as manager_id
       from plan_entry p
       where p.run_id = $1 and p.manager_late and p.entry > $2 and ${o.decided}
         and not exists (select from entry_outcome x
           where x.run_id = p.run_id and x.entry = p.entry
             and (x.action in ('skip', 'conflict') or 'manager' = any(x.fields)))
       order by p.entry limit $3
     ), locked as (
       select u.id from "user" u where u.id in (select user_id from slice) order by u.id for update
     ), applied as (
       update "user" u set manager_id = s.manager_id, updated_at = now()
       from slice s join locked l on l.id = s.user_id
       where u.id = s.user_id and u.status <> 'merged' and not 'manager' = any(u.sticky)
         and exists (select from "user" m where m.id = s.manager_id)
       returning u.id
     ), forgotten as (
       -- Compared in full next time: the manager may come.
       update identity i set record_hash = null from slice s
       where i.user_id = s.user_id and not exists (select from "user" m where m.id = s.manager_id)
     )
     select max(entry) as last from slice`,
    [o.runId, o.from, o.maxEntries],
  );
  return rows[0]?.last ?? null;
}
