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

/** A merge as it is asked for to take it back. */
export interface MergeToUnmerge {
  readonly mergeId: string;
  readonly survivorId: string;
  readonly absorbedId: string;
  readonly unmergeUntil: Date | null;
  readonly unmergedAt: Date | null;
  /** The admin who took it back. */
  readonly unmergedBy: string | null;
  readonly imagesRemovedAt: Date | null;
}

/** Merges whose ids begin so; two at most. */
export async function mergesBeginning(db: Queryable, prefix: string): Promise<MergeToUnmerge[]> {
  const { rows } = await db.query<MergeToUnmerge>(
    `select m.id as "mergeId", m.survivor_id as "survivorId", m.absorbed_id as "absorbedId",
       m.unmerge_until as "unmergeUntil", m.unmerged_at as "unmergedAt", a.name as "unmergedBy",
       m.images_removed_at as "imagesRemovedAt"
     from merge m left join admin a on a.id = m.unmerged_by
     where starts_with(m.id::text, $1) order by m.id limit 2`,
    [prefix],
  );
  return rows;
}
