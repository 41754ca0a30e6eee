import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { userKey } from '../../domain/keys';
import { requirePermission } from '../../domain/permissions';
import type { Choice } from '../../domain/runs/given';
import { audit } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import { insertDecision, lockRun } from '../../store/runs/requests';
import {
  entryFacts,
  keyHolders,
  linkIdentity,
  stageCopy,
  undoneCreation,
  type EntryFacts,
  type KeyName,
} from '../../store/lifecycle/resolve';
import { createRun, getRun, type RunRow } from '../../store/runs/runs';
import { bumpEpoch } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { auditFollowUp } from './auditFollowUp';
import { refuseForgotten } from './forgotten';
import type { StartedRun } from './imports';
import { reachedRun } from './runReach';
import { resolveUser, scopeFor } from '../users/userScope';

export interface ResolveInput {
  /** The id of the run, or a unique beginning of it. */
  readonly run: string;
  readonly entry: number;
  readonly choice: Choice;
  readonly reason?: string;
}

export interface Resolved {
  readonly runId: string;
  /** The run that applies the one row; `null` when none is needed, or not yet. */
  readonly followUp: StartedRun | null;
  readonly message: string;
  readonly next: Next | null;
}

/**
 * Resolves a conflict. Records the decision and, except for `skip`, a follow-up run of that one
 * row. With `user`, that run links its external id, so that its undo takes the link back; keys that other
 * people hold are left out of the row. The plan of a held or planned run stays as it was shown:
 * there only the link is made, and the next import finds it. With `create`, a user whose creation for
 * this entry was undone is made active again.
 */
export async function resolveConflict(
  context: OperationContext,
  input: ResolveInput,
): Promise<Resolved> {
  requirePermission(context.level, 'users.link');
  const { id: runId } = await reachedRun(context, 'runs.decide', input.run);
  const { choice } = input;
  const userId =
    choice.as === 'user'
      ? (await resolveUser(context, choice.user, await scopeFor(context, 'users.link'))).survivorId
      : null;
  return transaction(context.db, async (tx) => {
    await lockRun(tx, runId);
    const run = await getRun(tx, runId);
    refuseForgotten(run);
    const row = await conflictOf(tx, run, input.entry);
    const settled = await settle(tx, { run, row, choice, userId, entry: input.entry });
    await audit(tx, {
      ...actorOf(context),
      action: 'run.resolve',
      subjectType: userId === null ? 'run' : 'user',
      subjectId: userId ?? runId,
      runId,
    });
    const answered = await answer(tx, { context, input, run, row, settled });
    if (answered.followUp !== null) await auditFollowUp(tx, context, answered.followUp.runId);
    await insertDecision(tx, {
      runId,
      actorId: context.actorId,
      kind: 'resolve',
      taken: true,
      detail: { entry: input.entry, as: choice.as, userId, ...followUpOf(answered) },
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    });
    return answered;
  });
}

function followUpOf({ followUp }: Resolved): { followUp?: string } {
  return followUp === null ? {} : { followUp: followUp.runId };
}

interface Settled {
  /** Keys that the follow-up leaves out, because others hold them; `null`: no follow-up is made. */
  readonly without: readonly KeyName[] | null;
  /** The follow-up makes a user active whom an earlier one created, and who was undone. */
  readonly activates: boolean;
}

async function conflictOf(tx: Tx, run: RunRow, entry: number): Promise<EntryFacts> {
  const row = await entryFacts(tx, { runId: run.id, entry });
  const next: Next = { do: 'diff', run: run.id, action: 'conflict' };
  if (row === null) {
    throw new Fault('not_found', {
      code: 'entry_not_found',
      message: `Run ${run.id} has no entry ${String(entry)}.`,
      next,
    });
  }
  if (row.action !== 'conflict') {
    throw new Fault('state', {
      code: 'not_a_conflict',
      message: `Entry ${String(entry)} is no conflict but: ${row.action}.`,
      next,
    });
  }
  if (!['done', 'held', 'planned'].includes(run.state) || row.line === null || !row.staged) {
    throw new Fault('state', {
      code: row.staged ? `run_is_${run.state}` : 'row_gone',
      message: row.staged
        ? `Run ${run.id} is ${run.state}; conflicts are settled in a done or held one.`
        : `The row of entry ${String(entry)} is no longer kept.`,
      next:
        run.kind === 'sync' ? { do: 'syncSource', source: run.source } : { do: 'importRowAgain' },
    });
  }
  return row;
}

interface SettleInput {
  readonly run: RunRow;
  readonly row: EntryFacts;
  readonly choice: Choice;
  readonly userId: string | null;
  readonly entry: number;
}

async function settle(tx: Tx, o: SettleInput): Promise<Settled> {
  const { run, row, choice, entry } = o;
  if (choice.as === 'skip') return { without: null, activates: false };
  const undone = o.userId === null ? await undoneCreation(tx, { runId: run.id, entry }) : null;
  const userId = o.userId ?? undone;
  const holders = await keyHolders(tx, row);
  const without = [...new Set(holders.filter((h) => h.userId !== userId).map(({ key }) => key))];
  if (row.identityUserId !== null && row.identityUserId !== userId) {
    throw new Fault('conflict', {
      code: 'linked_elsewhere',
      message: `The row's id leads to user ${row.identityUserId}.`,
      next: {
        do: 'unlinkIdentity',
        user: row.identityUserId,
        source: run.source,
        externalId: row.externalId ?? '',
      },
    });
  }
  if (userId === null) {
    if (run.state !== 'done') throw notYet(run);
    refuseKeyless(run, row, without);
    return { without, activates: false };
  }
  if (run.state !== 'done' && row.externalId !== null && row.identityUserId === null) {
    await linkIdentity(tx, { sourceId: run.sourceId, externalId: row.externalId, userId });
    await bumpEpoch(tx, run.sourceId);
  }
  if (row.externalId === null && !holders.some((holder) => holder.userId === userId)) {
    throw new Fault('conflict', {
      code: 'no_key_of_user',
      message: `The row has no number, and none of its keys is user ${userId}'s: nothing leads there.`,
      next: { do: 'editUser', user: userId },
    });
  }
  return { without: run.state === 'done' ? without : null, activates: undone !== null };
}

interface AnswerInput {
  readonly context: OperationContext;
  readonly input: ResolveInput;
  readonly run: RunRow;
  readonly row: EntryFacts;
  readonly settled: Settled;
}

async function answer(tx: Tx, o: AnswerInput): Promise<Resolved> {
  const { context, input, run, row, settled } = o;
  const { without } = settled;
  const head = `Entry ${String(input.entry)} of run ${run.id}`;
  if (without === null || row.line === null) {
    const skip = input.choice.as === 'skip';
    return {
      runId: run.id,
      followUp: null,
      message: skip
        ? `${head} is left out.`
        : `${head} is linked; the plan of this run stays as it was shown. Once it is ${run.state === 'held' ? 'approved' : 'applied'}, the same command brings the row in (the next ${run.kind === 'sync' ? 'sync' : 'import of its file'} does, too).`,
      next: skip ? null : goOn(run),
    };
  }
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
  await stageCopy(tx, {
    from: run.id,
    line: row.line,
    to: followUp.runId,
    without,
    codeKey: defaultLoginKey(row, without),
    activates: settled.activates,
  });
  const kept =
    without.length === 0 ? '' : ` Its ${without.join(' and ')} is left out: another user has it.`;
  return {
    runId: run.id,
    followUp: { ...followUp, kind: 'import' },
    message: `${head} is applied by run ${followUp.runId}.${kept}`,
    next: { do: 'showRun', run: followUp.runId },
  };
}

/** A new user without login and e-mail gets the code as login. */
function defaultLoginKey(row: EntryFacts, without: readonly KeyName[]): string | null {
  const has = (key: KeyName, value: string | null): boolean =>
    value !== null && !without.includes(key);
  if (has('login', row.loginKey) || has('email', row.emailKey)) return null;
  return row.code === null || without.includes('code') ? null : userKey(row.code);
}

function refuseKeyless(run: RunRow, row: EntryFacts, without: readonly KeyName[]): void {
  const keys = { code: row.code, login: row.loginKey, email: row.emailKey };
  const names = ['code', 'login', 'email'] as const;
  if (names.some((key) => keys[key] !== null && !without.includes(key))) return;
  throw new Fault('conflict', {
    code: 'no_key_left',
    message: 'Every key of the row belongs to another user: nothing is left to find a new one by.',
    next:
      run.kind === 'sync'
        ? 'Change a key at the source and read it again, or give --user.'
        : 'Change a key in the file and import it again, or give --user.',
  });
}

function notYet(run: RunRow): Fault {
  return new Fault('state', {
    code: `run_is_${run.state}`,
    message: `Run ${run.id} is ${run.state}; somebody new is made from it once it is done.`,
    next: goOn(run),
  });
}

/** The step towards carrying out the plan of a run; what to do with a held one is in its report. */
function goOn({ id, state }: RunRow): Next {
  return state === 'held' ? { do: 'showRun', run: id } : { do: 'apply', run: id };
}
