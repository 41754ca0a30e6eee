import type { StoredRunState } from '../../domain/runs/run';
import { newId, type Db, type Queryable } from '../database/db';
import { REACHED } from '../plan/facts';
import { ownRuns, type OwnRuns } from './runs';
import { awaitsDecision, settles } from './settles';

/** What an actor can ask of a run. */
export type DecisionKind = 'approve' | 'reject' | 'apply' | 'cancel' | 'resume' | 'resolve';

export interface NewDecision {
  readonly runId: string;
  readonly actorId: string;
  readonly kind: DecisionKind;
  readonly reason?: string;
  readonly detail?: object;
  /** True when the transaction that records it also carries it out. */
  readonly taken: boolean;
}

/** Records who decided what and why; Temporal only ever gets its id. */
export async function insertDecision(tx: Queryable, decision: NewDecision): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into decision (id, run_id, actor_id, kind, reason, detail, taken_at)
     values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)`,
    [
      id,
      decision.runId,
      decision.actorId,
      decision.kind,
      decision.reason ?? null,
      JSON.stringify(decision.detail ?? {}),
      decision.taken,
    ],
  );
  return id;
}

/** Whether a decision was carried out; false also when it does not exist, or is none about `own`. */
export async function decisionTaken(
  db: Queryable,
  decisionId: string,
  own: OwnRuns | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from decision d join run r on r.id = d.run_id
     where d.id = $1 and d.taken_at is not null and ${ownRuns('r', '$2')}`,
    [decisionId, own?.actorId ?? null],
  );
  return rowCount === 1;
}

/** Locks a run until commit, so that two decisions on it come one after the other. */
export async function lockRun(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`select 1 from run where id = $1 for update`, [runId]);
}

/** Makes a dry run a real one; the plan stays as it was shown. `options` are merged in. */
export async function makeReal(
  tx: Queryable,
  o: { readonly runId: string; readonly options: object },
): Promise<void> {
  await tx.query(
    `update run r set dry_run = false, options = options || $2::jsonb,
       held = case when not exists (${REACHED}) then held else coalesce(
         (select jsonb_agg(gate) from jsonb_array_elements(held) gate
          where gate->>'gate' <> 'first_link'), '[]') end
     from source s where s.id = r.source_id and r.id = $1`,
    [o.runId, JSON.stringify({ ...o.options, dryRun: false })],
  );
}

/** Removes the gate `expect` from a plan whose count the actor confirmed. */
export async function confirmCount(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `update run set held = coalesce(
       (select jsonb_agg(gate) from jsonb_array_elements(held) gate where gate->>'gate' <> 'expect'),
       '[]')
     where id = $1`,
    [runId],
  );
}

/** The runs that undo, or undid, a run; newest first, dry runs left out. */
export async function undoRunsOf(
  db: Queryable,
  runId: string,
): Promise<{ id: string; state: StoredRunState }[]> {
  const { rows } = await db.query<{ id: string; state: StoredRunState }>(
    `select id, state from run where undo_of_id = $1 and not dry_run order by id desc`,
    [runId],
  );
  return rows;
}

/** A run that another one waits for. */
export interface InTheWay {
  readonly runId: string;
  readonly state: StoredRunState;
  /** The name of the source of both. */
  readonly source: string;
  /** Who started it. */
  readonly actorId: string;
  /** Since when it is held; null while it is at work. */
  readonly heldSince: Date | null;
}

/**
 * A waiting run asks at least twice a minute; one that was ended from outside is not waited for.
 */
export const ASKS_WITHIN = `interval '90 seconds'`;

/**
 * Whether a run recently asked for its source's slot: its workflow is at work, and gets it by itself.
 */
export async function asksForSlot(db: Pick<Db, 'pool'>, runId: string): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `select 1 from run where id = $1 and asked_at > now() - ${ASKS_WITHIN}`,
    [runId],
  );
  return rowCount === 1;
}

/** The run that has the slot of a waiting run's source, or is held and blocks it. */
export async function inTheWay(db: Pick<Db, 'pool'>, runId: string): Promise<InTheWay | null> {
  const { rows } = await db.pool.query<InTheWay>(
    `select o.id as "runId", o.state, s.name as source, o.actor_id as "actorId",
       case when o.blocking and ${awaitsDecision('o')}
         then coalesce(o.applied_at, o.planned_at) end as "heldSince"
     from run r join source s on s.id = r.source_id
     join run o on o.source_id = r.source_id and o.id <> r.id and (o.active or o.blocking)
     where r.id = $1 and r.state = 'waiting'
       and not (o.id = r.retry_of_id and ${awaitsDecision('o')} and ${settles('r')})
     order by o.blocking desc limit 1`,
    [runId],
  );
  return rows[0] ?? null;
}
