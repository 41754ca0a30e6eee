import { readFileSync } from 'node:fs';
import type { Db } from '../store/database/db';

/**
 * Seconds for which the database's processes of these connections computed so far; 0 where the system does not
 * say. On a busy machine the rest of the time went by waiting for a processor.
 */
export async function computed(db: Db): Promise<number> {
  const { rows } = await db.pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database()
     and application_name like 'rollcall-bench%'`,
  );
  return rows.reduce((sum, { pid }) => sum + processorSeconds(pid), 0);
}

/** What a process computed so far, in seconds; 0 where the system does not say. */
export function processorSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ');
    // Ticks of a hundredth of a second, in the process and for it in the kernel (proc(5)).
    return (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) / 100;
  } catch {
    return 0;
  }
}
