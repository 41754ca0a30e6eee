import type { Tx } from '../database/db';

/** SQL: the entries of a run (its columns without an alias) that are applied in this pass, as ranges. */
export const APPLIED = `(applied_beyond + int4multirange(int4range(1, applied_through + 1)))`;

/** SQL: how many entries of a run (an alias) are applied in this pass. */
export function appliedCount(r: string): string {
  return `(${r}.applied_through
    + (select coalesce(sum(upper(b) - lower(b)), 0) from unnest(${r}.applied_beyond) b))::int`;
}

/** SQL: an entry is applied in this pass of the run (an alias). */
export function isApplied(entry: string, r: string): string {
  return `(${entry} <= ${r}.applied_through or ${entry} <@ ${r}.applied_beyond)`;
}

/**
 * Marks entries as applied, in the transaction that applied them, which has the run locked; returns how many
 * entries of the run are applied. `applied_through` is the end of the first unbroken row of them.
 */
export async function markApplied(
  tx: Tx,
  o: { readonly runId: string; readonly from: number; readonly to: number },
): Promise<number> {
  const { rows } = await tx.query<{ applied: number }>(
    `with done as (
       select ${APPLIED} + int4multirange(int4range($2::int + 1, $3::int + 1)) as entries from run where id = $1
     ), first as (
       select case when lower(d.entries) = 1
         then (select upper(x) - 1 from unnest(d.entries) x order by x limit 1) else 0 end as through, d.entries
       from done d
     )
     update run r set applied_through = f.through,
       applied_beyond = f.entries - int4multirange(int4range(1, f.through + 1))
     from first f where r.id = $1
     returning ${appliedCount('r')} as applied`,
    [o.runId, o.from, o.to],
  );
  return rows[0]?.applied ?? 0;
}
