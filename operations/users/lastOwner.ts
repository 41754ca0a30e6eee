import { areLastOwners } from '../../store/admins/admins';
import { lastOwner } from '../admins/lastOwner';
import type { OperationContext } from '../context';

/** What is said of the user of the last owner. */
export const USER_STAYS = 'This user is the last owner who may act, and stays active.';

/**
 * Throws Fault `conflict` when users are to be deactivated who are the last owners who may act. It
 * speaks before the database does: a trigger refuses the write itself (`admin_keep_an_owner`).
 */
export async function refuseLastOwner(
  { db }: Pick<OperationContext, 'db'>,
  userIds: readonly string[],
): Promise<void> {
  if (!(await areLastOwners(db.pool, userIds))) return;
  throw lastOwner(USER_STAYS);
}
