import { Fault } from '../../domain/faults';
import type { FaultCode } from '../../domain/faultCodes';
import type { Next } from '../../domain/next';
import { requirePermission } from '../../domain/permissions';
import { stillHeld } from '../../domain/runs/gates';
import type { ResolvedBy } from '../../domain/runs/resolvedBy';
import { isApproved, isPartly } from '../../domain/runs/run';
import { audit } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import {
  countOpen,
  leftOver,
  matchableEntries,
  noteLinked,
  setHeld,
  stageCopies,
  takeOut,
  type Matchable,
} from '../../store/lifecycle/resolveAll';
import { saveCounts } from '../../store/report/counts';
import { insertDecision, lockRun } from '../../store/runs/requests';
import { createRun, getRun, type RunRow } from '../../store/runs/runs';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { auditFollowUp } from './auditFollowUp';
import type { Decided } from './decisions';
import { refuseForgotten } from './forgotten';
import type { StartedRun } from './imports';
import { reachedRun } from './runReach';

export interface ResolveAllInput {
  /** The id of the run, or a unique beginning of it. */
  readonly run: string;
  readonly by: ResolvedBy;
  /** The number of people that the actor confirmed; with any other number nothing is done. */
  readonly expect?: number;
  readonly reason?: string;
}

/** What a resolution of many rows would do. */
export interface Resolvable {
  readonly runId: string;
  /** People whose rows are linked. */
  readonly people: number;
  /** Pairs, or conflicts, that are left for a person to look at one by one. */
  readonly left: number;
}

export interface ResolvedAll extends Resolvable {
  /** The run that links and updates these people. */
  readonly followUp: StartedRun;
  /** What is left of the held run, where nothing else holds it: its workflow applies that. */
  readonly approval: Decided | null;
  /** The held run, where gates go on holding the rest of it, but no longer the same ones. */
  readonly stillHeld: StartedRun | null;
}

/** Counts what {@link resolveAll} would link. Faults as there. */
export async function countResolvable(
  context: OperationContext,
  { run: prefix, by }: Pick<ResolveAllInput, 'run' | 'by'>,
): Promise<Resolvable> {
  const { id } = await reachedRun(context, 'runs.read', prefix);
  return transaction(context.db, async (tx) => {
    const run = await getRun(tx, id);
    const { chosen, left } = await choose(tx, run, by);
    return { runId: id, people: chosen.length, left };
  });
}

/**
 * Links many rows of a run to the users that they are about, in one follow-up run, which also updates
 * these users. In one transaction: the decision, the follow-up with its rows and, for `renumbered`,
 * what that takes out of the held plan. What is left of that plan is approved where no gate holds it
 * any more. A second call finds nothing left to do.
 *
 * @throws Fault state `nothing_to_resolve`, `count_differs`, `run_is_…`.
 */
export async function resolveAll(
  context: OperationContext,
  input: ResolveAllInput,
): Promise<ResolvedAll> {
  requirePermission(context.level, 'users.link');
  const { id: runId } = await reachedRun(context, 'runs.decide', input.run);
  const { by, reason } = input;
  return transaction(context.db, async (tx) => {
    await lockRun(tx, runId);
    const run = await getRun(tx, runId);
    const { chosen, left } = await choose(tx, run, by);
    refuseCount(run, input, chosen.length);
    const followUp = await follow(tx, { context, run, chosen });
    await insertDecision(tx, {
      runId,
      actorId: context.actorId,
      kind: 'resolve',
      taken: true,
      detail: { by, entries: chosen.map(({ entry }) => entry), followUp: followUp.runId },
      ...(reason === undefined ? {} : { reason }),
    });
    await noteLinked(tx, { runId, by, people: chosen.length, followUp: followUp.runId });
    await audit(tx, {
      ...actorOf(context),
      action: 'run.resolve',
      subjectType: 'run',
      subjectId: runId,
      runId,
    });
    await auditFollowUp(tx, context, followUp.runId);
    // In a done run, these are pairs whose link was undone: nothing of its plan is left.
    const plans = by === 'renumbered' && run.state === 'held';
    const approval = plans ? await goOn(tx, { context, run, chosen, reason }) : null;
    const { workflowId, kind } = run;
    const stillHeld = plans && approval === null ? { runId, workflowId, kind } : null;
    return { runId, people: chosen.length, left, followUp, approval, stillHeld };
  });
}

async function choose(
  tx: Tx,
  run: RunRow,
  by: ResolvedBy,
): Promise<{ readonly chosen: readonly Matchable[]; readonly left: number }> {
  const { id: runId } = run;
  const chosen = await matchableEntries(tx, { runId, by });
  refuseUnfit(run, { by, found: chosen.length > 0 });
  return { chosen, left: (await countOpen(tx, { runId, by })) - chosen.length };
}

/** Records the run that applies the chosen rows; the planner takes their users from the decision. */
async function follow(
  tx: Tx,
  o: {
    readonly context: OperationContext;
    readonly run: RunRow;
    readonly chosen: readonly Matchable[];
  },
): Promise<StartedRun> {
  const { context, run, chosen } = o;
  const { gates: _, keeps: __, fromList: ___, ...options } = run.options;
  const followUp = await createRun(tx, {
    kind: 'import',
    sourceId: run.sourceId,
    actorId: context.actorId,
    options: { ...options, dryRun: false, missing: 'ignore', retryOf: run.id },
    dryRun: false,
    retryOfId: run.id,
    ...(run.fileId === null ? {} : { fileId: run.fileId }),
  });
  const lines = chosen.map(({ line }) => line);
  await stageCopies(tx, { from: run.id, to: followUp.runId, lines });
  return { ...followUp, kind: 'import' };
}

/**
 * Takes the pairs out of the held plan, and approves the rest where nothing else holds it. A rest that
 * a person kept held stays held, unless nothing is left of it.
 */
async function goOn(
  tx: Tx,
  o: {
    readonly context: OperationContext;
    readonly run: RunRow;
    readonly chosen: readonly Matchable[];
    readonly reason: string | undefined;
  },
): Promise<Decided | null> {
  const { context, run, chosen, reason } = o;
  await takeOut(tx, { runId: run.id, pairs: chosen });
  const left = await leftOver(tx, run.id);
  const held = stillHeld(run.held, left);
  await setHeld(tx, { runId: run.id, held });
  await saveCounts(tx, run.id);
  if (held.length > 0 || (isPartly(run) && left.changed > 0)) return null;
  const decisionId = await insertDecision(tx, {
    runId: run.id,
    actorId: context.actorId,
    kind: 'approve',
    taken: false,
    ...(reason === undefined ? {} : { reason }),
  });
  const { id: runId, workflowId, kind } = run;
  return { runId, workflowId, kind, decisionId, workflow: 'decide' };
}

const FITS = {
  renumbered: { states: ['held'], wants: 'Renumbered people are linked while the run is held' },
  email: { states: ['done', 'held'], wants: 'Conflicts are resolved in a done or held run' },
} as const satisfies Record<ResolvedBy, { states: readonly RunRow['state'][]; wants: string }>;

/** `found`: something can be linked, which a run that is done offers again once its link was undone. */
function refuseUnfit(
  run: RunRow,
  { by, found }: { readonly by: ResolvedBy; readonly found: boolean },
): void {
  refuseForgotten(run);
  const { states, wants } = FITS[by];
  if (isApproved(run)) throw unfit(run, 'already_approved', `Run ${run.id} is approved already.`);
  if (states.some((state) => state === run.state) || (found && run.state === 'done')) return;
  throw unfit(run, `run_is_${run.state}`, `${wants}; run ${run.id} is ${run.state}.`);
}

function unfit(run: RunRow, code: FaultCode, message: string): Fault {
  // A dry run shows its plan, and that plan stays as it was shown: applied, it is held.
  const next: Next =
    run.state === 'planned' ? { do: 'apply', run: run.id } : { do: 'showRun', run: run.id };
  return new Fault('state', { code, message, next });
}

function refuseCount(run: RunRow, { by, expect }: ResolveAllInput, people: number): void {
  const next: Next = {
    do: 'diff',
    run: run.id,
    ...(by === 'renumbered' ? { gate: 'renumbered' } : { action: 'conflict' }),
  };
  if (people === 0) {
    throw new Fault('state', {
      code: 'nothing_to_resolve',
      message:
        by === 'renumbered'
          ? `Run ${run.id} has no renumbered people who are still to be linked.`
          : `No conflict of run ${run.id} is decided by an e-mail.`,
      next,
    });
  }
  if (expect === undefined || expect === people) return;
  throw new Fault('state', {
    code: 'count_differs',
    message: `You expected ${expect.toLocaleString('en-US')} people, but ${people.toLocaleString('en-US')} would be linked. Nothing is changed.`,
    next,
  });
}
