import { OPEN_STATES, type RunKind } from '../../domain/runs/run';
import type { Db } from '../database/db';
import { sqlList } from '../database/sqlList';

/** A decision that was recorded and not carried out, with what addresses its run's workflow. */
export interface Undelivered {
  readonly decisionId: string;
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
}

/**
 * Decisions for a workflow that were not taken. `fits`: the run is still where the decision was
 * made. A decision that was taken afterwards has changed what there was to decide, also when a part
 * is held again.
 */
const UNTAKEN = `
  untaken as (
    select d.id, d.run_id, r.workflow_id, r.kind,
      case d.kind
        when 'cancel' then r.state in ${sqlList(OPEN_STATES)}
        else r.state = 'held' and (r.approved_at is null or r.applied_at is not null)
          and not exists (select from decision o where o.run_id = d.run_id
            and o.kind in ('approve', 'reject') and o.taken_at >= d.created_at)
      end as fits
    from decision d join run r on r.id = d.run_id
    where d.taken_at is null and d.kind in ('approve', 'reject', 'cancel')
      and not d.detail ? 'late' and d.created_at < now() - make_interval(secs => $1)
  )`;

/** The oldest decision of each run that still fits the run. */
export async function undelivered(
  db: Pick<Db, 'pool'>,
  o: { readonly olderThanSeconds: number; readonly limit: number },
): Promise<Undelivered[]> {
  const { rows } = await db.pool.query<Undelivered>(
    `with ${UNTAKEN}
     select distinct on (run_id) id as "decisionId", run_id as "runId",
       workflow_id as "workflowId", kind
     from untaken where fits order by run_id, id limit $2`,
    [o.olderThanSeconds, o.limit],
  );
  return rows;
}

/** Marks decisions that no longer fit as late, which their runs show. Returns the runs. */
export async function closeLate(
  db: Pick<Db, 'pool'>,
  o: { readonly olderThanSeconds: number },
): Promise<string[]> {
  const { rows } = await db.pool.query<{ runId: string }>(
    `with ${UNTAKEN}
     update decision d set detail = d.detail || '{"late": true}' from untaken u
     where d.id = u.id and not u.fits and d.taken_at is null
     returning d.run_id as "runId"`,
    [o.olderThanSeconds],
  );
  return rows.map(({ runId }) => runId);
}
