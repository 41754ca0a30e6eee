import { Fault } from '../../domain/faults';
import { sqlStateOf } from '../../domain/passing';
import { READ_KINDS, isFinal, isRead } from '../../domain/runs/run';
import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import type { Db, Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { ASKS_WITHIN } from '../runs/requests';
import { awaitsDecision, settles } from '../runs/settles';
import { getRun, moveRun, type RunRow } from '../runs/runs';
import { refuseOtherKey } from './lists';

export type Claim = 'claimed' | 'waiting' | 'blocked' | 'finished';

/**
 * Tries once to take the slot of the run's source. `waiting`: another run has the slot, or comes
 * first. `blocked`: a run of this named or polled source is held, and no newer run starts before a
 * decision about it. The runs of a named or polled source go in the order in which they were
 * recorded, because an older list would undo what a newer one brought. A run that applies rows which
 * an admin resolved in a held run is not blocked by that run, and comes before later reads.
 * @throws Fault state `superseded` for a list after which a newer one was applied.
 */
export async function claim(db: Pick<Db, 'pool'>, o: Attempt): Promise<Claim> {
  try {
    return await writing(db, { ...o, once: true }, async (tx) => {
      const run = await getRun(tx, o.runId);
      if (isFinal(run.state)) return 'finished';
      if (run.active) return 'claimed';
      await tx.query(`update run set asked_at = now() where id = $1`, [o.runId]);
      const others = await othersOf(tx, run);
      if (others.newer !== null) throw superseded(run, others.newer);
      if (others.blocked) return 'blocked';
      if (others.older) return 'waiting';
      if (run.kind === 'import') await refuseOtherKey(tx, run);
      await moveRun(tx, { runId: o.runId, to: 'running' });
      await tx.query(`update run set active = true where id = $1`, [o.runId]);
      return 'claimed';
    });
  } catch (error) {
    // The unique index run_one_active_per_source refused: another run has the slot.
    if (sqlStateOf(error) !== '23505') throw error;
    await db.pool.query(`update run set asked_at = now() where id = $1`, [o.runId]);
    return 'waiting';
  }
}

interface Others {
  readonly blocked: boolean;
  /** True when a run that was recorded before this one waits, too. */
  readonly older: boolean;
  /**
   * The newest run that was recorded later and is applied; `null` once this run has begun to apply.
   */
  readonly newer: string | null;
}

async function othersOf(tx: Tx, run: RunRow): Promise<Others> {
  const { rows } = await tx.query<Others>(
    `with named as (
       select r.* from run r join source s on s.id = r.source_id
       where r.source_id = $1 and s.kind in ${sqlList(NAMED_SOURCE_KINDS)} and not r.dry_run
     ), own as (
       select o.retry_of_id, ${settles('o')} as settles from run o where o.id = $2
     )
     select exists (select from run b, own where b.source_id = $1 and b.blocking and b.id <> $2
         and not (own.settles and b.id = own.retry_of_id and ${awaitsDecision('b')})) as blocked,
       exists (select from named w, own where w.id <> $2 and w.state = 'waiting'
         and w.asked_at > now() - ${ASKS_WITHIN}
         and case when own.settles then w.id = own.retry_of_id
           else w.id < $2 or ${settles('w')} end) as older,
       (select id from named where id > $2 and kind in ${sqlList(READ_KINDS)} and retry_of_id is null
          and applied_at is not null and $3 order by id desc limit 1) as newer`,
    [
      run.sourceId,
      run.id,
      // A dry run is exempt: it changes no user. Made real, it is compared with newer lists, too.
      isRead(run.kind) && run.applied === 0 && run.retryOfId === null && !run.dryRun,
    ],
  );
  return rows[0] ?? { blocked: false, older: false, newer: null };
}

function superseded(run: RunRow, newer: string): Fault {
  return new Fault('state', {
    code: 'superseded',
    message: `A newer read of ${run.source} was applied since (run ${newer}): this older one would undo what that brought.`,
    next:
      run.kind === 'sync'
        ? { do: 'syncSource', source: run.source }
        : { do: 'importAfterNewer', source: run.source },
  });
}
