import { OPEN_STATES } from '../../domain/runs/run';
import type { Db, Tx } from '../database/db';
import { forgetOldDays } from '../database/oldDays';
import { dropPartitions, partitionedDays, uuidAt, type Day } from '../database/partitions';
import { sqlList } from '../database/sqlList';

export interface Retention {
  readonly now: Date;
  /**
   * Days for which plans, staged rows, outcomes and messages are kept; longer while an undo may
   * need them.
   */
  readonly plansDays: number;
  /** Days for which the content of a file is kept after the last run that reads it. */
  readonly filesDays: number;
}

export interface Forgotten {
  /** Days (UTC) whose runs have lost their plans, as `2026-01-31`. */
  readonly days: readonly string[];
  readonly runs: number;
  readonly files: number;
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Removes the details of runs once they cannot be needed: day by day, each in its own transaction.
 * The counts of a run, its decisions and the audit stay. A day is kept completely when one of its
 * runs has not ended, can still be undone, or is the base of another open run. A run of merges needs no plan
 * to be undone: the merges have what they changed.
 */
export async function retain(db: Pick<Db, 'pool'>, o: Retention): Promise<Forgotten> {
  const files = await emptyFiles(db, o);
  const before = o.now.getTime() - o.plansDays * DAY_MS;
  const { days, held } = await forgetOldDays(db, {
    days: await partitionedDays(db.pool),
    before,
    forget: (tx, day) => forget(tx, { day, now: o.now, before }),
  });
  return { days, runs: held, files };
}

/** A run that has not ended needs its plan. */
const OPEN = sqlList(OPEN_STATES);

/** How many runs of that day lose their details; `null`: one of the runs still needs them. */
async function forget(
  tx: Tx,
  o: { readonly day: Day; readonly now: Date; readonly before: number },
): Promise<number | null> {
  const range = [uuidAt(o.day.start), uuidAt(o.day.end)];
  const isNeeded = async (): Promise<boolean> => {
    const { rows } = await tx.query<{ needed: boolean }>(
      `select exists (
         select from run r where r.id >= $1 and r.id < $2 and (r.state in ${OPEN} or r.active
           or r.undoable_until > $3 and r.subject <> 'merges' or r.finished_at > $4
           or exists (select from run o where (o.undo_of_id = r.id or o.retry_of_id = r.id)
             and o.state in ${OPEN}))
       ) as needed`,
      [...range, o.now, new Date(o.before)],
    );
    return rows[0]?.needed !== false;
  };
  if (await isNeeded()) return null;
  // Locks the runs, so that none is undone, applied or resumed in the meantime, and then looks
  // again.
  await tx.query(`select from run where id >= $1 and id < $2 order by id for update`, range);
  if (await isNeeded()) return null;
  await tx.query(`delete from entry_outcome where run_id >= $1 and run_id < $2`, range);
  await tx.query(`delete from run_message where run_id >= $1 and run_id < $2`, range);
  const { rowCount } = await tx.query(
    `update run set forgotten_at = $3 where id >= $1 and id < $2`,
    [...range, o.now],
  );
  await dropPartitions(tx, o.day);
  return rowCount ?? 0;
}

/** Removes the content of files that are old enough; name and digest stay. Returns how many. */
async function emptyFiles(db: Pick<Db, 'pool'>, o: Retention): Promise<number> {
  const { rows } = await db.pool.query<{ files: number }>(
    `with old as (
       update run_file f set complete = false
       where f.complete and exists (select from run r where r.file_id = f.id)
         and not exists (select from run r where r.file_id = f.id
           and (r.state in ${OPEN} or r.active or coalesce(r.finished_at, r.created_at) > $1))
       returning f.id
     ), emptied as (
       delete from run_file_chunk c using old where c.file_id = old.id
     )
     select count(*)::int as files from old`,
    [new Date(o.now.getTime() - o.filesDays * DAY_MS)],
  );
  return rows[0]?.files ?? 0;
}
