import type { Tx } from '../database/db';
import { WORKING_OWNER } from '../admins/standing';
import { lockAdmins } from '../admins/admins';

/**
 * Keeps active the users of owners whom a batch would deactivate so that no owner who may act were left.
 * The trigger `admin_keep_an_owner` refused the batch then, and it is done again with care.
 */
export async function keepOwner(tx: Tx): Promise<void> {
  const { rowCount } = await tx.query(
    `select from slice_change c where exists (select ${LEAVING}) limit 1`,
  );
  if (rowCount === 0) return;
  await lockAdmins(tx);
  await tx.query(`
    update slice_change c set last_owner = true,
      kept = coalesce(c.kept, '{}') || array['status'], changes = c.changes - array[${WITH_STATUS}]
    ${LEAVING} and not exists (
      select from admin a left join "user" u on u.id = a.user_id
      where ${WORKING_OWNER} and not exists (select from slice_change s
        where s.user_id = a.user_id and s.changes -> 'status' ->> 1 = 'inactive'))`);
}

/** Owners whose users the batch deactivates. */
const LEAVING = `from admin o where o.user_id = c.user_id and o.level = 'owner'
      and o.disabled_at is null and c.changes -> 'status' ->> 1 = 'inactive'`;

/** What changes with a status: its date and reason, the days of a source, and that it is set by hand. */
const WITH_STATUS = ['status', 'deactivatedAt', 'deactivatedReason', 'due', 'sticky']
  .map((key) => `'${key}'`)
  .join(', ');
