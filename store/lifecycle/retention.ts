import { OPEN_STATES } from '../../domain/runs/run';
import { transaction, type Db, type Tx } from '../database/db';
import { dropPartitions, partitionedDays, uuidAt, type Day } from '../database/partitions';
import { sqlList } from '../database/sqlList';

export interface Retention {
  readonly now: Date;
  /** Plans, staged rows, outcomes and messages are kept for so long, and as long as an undo may need them. */
  readonly plansDays: number;
  /** Contents of files are kept for so long after the last run that reads them. */
  readonly filesDays: number;
}

export interface Forgotten {
  /** Days (UTC) whose runs have no plan any more, as `2026-01-31`. */
  readonly days: readonly string[];
  readonly runs: number;
  readonly files: number;
}

const DAY_MS = 24 * 3600 * 1000;
/** Dropping locks the whole table for an instant: not waited for longer than others would notice. */
const LOCK_TIMEOUT = '2s';

/**
 * Removes what runs are known by in detail once nobody can need it: by days, each in a transaction of
 * its own. What a run counted, its decisions and the audit stay. A day with a run that has not ended,
 * that can still be undone, or that another one is made from is kept whole.
 */
export async function retain(db: Pick<Db, 'pool'>, o: Retention): Promise<Forgotten> {
  const files = await emptyFiles(db, o);
  const before = o.now.getTime() - o.plansDays * DAY_MS;
  const days: string[] = [];
  let runs = 0;
  for (const day of await partitionedDays(db.pool)) {
    if (day.end > before) continue;
    const forgotten = await transaction(db, (tx) => forget(tx, { day, now: o.now, before }));
    if (forgotten === null) continue;
    days.push(new Date(day.start).toISOString().slice(0, 10));
    runs += forgotten;
  }
  return { days, runs, files };
}

/** A run that has not ended needs its plan. */
const OPEN = sqlList(OPEN_STATES);

/** How many runs of that day are forgotten; null: one of them needs what there is. */
async function forget(
  tx: Tx,
  o: { readonly day: Day; readonly now: Date; readonly before: number },
): Promise<number | null> {
  await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  const range = [uuidAt(o.day.start), uuidAt(o.day.end)];
  const isNeeded = async (): Promise<boolean> => {
    const { rows } = await tx.query<{ needed: boolean }>(
      `select exists (
         select from run r where r.id >= $1 and r.id < $2 and (r.state in ${OPEN} or r.active
           or r.undoable_until > $3 or r.finished_at > $4
           or exists (select from run o where (o.undo_of_id = r.id or o.retry_of_id = r.id)
             and o.state in ${OPEN}))
       ) as needed`,
      [...range, o.now, new Date(o.before)],
    );
    return rows[0]?.needed !== false;
  };
  if (await isNeeded()) return null;
  // Locked, so that none of them is undone, applied or resumed meanwhile, and looked at again.
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

/** Files of which nothing but the name and the digest is kept from now on. Answers how many. */
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
