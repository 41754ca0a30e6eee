import { Fault } from '../../domain/faults';
import { CLOSED_STATES } from '../../domain/runs/run';
import { transaction, type Db, type Tx } from './db';
import { sqlList } from './sqlList';

/** The same in every build: each ends the sessions of the others. */
const PROGRAM = 'rollcall';

/** `application_name` of every session that writes for a run: how an older attempt is found. */
export function writerName(runId: string): string {
  return `${PROGRAM} run ${runId}`;
}

/**
 * Starts an attempt to write for a run: the fence grows, and the sessions of older attempts are
 * ended. An attempt that was stopped (SIGSTOP, a long pause) and wakes up finds its session gone;
 * one that opens a new session has too old a fence. One that wakes with a task that it was given
 * before, and begins it when the run is over, writes nothing: the fence of such a run grows no more.
 */
export async function takeFence(db: Pick<Db, 'pool'>, runId: string): Promise<bigint> {
  // Before, too: a stopped attempt may hold the run's row.
  await endWriters(db, runId);
  const { rows } = await db.pool.query<{ fence: string }>(
    `with grown as (
       update run set fence = fence + 1
       where id = $1 and state not in ${sqlList(CLOSED_STATES)} returning fence
     )
     select coalesce((select fence from grown), fence) as fence from run where id = $1`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) {
    throw new Fault('not_found', { code: 'run_not_found', message: `There is no run ${runId}.` });
  }
  await endWriters(db, runId);
  return BigInt(row.fence);
}

async function endWriters(db: Pick<Db, 'pool'>, runId: string): Promise<void> {
  await db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = $1 and datname = current_database() and pid <> pg_backend_pid()`,
    [writerName(runId)],
  );
}

export interface Attempt {
  readonly runId: string;
  /** From {@link takeFence}. */
  readonly fence: bigint;
}

/**
 * One writing transaction of a run: its session is named after the run, and the fence is checked
 * last, under a lock on the run that holds until commit. `once`: work that can't be repeated.
 * @throws Fault fenced when a newer attempt took over; nothing is written then.
 */
export async function writing<T>(
  db: Pick<Db, 'pool'>,
  attempt: Attempt & { readonly once?: boolean },
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const attempts = attempt.once === true ? 1 : 5;
  try {
    return await transaction(
      db,
      async (tx) => {
        await tx.query(`select set_config('application_name', $1, true)`, [
          writerName(attempt.runId),
        ]);
        const result = await work(tx);
        await guardFence(tx, attempt);
        return result;
      },
      attempts,
    );
  } catch (error) {
    // What an attempt stumbles over that wakes up late is the newer one's work, and no fault of the
    // run's: told as such, it would end a run that goes on well.
    if (await isOutdated(db, attempt)) throw fenced(attempt.runId, error);
    throw error;
  }
}

async function isOutdated(db: Pick<Db, 'pool'>, { runId, fence }: Attempt): Promise<boolean> {
  try {
    const { rows } = await db.pool.query<{ newer: boolean }>(
      `select fence > $2 as newer from run where id = $1`,
      [runId, fence.toString()],
    );
    return rows[0]?.newer === true;
  } catch {
    // Out of reach: the error itself says so.
    return false;
  }
}

/** The last check of a writing transaction, which also locks the run until commit. */
export async function guardFence(tx: Tx, o: Attempt): Promise<void> {
  const { rows } = await tx.query<{ ok: boolean }>(
    `select fence = $2 as ok from run where id = $1 for update`,
    [o.runId, o.fence.toString()],
  );
  if (rows[0]?.ok !== true) throw fenced(o.runId);
}

function fenced(runId: string, cause?: unknown): Fault {
  return new Fault('fenced', {
    code: 'fenced',
    message: `Another attempt took over run ${runId}.`,
    next: { do: 'showRun', run: runId },
    cause,
  });
}
