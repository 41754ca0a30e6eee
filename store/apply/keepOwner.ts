import type { Queryable, Tx } from '../database/db';
import { some } from '../database/some';
import { WORKING_OWNER } from '../admins/standing';
import { lockAdmins } from '../admins/admins';

/** SQL: the admin (alias `o`) is an owner, not disabled, and linked to a user. */
const LINKED_OWNER = `o.user_id is not null and o.level = 'owner' and o.disabled_at is null`;

/** SQL list of what changes with a status: its date and reason, the days of a source, and that it is set by hand. */
const WITH_STATUS = ['status', 'deactivatedAt', 'deactivatedReason', 'due', 'sticky']
  .map((key) => `'${key}'`)
  .join(', ');

/**
 * Takes out of a plan the deactivations of owners' users where no owner who may act would be left: such an
 * entry is skipped (`last_owner`), or keeps the status and changes the rest. {@link keepOwner} finds cases
 * that arise after the plan.
 */
export async function planWithOwner(tx: Queryable, runId: string): Promise<void> {
  if (await some(tx, `select from admin o where ${LINKED_OWNER}`)) await tx.query(SPARE, [runId]);
}

const SPARE = `
  with leaving as (
    select p.entry, p.user_id, p.changes - array[${WITH_STATUS}] as others
    from plan_entry p
    where p.run_id = $1 and p.action = 'deactivate'
      and p.user_id in (select o.user_id from admin o where ${LINKED_OWNER})
  )
  update plan_entry p set reason = 'last_owner', changes = nullif(l.others, '{}'),
    action = case when l.others = '{}' then 'skip' else 'update' end::plan_action
  from leaving l
  where p.run_id = $1 and p.entry = l.entry and not exists (
    select from admin a left join "user" u on u.id = a.user_id
    where ${WORKING_OWNER} and (a.user_id is null or a.user_id not in (select user_id from leaving)))`;

/**
 * Keeps the users of owners active where the batch would leave no owner who may act. The trigger
 * `admin_keep_an_owner` refused the first try of such a batch; this is part of the second, careful one.
 */
export async function keepOwner(tx: Tx): Promise<void> {
  const leaving = `from admin o where ${LINKED_OWNER} and o.user_id = c.user_id
    and c.changes -> 'status' ->> 1 = 'inactive'`;
  if (!(await some(tx, `select from slice_change c where exists (select ${leaving})`))) return;
  await lockAdmins(tx);
  await tx.query(`
    update slice_change c set last_owner = true,
      kept = coalesce(c.kept, '{}') || array['status'], changes = c.changes - array[${WITH_STATUS}]
    ${leaving} and not exists (
      select from admin a left join "user" u on u.id = a.user_id
      where ${WORKING_OWNER} and not exists (select from slice_change s
        where s.user_id = a.user_id and s.changes -> 'status' ->> 1 = 'inactive'))`);
}
