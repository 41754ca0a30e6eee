import { ID_PATTERN } from '../../domain/ids';
import { OPEN_STATES, type RunKind } from '../../domain/runs/run';
import type { Db, Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';

/** An open run whose workflow has the id that a build before installations had ids gave it. */
export interface SharedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
  /** True when it waits to be started, or for its turn. */
  readonly waits: boolean;
}

/** The open runs that are not addressed by this installation, in the order of their recording. */
export async function sharedRuns(db: Pick<Db, 'pool'>, installation: string): Promise<SharedRun[]> {
  const { rows } = await db.pool.query<SharedRun>(
    `select id as "runId", workflow_id as "workflowId", kind, state = 'waiting' as waits
     from run where state in ${sqlList(OPEN_STATES)} and split_part(workflow_id, '/', 2) <> $1
     order by id`,
    [installation],
  );
  return rows;
}

/** Records the id of the workflow that carries a run out from now on. */
export async function readdressRun(
  db: Queryable,
  o: { readonly runId: string; readonly workflowId: string },
): Promise<void> {
  await db.query(`update run set workflow_id = $2 where id = $1`, [o.runId, o.workflowId]);
}

/** Gives the workflows of all runs ids of another installation: those of a copy. */
export async function readdressAll(tx: Queryable, installation: string): Promise<void> {
  await tx.query(
    `update run set workflow_id =
       regexp_replace(workflow_id, '^([^/]+)/([0-9a-f]{12}/)?', '\\1/' || $1 || '/')`,
    [installation],
  );
}

const LOWER_ID = new RegExp(ID_PATTERN);

/** True when this store has all of these runs. */
export async function hasRuns(db: Pick<Db, 'pool'>, ids: readonly string[]): Promise<boolean> {
  const runs = ids.filter((id) => LOWER_ID.test(id));
  const { rows } = await db.pool.query<{ n: number }>(
    `select count(*)::int as n from run where id = any ($1::uuid[])`,
    [runs],
  );
  return rows[0]?.n === ids.length;
}
