import { Fault, LISTING_UNSTABLE } from '../../domain/faults';
import {
  CHANGING_ACTIONS,
  READ_KINDS,
  isApproved,
  isFinal,
  isRead,
  type EndState,
  type StoredRunState,
} from '../../domain/runs/run';
import type { RunCounts } from '../../domain/runs/runDocument';
import { MEASURED_SUBJECT } from '../../domain/runs/subject';
import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import { sqlState, type Db, type Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { saveCounts } from '../report/counts';
import { ASKS_WITHIN } from '../runs/requests';
import { getRun, moveRun, type RunRow } from '../runs/runs';
import { quarantine } from '../sources/quarantine';
import { settleDue } from './due';
import { rememberOpinions } from './mastering';
import { tellConflicts, tellFailed, tellHeld } from './runAlerts';
import { settleFound, settleRead, settleUndo } from './syncs';

export type Claim = 'claimed' | 'waiting' | 'blocked' | 'finished';

/**
 * Tries once to take the slot of the run's source. `waiting`: another run has it, or comes first;
 * `blocked`: a run of this named or polled source is held, and nothing newer starts before it is
 * decided. The runs of a named or polled source go in the order in which they were recorded: an
 * older list would undo what a newer one brought.
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
      await moveRun(tx, { runId: o.runId, to: 'running' });
      await tx.query(`update run set active = true where id = $1`, [o.runId]);
      return 'claimed';
    });
  } catch (error) {
    // The unique index run_one_active_per_source: somebody else has the slot.
    if (sqlState(error) !== '23505') throw error;
    await db.pool.query(`update run set asked_at = now() where id = $1`, [o.runId]);
    return 'waiting';
  }
}

interface Others {
  readonly blocked: boolean;
  /** A run that was recorded before waits, too. */
  readonly older: boolean;
  /** A run that was recorded later and is applied; only of one that has not begun to be. */
  readonly newer: string | null;
}

async function othersOf(tx: Tx, run: RunRow): Promise<Others> {
  const { rows } = await tx.query<Others>(
    `with named as (
       select r.* from run r join source s on s.id = r.source_id
       where r.source_id = $1 and s.kind in ${sqlList(NAMED_SOURCE_KINDS)} and not r.dry_run
     )
     select exists (select from run where source_id = $1 and blocking and id <> $2) as blocked,
       exists (select from named where id < $2 and state = 'waiting'
         and asked_at > now() - ${ASKS_WITHIN}) as older,
       (select id from named where id > $2 and kind in ${sqlList(READ_KINDS)} and retry_of_id is null
          and applied_at is not null and $3 order by id desc limit 1) as newer`,
    [
      run.sourceId,
      run.id,
      // The plan of an older dry run, too, is about people of whom the newer list may say otherwise.
      isRead(run.kind) && run.appliedThrough === 0 && run.retryOfId === null && !run.dryRun,
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
        ? `rollcall sources sync ${run.source}`
        : `If this file is the right one after all, import it again: rollcall import FILE --source ${run.source}`,
  });
}

/** Holds a run at its gates and gives the slot back; a named source is blocked from now on. */
export async function hold(db: Pick<Db, 'pool'>, o: Attempt): Promise<void> {
  await writing(db, o, async (tx) => {
    await moveRun(tx, { runId: o.runId, to: 'held' });
    await tellHeld(tx, o.runId);
  });
}

export type Taken = 'apply' | 'rejected' | 'cancelled' | 'ignored';

interface DecisionRow {
  readonly kind: string;
  readonly detail: {
    readonly only?: readonly string[];
    readonly entries?: readonly number[];
    readonly keepHeld?: boolean;
    /** It was refused, and stays so: whoever decided was told. */
    readonly late?: boolean;
  };
  readonly takenAt: Date | null;
}

/**
 * Carries out a decision that a person recorded. One that is not there, is about another run, or
 * does not fit the run's state is `ignored` for good; one already taken answers as it did.
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
    const taken = await carryOut(tx, run, decision);
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
      await tx.query(`update plan_entry set decided = -1 where run_id = $1 and decided = 0`, [
        run.id,
      ]);
      return 'rejected';
    case 'cancel':
      if (isFinal(run.state) && run.state !== 'cancelled') return 'ignored';
      return !again && (await isThrough(tx, run)) ? 'ignored' : 'cancelled';
    default:
      return 'ignored';
  }
}

/** Whether all of a running plan is applied: there is nothing left that a cancellation would spare. */
async function isThrough(tx: Tx, run: RunRow): Promise<boolean> {
  if (run.state !== 'running' || run.approvedAt === null) return false;
  const last = run.entries > 0 && run.appliedThrough >= run.entries;
  return (last || run.appliedAt !== null) && !(await keepsHeld(tx, run.id));
}

async function keepsHeld(tx: Tx, runId: string): Promise<boolean> {
  const { rows } = await tx.query<{ kept: boolean }>(
    `select exists (select from plan_entry where run_id = $1 and decided = 0) as kept`,
    [runId],
  );
  return rows[0]?.kept === true;
}

/** Marks what was approved; a second approval (of a part kept held) is a pass of its own. */
async function approve(tx: Tx, run: RunRow, detail: DecisionRow['detail']): Promise<void> {
  const later = run.approvedAt !== null;
  const pass = later ? run.pass + 1 : 1;
  const chosen = `(($3::text[] is null or action::text = any($3))
    and ($4::int[] is null or entry = any($4)))`;
  const rest = detail.keepHeld === true ? 0 : -1;
  await tx.query(
    `update plan_entry set decided = case when ${chosen} then $2::int else $5::int end
     where run_id = $1 and action in ${sqlList(CHANGING_ACTIONS)}
       and ${later ? 'decided = 0' : `decided is null and not ${chosen}`}`,
    [run.id, pass, detail.only ?? null, detail.entries ?? null, rest],
  );
  await tx.query(
    `update run set approved_at = now(), pass = $2,
       applied_through = case when $3 then 0 else applied_through end,
       managers_through = case when $3 then 0 else managers_through end,
       applied_at = case when $3 then null else applied_at end
     where id = $1`,
    [run.id, pass, later],
  );
}

/**
 * Ends a run: final counts, state, the slot given back. `done` with a part kept held goes back to
 * `held`; `rejected` after a part was applied is `done`.
 */
export async function finish(
  db: Pick<Db, 'pool'>,
  o: Attempt & { readonly state: EndState; readonly undoDays: number },
): Promise<{ state: StoredRunState; counts: Partial<RunCounts> }> {
  return writing(db, o, async (tx) => {
    const run = await getRun(tx, o.runId);
    if (isFinal(run.state)) return { state: run.state, counts: run.counts };
    const to = endOf(run, { wanted: o.state, kept: await keepsHeld(tx, o.runId) });
    await moveRun(tx, { runId: o.runId, to });
    if (to === 'done' && isRead(run.kind)) {
      // A retry and a read of changes hold some rows only: no measure for the next whole read.
      if (run.retryOfId === null) await tx.query(MEASURE, [o.runId]);
      if (run.kind === 'sync') await settleRead(tx, o.runId);
      else if (run.presence?.seenAgain === true) await settleFound(tx, o.runId);
      await rememberOpinions(tx, o.runId);
    }
    if (to === 'done' && run.kind === 'due') await settleDue(tx, o.runId);
    if (to === 'done' && run.undoOfId !== null) await settleUndo(tx, run.undoOfId);
    if (to === 'cancelled' && run.appliedThrough > 0) {
      await tx.query(
        `update run set undoable_until = now() + make_interval(days => $2) where id = $1`,
        [o.runId, o.undoDays],
      );
    }
    await tx.query(
      `update run set progress = jsonb_build_object('phase', 'finished', 'done', entries, 'total', entries)
       where id = $1`,
      [o.runId],
    );
    if (run.plannedAt !== null) await saveCounts(tx, o.runId);
    await tellConflicts(tx, o.runId);
    return { state: to, counts: (await getRun(tx, o.runId)).counts };
  });
}

/** What a run comes to: one that is applied has not been cancelled, and a part may be held yet. */
function endOf(
  run: RunRow,
  { wanted, kept }: { readonly wanted: EndState; readonly kept: boolean },
): EndState | 'held' {
  const applied = run.approvedAt !== null && run.appliedAt !== null;
  if (wanted === 'done' && kept) return 'held';
  if (wanted === 'rejected' && applied) return 'done';
  const tooLate = wanted === 'cancelled' && applied && !kept && run.state !== 'held';
  return tooLate ? 'done' : wanted;
}

/**
 * What the next whole read of the source is measured by. A field without a column keeps what it had; a
 * read of nobody, which somebody approved, says nothing of columns.
 */
const MEASURE = `
  update source s set last_good_run_id = r.id,
    last_absence_run_id = case when r.presence -> 'saysAbsent' = 'true' and not exists (
        -- A person said that somebody who is missing from it has not left: it is too short to be a measure.
        select from plan_entry p where p.run_id = r.id and p.line is null and p.action = 'deactivate'
          and p.decided = -1)
      then r.id else s.last_absence_run_id end,
    coverage = case when r.rows > 0 and s.kind in ${sqlList(NAMED_SOURCE_KINDS)} then s.coverage || (
      select coalesce(jsonb_object_agg(c.key, jsonb_build_array(c.value, r.rows)), '{}')
      from jsonb_each(r.coverage) c) else s.coverage end
  from run r
  where r.id = $1 and s.id = r.source_id and r.subject = '${MEASURED_SUBJECT}'
    and r.read_mode is distinct from 'changes'`;

/** Records why a run can't go on. The words stay here; Temporal gets the code. */
export async function fail(
  db: Pick<Db, 'pool'>,
  o: Attempt & { readonly failure: NonNullable<RunRow['failure']> },
): Promise<void> {
  await writing(db, o, async (tx) => {
    const run = await getRun(tx, o.runId);
    if (isFinal(run.state)) return;
    await moveRun(tx, { runId: o.runId, to: 'failed', failure: o.failure });
    // The next sync may well find the list steady: the schedule goes on.
    const setsAside = run.kind === 'sync' && o.failure.code !== LISTING_UNSTABLE;
    const aside = setsAside ? await quarantine(tx, { sourceId: run.sourceId, ...o.failure }) : null;
    if (run.plannedAt !== null) await saveCounts(tx, o.runId);
    await tellFailed(tx, o.runId, aside);
  });
}

/** The failure to record for an error: a fault's own words, else those of a bug. */
export function failureOf(error: unknown): NonNullable<RunRow['failure']> {
  if (error instanceof Fault) {
    return {
      code: error.code,
      message: error.message,
      ...(error.next === undefined ? {} : { next: error.next }),
    };
  }
  return { code: 'bug', message: error instanceof Error ? error.message : String(error) };
}
