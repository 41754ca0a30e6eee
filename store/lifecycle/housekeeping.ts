import type { RunKind } from '../../domain/runs/run';
import type { Db } from '../database/db';

/** A run that waits, with what addresses its workflow. */
export interface WaitingRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
  /** When the run was recorded, or when the last decision about it was. */
  readonly since: Date;
}

/** Runs that wait, and that were neither recorded nor decided on within the last `quietSeconds`. */
export async function waitingRuns(
  db: Pick<Db, 'pool'>,
  o: { readonly quietSeconds: number; readonly limit: number },
): Promise<WaitingRun[]> {
  const { rows } = await db.pool.query<WaitingRun>(
    `with waiting as (
       select r.id, r.workflow_id, r.kind, greatest(r.created_at,
         (select max(d.created_at) from decision d where d.run_id = r.id)) as since
       from run r where r.state = 'waiting'
     )
     select id as "runId", workflow_id as "workflowId", kind, since from waiting
     where since < now() - make_interval(secs => $1) order by since limit $2`,
    [o.quietSeconds, o.limit],
  );
  return rows;
}

/**
 * Removes stored files that are older than `olderThanHours` and that no run reads: uploads that
 * broke off, and files whose run was never recorded. Returns how many.
 */
export async function removeUnreadFiles(
  db: Pick<Db, 'pool'>,
  o: { readonly olderThanHours: number },
): Promise<number> {
  const { rowCount } = await db.pool.query(
    `delete from run_file f
     where f.created_at < now() - make_interval(hours => $1)
       and not exists (select from run r where r.file_id = f.id)`,
    [o.olderThanHours],
  );
  return rowCount ?? 0;
}

/**
 * Removes the content of files that were refused more than `olderThanHours` ago: the run names its
 * file, and nothing reads the content. A run that may go on (`runs resume`) keeps its file. Returns
 * how many.
 */
export async function emptyRefusedFiles(
  db: Pick<Db, 'pool'>,
  o: { readonly olderThanHours: number },
): Promise<number> {
  const { rows } = await db.pool.query<{ files: number }>(
    `with refused as (
       update run_file f set complete = false from run r
       where r.file_id = f.id and f.complete and r.state = 'failed' and r.staged_at is null
         and r.finished_at < now() - make_interval(hours => $1)
         and r.failure ->> 'next' !~ '^\\S+ runs resume' -- as an older build stored it
         and r.failure -> 'next' ->> 'do' is distinct from 'resume'
         and not exists (select from run o where o.file_id = f.id and o.id <> r.id)
       returning f.id
     ), emptied as (
       delete from run_file_chunk c using refused where c.file_id = refused.id
     )
     select count(*)::int as files from refused`,
    [o.olderThanHours],
  );
  return rows[0]?.files ?? 0;
}
