import { transaction, type Db } from '../../store/database/db';
import { EMPTY_AUDIT } from '../emptyAudit';

// prettier-ignore
const EMPTIED = ['identity', 'list_person', 'entry_outcome', 'run_message', 'decision', 'staged_row', 'plan_entry', 'rejection', '"user"', 'connection', 'call_budget', 'run', 'run_file_chunk', 'run_file'];

/** The state after set-up. Without triggers, as users are never deleted. */
export async function emptyStore(db: Db): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    for (const table of EMPTIED) await tx.query(`delete from ${table}`);
    await tx.query(EMPTY_AUDIT);
    await tx.query(`delete from source where kind in ('connector', 'list')`);
    await tx.query(
      `update source set last_good_run_id = null, last_absence_run_id = null, epoch = 1`,
    );
  });
}
