import { CHANGING_ACTIONS, isApproved, isFinal } from '../../domain/runs/run';
import type { Db, Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { getRun, moveRun, type RunRow } from '../runs/runs';
import {
  forgetApproved,
  noteLeftOut,
  noteRejections,
  remembering,
  rememberRejected,
} from './rejections';
import { mayDecide } from './runActor';
import { alertHeld } from './runAlerts';

/** Holds a run at its gates and gives the slot back. From then on its named source is blocked. */
export async function hold(db: Pick<Db, 'pool'>, o: Attempt): Promise<void> {
  await writing(db, o, async (tx) => {
    await moveRun(tx, { runId: o.runId, to: 'held' });
    await alertHeld(tx, o.runId);
  });
}

export type Taken = 'apply' | 'rejected' | 'cancelled' | 'ignored';

interface DecisionRow {
  readonly kind: string;
  readonly detail: {
    readonly only?: readonly string[];
    readonly entries?: readonly number[];
    readonly keepHeld?: boolean;
    /** True when the run only makes way for a newer read: its changes are not rejected for good. */
    readonly replaced?: boolean;
    /**
     * True when the decision was refused as too late. It stays refused, because its actor saw that
     * answer.
     */
    readonly late?: boolean;
  };
  readonly takenAt: Date | null;
}

/**
 * Carries out a decision that a person recorded. A decision that does not exist, is about another
 * run or does not fit the run's state is `ignored` for good. One that was already taken has the
 * same answer again.
 */
export async function takeDecision(
  db: Pick<Db, 'pool'>,
  o: Attempt & { readonly decisionId: string },
): Promise<Taken> {
  return writing(db, o, async (tx) => {
    const run = await getRun(tx, o.runId);
    const { rows } = await tx.query<DecisionRow>(
      `select kind, detail, taken_at as "takenAt" from decision where id = $1 and run_id = $2
       for update`,
      [o.decisionId, o.runId],
    );
    const [decision] = rows;
    if (decision === undefined || decision.detail.late === true) return 'ignored';
    // An admin who lost the right since is as late as one whose run was decided by another.
    const allowed = decision.takenAt !== null || (await mayDecide(tx, o.decisionId));
    const taken = allowed ? await carryOut(tx, run, decision) : 'ignored';
    if (taken === 'apply' || taken === 'rejected') await noteRejections(tx, run.id);
    await tx.query(
      taken === 'ignored'
        ? `update decision set detail = detail || '{"late": true}' where id = $1 and taken_at is null`
        : `update decision set taken_at = coalesce(taken_at, now()) where id = $1`,
      [o.decisionId],
    );
    return taken;
  });
}

async function carryOut(tx: Tx, run: RunRow, decision: DecisionRow): Promise<Taken> {
  const again = decision.takenAt !== null;
  switch (decision.kind) {
    case 'approve':
      if (again) return 'apply';
      if (run.state !== 'held' || isApproved(run)) return 'ignored';
      await approve(tx, run, decision.detail);
      return 'apply';
    case 'reject':
      if (again) return 'rejected';
      if (run.state !== 'held' || isApproved(run)) return 'ignored';
      await reject(tx, run, decision.detail.replaced === true);
      return 'rejected';
    case 'cancel':
      if (isFinal(run.state) && run.state !== 'cancelled') return 'ignored';
      return !again && (await isThrough(tx, run)) ? 'ignored' : 'cancelled';
    default:
      return 'ignored';
  }
}

/** Rejects what nobody decided yet: the complete plan, or what was kept held. */
async function reject(tx: Tx, run: RunRow, replaced: boolean): Promise<void> {
  const rest = `update plan_entry set decided = -1 where run_id = $1 and decided = 0`;
  await tx.query(replaced ? rest : remembering(`${rest} returning *`), [run.id]);
  if (run.approvedAt === null && !replaced) await rememberRejected(tx, run.id);
}

/** True when the complete plan is applied, so that a cancellation would spare nothing. */
async function isThrough(tx: Tx, run: RunRow): Promise<boolean> {
  if (run.state !== 'running' || run.approvedAt === null) return false;
  const last = run.entries > 0 && run.applied >= run.entries;
  return (last || run.appliedAt !== null) && !(await keepsHeld(tx, run.id));
}

/** True when a part of the plan was kept held. */
export async function keepsHeld(tx: Tx, runId: string): Promise<boolean> {
  const { rows } = await tx.query<{ kept: boolean }>(
    `select exists (select from plan_entry where run_id = $1 and decided = 0) as kept`,
    [runId],
  );
  return rows[0]?.kept === true;
}

/** Marks the approved entries. A second approval (of a part kept held) is a pass of its own. */
async function approve(tx: Tx, run: RunRow, detail: DecisionRow['detail']): Promise<void> {
  const later = run.approvedAt !== null;
  const pass = later ? run.pass + 1 : 1;
  const chosen = `(($3::text[] is null or action::text = any($3))
    and ($4::int[] is null or entry = any($4)))`;
  const rest = detail.keepHeld === true ? 0 : -1;
  const open = later ? 'decided = 0' : 'decided is null';
  const parts = [detail.only ?? null, detail.entries ?? null];
  if (rest === -1 && parts.some((part) => part !== null)) {
    const leftOut = `action in ${sqlList(CHANGING_ACTIONS)} and ${open}
      and not (($2::text[] is null or action::text = any($2)) and ($3::int[] is null or entry = any($3)))`;
    await noteLeftOut(tx, { runId: run.id, leftOut, values: parts });
  }
  const turned = `
    update plan_entry set decided = case when ${chosen} then $2::int else $5::int end
     where run_id = $1 and action in ${sqlList(CHANGING_ACTIONS)}
       and ${later ? open : `${open} and not ${chosen}`}
     returning *`;
  const values = [run.id, pass, ...parts, rest];
  await tx.query(remembering(turned), values);
  if (run.held.some(({ gate }) => gate === 'rejected_before')) {
    await forgetApproved(tx, { runId: run.id, pass });
  }
  await tx.query(
    `update run set approved_at = now(), pass = $2,
       applied_through = case when $3 then 0 else applied_through end,
       applied_beyond = case when $3 then '{}' else applied_beyond end,
       managers_through = case when $3 then 0 else managers_through end,
       applied_at = case when $3 then null else applied_at end
     where id = $1`,
    [run.id, pass, later],
  );
}
