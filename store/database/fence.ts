import { Fault } from '../../domain/faults';
import { CLOSED_STATES } from '../../domain/runs/run';
import { transaction, type Db, type Tx } from './db';
import { sqlList } from './sqlList';

/** The same in every build: each ends the sessions of the others. */
const PROGRAM = 'rollcall';

/**
 * `application_name` of every session that writes for a run: identifies the sessions of older attempts.
 */
export function writerName(runId: string): string {
  return `${PROGRAM} run ${runId}`;
}

/**
 * Starts an attempt to write for a run: the fence grows, and the sessions of older attempts are
 * ended. An attempt that was stopped (SIGSTOP, a long pause) and wakes up finds its session gone;
 * a session that it opens after that has too old a fence. An attempt that wakes with a task it was given
 * earlier, after the run has ended, writes nothing: the fence of such a run no longer grows.
 */
export async function takeFence(db: Pick<Db, 'pool'>, runId: string): Promise<bigint> {
  // Before the update, too: a stopped attempt may hold the run's row.
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
 * last, under a lock on the run that holds until commit. `once`: work that can't be repeated. `together`: other
 * transactions of the attempt write at the same time.
 * @throws Fault fenced when a newer attempt took over; nothing is written then.
 */
export async function writing<T>(
  db: Pick<Db, 'pool'>,
  attempt: Attempt & { readonly once?: boolean; readonly together?: boolean },
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
    // When an attempt wakes up late, its errors come from the newer attempt's work and are no fault of the
    // run: reported as one, they would end a run that is doing well.
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
    // The run cannot be read: the error itself is reported.
    return false;
  }
}

/**
 * The last check of a writing transaction; it also locks the run until commit. `together`: two transactions that
 * both have rows which refer to the run would wait for each other at the stronger lock.
 */
export async function guardFence(
  tx: Tx,
  o: Attempt & { readonly together?: boolean },
): Promise<void> {
  const { rows } = await tx.query<{ ok: boolean }>(
    `select fence = $2 as ok from run where id = $1 for ${o.together === true ? 'no key ' : ''}update`,
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
