import { applyBatch } from '../../../store/apply';
import type { Db } from '../../../store/database/db';

/**
 * Applies a plan whose entries come in another order where their order does not matter: one by one, the smaller
 * of `keys` (repeated) first. For each of them, all others are marked as applied.
 */
export async function applyInAnyOrder(
  db: Db,
  o: { readonly runId: string; readonly fence: bigint; readonly keys: readonly number[] },
): Promise<void> {
  const { runId, fence, keys } = o;
  const batch = { runId, fence, undoDays: 90, maxEntries: 1 };
  const { rows } = await db.pool.query<{ ordered: number; entries: number }>(
    `select greatest(ordered_through, (select coalesce(max(entry), 0) from plan_entry
         where run_id = r.id and hand_over and entry <= r.entries)) as ordered, entries
     from run r where id = $1`,
    [runId],
  );
  const { ordered, entries } = rows[0] ?? { ordered: 0, entries: 0 };
  // Several entries in the first call: key swaps.
  for (let applied = 0; applied < ordered;) ({ applied } = await applyBatch(db, batch));

  const free = Array.from({ length: entries - ordered }, (_, i) => ordered + 1 + i);
  const key = (entry: number): number => keys[entry % keys.length] ?? 0;
  for (const entry of free.sort((a, b) => key(a) - key(b))) {
    await mark(db, runId, `- int4multirange(int4range(${String(entry)}, ${String(entry + 1)}))`);
    await applyBatch(db, batch);
  }
  if (free.length > 0) await mark(db, runId, '');
  while (!(await applyBatch(db, batch)).done);
}

/** Marks all entries of a run as applied, but for those that `except` takes out. */
async function mark(db: Db, runId: string, except: string): Promise<void> {
  await db.pool.query(
    `with done as (
       select int4multirange(int4range(1, entries + 1)) ${except} as entries from run where id = $1
     ), first as (
       select d.entries, case when lower(d.entries) = 1
         then (select upper(x) - 1 from unnest(d.entries) x order by x limit 1) else 0 end as through from done d
     )
     update run set applied_through = f.through,
       applied_beyond = f.entries - int4multirange(int4range(1, f.through + 1))
     from first f where id = $1`,
    [runId],
  );
}
