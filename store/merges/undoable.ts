import { transaction, type Db } from '../database/db';

/**
 * SQL: until when a run (by its alias) can be undone once it is applied; `days`: how long other runs can. Merges
 * can be taken back for a time of their own, and a run that takes merges back cannot be undone.
 */
export function undoableUntil(run: string, days: string): string {
  return `case when ${run}.subject = 'merges' then (
      select max(m.unmerge_until) from merge m where m.run_id = ${run}.id and m.unmerged_at is null)
    else now() + make_interval(days => ${days}) end`;
}

/** Merges of one transaction. */
const AT_ONCE = 1000;

/**
 * Removes what merges changed once they can no longer be taken back: values of people that serve nothing any
 * more. That they were merged stays. Returns how many merges it were.
 */
export async function forgetImages(db: Pick<Db, 'pool'>, now: Date): Promise<number> {
  for (let total = 0; ;) {
    const { rowCount } = await transaction(db, (tx) =>
      tx.query(
        `with late as (
           select id from merge where images_removed_at is null and unmerge_until <= $1
           order by id limit ${String(AT_ONCE)} for update skip locked
         ), gone as (
           delete from merge_change c using late where c.merge_id = late.id
         )
         update merge m set images_removed_at = $1 from late where late.id = m.id`,
        [now],
      ),
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < AT_ONCE) return total;
  }
}
