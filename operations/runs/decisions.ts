import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import type { ExpectedEntry } from '../../domain/runs/entryClaim';
import { requirePermission } from '../../domain/permissions';
import { verbOfRun } from '../../domain/runs/runActor';
import {
  CHANGING_ACTIONS,
  isApproved,
  type Action,
  type RunKind,
  type StoredRunState,
} from '../../domain/runs/run';
import { audit } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import { forgetUnmade, noteRejections, rememberRejected } from '../../store/lifecycle/rejections';
import { undoneBy } from '../../store/report/sequels';
import {
  confirmCount,
  decisionTaken,
  insertDecision,
  lockRun,
  makeReal,
  type DecisionKind,
} from '../../store/runs/requests';
import { getRun, isOwn, moveRun, type RunRow } from '../../store/runs/runs';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { reachedBy, reachOf } from '../users/userScope';
import { requireExpected } from './entryClaims';
import { refuseForgotten } from './forgotten';
import { reachedRun, runsFor } from './runReach';
import { alreadyUndone } from './undo';

/** A recorded decision, and what its workflow has to do. */
export interface Decided {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
  readonly decisionId: string;
  /**
   * `decide`: the workflow carries it out; `start`: it goes on from the row; `none`: it is done.
   */
  readonly workflow: 'decide' | 'start' | 'none';
}

export interface ApproveInput {
  /** The id of the run, or a unique beginning of it. */
  readonly run: string;
  /** Only entries of these actions; the rest is rejected, or left held. */
  readonly only?: readonly Action[];
  /** Only these entries. What an expected entry says beside its number must match the plan. */
  readonly entries?: readonly (number | ExpectedEntry)[];
  readonly keepHeld?: boolean;
  readonly reason?: string;
}

export interface DecisionInput {
  readonly run: string;
  readonly reason?: string;
}

/**
 * Lets a held plan be applied, completely or in part.
 * @throws Fault usage for entries that this plan does not have, or that differ from what was
 * expected.
 */
export async function approveRun(context: OperationContext, input: ApproveInput): Promise<Decided> {
  const claims = input.entries?.map((entry) => (typeof entry === 'number' ? { entry } : entry));
  const detail = {
    ...(input.only === undefined ? {} : { only: approvable(input.only) }),
    ...(claims === undefined ? {} : { entries: [...new Set(claims.map(({ entry }) => entry))] }),
    ...(input.keepHeld === true ? { keepHeld: true } : {}),
  };
  if (input.only !== undefined && input.entries !== undefined) {
    throw usage('Approve by action or by entries, not both.');
  }
  if (input.keepHeld === true && input.only === undefined && input.entries === undefined) {
    throw usage('Keeping the rest held needs a part to approve: --only or --entries.');
  }
  return decide(context, input, {
    kind: 'approve',
    acts: true,
    detail,
    states: { held: 'decide' },
    check: async (tx, { id: runId }) => {
      if (claims !== undefined) await requireExpected(tx, { runId, claims });
    },
  });
}

/**
 * Rejects a held or planned run: nothing of it is applied. Its deactivations, reactivations and key
 * changes are remembered, and hold a later run that brings them again (gate `rejected_before`).
 */
export async function rejectRun(
  context: OperationContext,
  input: DecisionInput & {
    /** True when the run only makes way for a newer read: nothing of it is remembered. */
    readonly replaced?: boolean;
  },
): Promise<Decided> {
  const replaced = input.replaced === true;
  return decide(context, input, {
    kind: 'reject',
    detail: replaced ? { replaced } : {},
    states: { held: 'decide', planned: 'none' },
    carryOut: async (tx, run) => {
      if (!replaced) await rememberRejected(tx, run.id);
      await noteRejections(tx, run.id);
      await moveRun(tx, { runId: run.id, to: 'rejected' });
      await forgetUnmade(tx, run.id);
    },
  });
}

/** Ends a run that has not ended; what it applied stays, and can be undone. */
export async function cancelRun(context: OperationContext, input: DecisionInput): Promise<Decided> {
  return decide(context, input, {
    kind: 'cancel',
    states: {
      waiting: 'decide',
      running: 'decide',
      retrying: 'decide',
      held: 'decide',
      planned: 'none',
      failed: 'none',
    },
    carryOut: async (tx, run) => {
      await moveRun(tx, { runId: run.id, to: 'cancelled' });
      await forgetUnmade(tx, run.id);
    },
  });
}

/**
 * Applies the very plan that a dry run showed. `expect`: the count that the actor confirmed, which
 * lifts the gate of that name; other gates still hold.
 */
export async function applyRun(
  context: OperationContext,
  input: DecisionInput & { readonly expect?: number },
): Promise<Decided> {
  const { expect } = input;
  return decide(context, input, {
    kind: 'apply',
    acts: true,
    detail: expect === undefined ? {} : { expect },
    states: { planned: 'start' },
    carryOut: async (tx, run) => {
      await refuseUndone(tx, run);
      await makeReal(tx, { runId: run.id, options: expect === undefined ? {} : { expect } });
      const asked = run.held.find(({ gate }) => gate === 'expect');
      if (expect !== undefined && asked?.count === expect) await confirmCount(tx, run.id);
      await moveRun(tx, { runId: run.id, to: 'waiting' });
    },
  });
}

/** The plan of an undo is stale once another undo of the same run was applied. */
async function refuseUndone(tx: Tx, { undoOfId }: RunRow): Promise<void> {
  if (undoOfId === null) return;
  const by = (await undoneBy(tx, [undoOfId])).get(undoOfId);
  if (by !== undefined) throw alreadyUndone(undoOfId, by);
}

/** Lets a failed run, or one whose workflow is gone, go on from where it stopped. */
export async function resumeRun(context: OperationContext, input: DecisionInput): Promise<Decided> {
  return decide(context, input, {
    kind: 'resume',
    acts: true,
    states: {
      failed: 'start',
      waiting: 'start',
      running: 'start',
      retrying: 'start',
      held: 'start',
    },
    carryOut: async (tx, run) => {
      if (run.state === 'failed') await moveRun(tx, { runId: run.id, to: 'waiting' });
    },
  });
}

/** True when a decision was carried out. */
export async function isTaken(context: OperationContext, decisionId: string): Promise<boolean> {
  const own = runsFor(context, 'runs.read');
  return decisionTaken(context.db.pool, decisionId, own);
}

interface Rule {
  readonly kind: DecisionKind;
  readonly detail?: object;
  /** True when the actor becomes the one who acts in the run: its reach is kept with the decision. */
  readonly acts?: boolean;
  /** The states that the decision fits, and what the workflow has to do in each. */
  readonly states: Readonly<Partial<Record<StoredRunState, Decided['workflow']>>>;
  /** Refuses what does not fit the plan, before anything is recorded. */
  readonly check?: (tx: Tx, run: RunRow) => Promise<void>;
  /** Runs in the same transaction when no workflow decides. */
  readonly carryOut?: (tx: Tx, run: RunRow) => Promise<unknown>;
}

async function decide(
  context: OperationContext,
  { run: prefix, reason }: DecisionInput,
  rule: Rule,
): Promise<Decided> {
  const { id: runId } = await reachedRun(context, 'runs.decide', prefix);
  const acting = rule.acts === true ? reachedBy(await reachOf(context)) : {};
  return transaction(context.db, async (tx) => {
    await lockRun(tx, runId);
    const run = await getRun(tx, runId);
    const workflow = rule.states[run.state];
    if (workflow === undefined) throw misfit(run, rule.kind);
    if (workflow === 'start') refuseForgotten(run);
    if (rule.acts === true) requireRight(context, run);
    refuseSecond(run, rule.kind);
    await rule.check?.(tx, run);
    if (workflow !== 'decide') await rule.carryOut?.(tx, run);
    const decisionId = await insertDecision(tx, {
      runId,
      actorId: context.actorId,
      kind: rule.kind,
      taken: workflow !== 'decide',
      ...(reason === undefined ? {} : { reason }),
      detail: { ...rule.detail, ...acting },
    });
    await audit(tx, {
      ...actorOf(context),
      action: `run.${rule.kind}`,
      subjectType: 'run',
      subjectId: runId,
      runId,
    });
    return { runId, workflowId: run.workflowId, kind: run.kind, decisionId, workflow };
  });
}

/** An admin who makes a run go on acts in it, and must be allowed what it does. */
function requireRight({ level, actorId }: OperationContext, run: RunRow): void {
  requirePermission(level, verbOfRun({ ...run, own: isOwn(run, { actorId }) }));
}

function refuseSecond(run: RunRow, kind: DecisionKind): void {
  if (!isApproved(run) || (kind !== 'approve' && kind !== 'reject')) return;
  throw new Fault('state', {
    code: 'already_approved',
    message: `Run ${run.id} is approved already and about to be applied.`,
    next: { do: 'showOrCancel', run: run.id },
  });
}

const WANTS = {
  approve: 'Only a held run can be approved',
  reject: 'Only a held or planned run can be rejected',
  apply: 'Only a planned run (a dry run that ended) can be applied',
  cancel: 'A run that has ended cannot be cancelled',
  resume: 'Only a failed run, or one whose workflow is gone, can be resumed',
  resolve: 'Only a run with a plan has conflicts to resolve',
} as const satisfies Record<DecisionKind, string>;

function misfit(run: RunRow, kind: DecisionKind): Fault {
  return new Fault('state', {
    code: `run_is_${run.state}`,
    message: `${WANTS[kind]}; run ${run.id} is ${run.state}.`,
    next: kind === 'cancel' && run.state === 'done' ? { do: 'undo', run: run.id } : nextFor(run),
  });
}

function nextFor({ id, state }: RunRow): Next {
  return state === 'planned' ? { do: 'apply', run: id } : { do: 'showRun', run: id };
}

function approvable(actions: readonly Action[]): readonly Action[] {
  const names: readonly Action[] = CHANGING_ACTIONS;
  const unknown = actions.find((action) => !names.includes(action));
  if (actions.length > 0 && unknown === undefined) return [...new Set(actions)];
  const what = unknown === undefined ? 'No action was given' : `"${unknown}" changes nobody`;
  throw usage(`${what}; approve one or more of ${CHANGING_ACTIONS.join(', ')}.`);
}

function usage(message: string): Fault {
  return new Fault('usage', {
    code: 'usage',
    message,
    next: { do: 'approvePart' },
  });
}
