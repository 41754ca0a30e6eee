import type { Queryable } from '../../database/db';
import type { MergedPair } from './levels';

/** How many merges of a run are merged still, and how many were taken back. */
export async function mergesLeft(
  db: Queryable,
  runId: string,
): Promise<{ readonly merged: number; readonly unmerged: number }> {
  const { rows } = await db.query<{ merged: number; unmerged: number }>(
    `select count(*) filter (where unmerged_at is null)::int as merged,
       count(unmerged_at)::int as unmerged from merge where run_id = $1`,
    [runId],
  );
  return rows[0] ?? { merged: 0, unmerged: 0 };
}

/** The first two pairs that a run took apart. */
export async function pairsTakenBackBy(db: Queryable, runId: string): Promise<MergedPair[]> {
  const { rows } = await db.query<MergedPair>(
    `select survivor_id as "survivorId", absorbed_id as "absorbedId" from merge
     where unmerged_run_id = $1 order by merged_at desc limit 2`,
    [runId],
  );
  return rows;
}
