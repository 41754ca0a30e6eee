import {
  isFinal,
  isClosed,
  isRead,
  type EndState,
  type StoredRunState,
} from '../../domain/runs/run';
import type { RunCounts } from '../../domain/runs/runDocument';
import type { RunSubject } from '../../domain/runs/subject';
import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import type { Db, Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { undoableUntil } from '../merges/undoable';
import { saveCounts } from '../report/counts';
import { messageCode } from '../runs/lines';
import { getRun, moveRun, type RunRow } from '../runs/runs';
import { proposeMerged } from '../duplicates/propose';
import { settleDue } from './due';
import { rememberOptions, rememberUnnumbered, turnOptions } from './lists';
import { rememberOpinions } from './mastering';
import { forgetContradicted, forgetUnmade } from './rejections';
import { alertConflicts } from './runAlerts';
import { settleDays, settleFound, settleRead, settleUndo } from './syncs';
import { keepsHeld } from './decisions';

/**
 * Ends a run: final counts, state, and the slot given back. `done` goes back to `held` when a part
 * was kept held; `rejected` becomes `done` when a part was already applied.
 */
export async function finish(
  db: Pick<Db, 'pool'>,
  o: Attempt & { readonly state: EndState; readonly undoDays: number },
): Promise<{ state: StoredRunState; counts: Partial<RunCounts> }> {
  const ended = await writing(db, o, async (tx) => {
    const run = await getRun(tx, o.runId);
    if (isFinal(run.state)) return { state: run.state, counts: run.counts };
    const to = endOf(run, { wanted: o.state, kept: await keepsHeld(tx, o.runId) });
    await moveRun(tx, { runId: o.runId, to });
    if (to === 'done' && isRead(run.kind)) {
      if ('keeps' in run.options) await rememberOptions(tx, o.runId);
      await SETTLERS[run.subject](tx, run);
    }
    if (to === 'done' && run.kind === 'due') await settleDue(tx, o.runId);
    if (to === 'done' && run.undoOfId !== null) {
      await settleUndo(tx, run.undoOfId);
      await turnOptions(tx, run.undoOfId);
    }
    if (to === 'cancelled' && run.applied > 0) {
      await tx.query(
        `update run set undoable_until = ${undoableUntil('run', '$2')} where id = $1`,
        [o.runId, o.undoDays],
      );
    }
    if (isClosed(to) && (to !== 'done' || run.held.length > 0)) await forgetUnmade(tx, o.runId);
    if (isClosed(to) && 'renumbered' in run.counts) await tx.query(DECIDED, [o.runId]);
    await tx.query(
      `update run set progress = jsonb_build_object('phase', 'finished', 'done', entries, 'total', entries)
       where id = $1`,
      [o.runId],
    );
    if (run.plannedAt !== null) await saveCounts(tx, o.runId);
    await alertConflicts(tx, o.runId);
    return { state: to, counts: (await getRun(tx, o.runId)).counts };
  });
  await analyzeIdentities(db, o.runId, ended.counts);
  return ended;
}

/** New identities from which on a run may change what is true of a source as a whole. */
const MIN_NEW = 500;

/**
 * Gives the table of identities its statistics after a run that brought a good part of its source's people
 * (0.1 to 0.3 s): otherwise the planner expects few of them until the server's own analyze, and the next
 * reads of the source take a time that grows with the square of its people. After the transaction, because
 * an analyze may wait for the server's own one.
 */
async function analyzeIdentities(
  db: Pick<Db, 'pool'>,
  runId: string,
  { created = 0, linked = 0 }: Partial<RunCounts>,
): Promise<void> {
  if (created + linked < MIN_NEW) return;
  const { rows } = await db.pool.query<{ many: boolean }>(
    `select count(*) > 0 and count(*) < 5 * $2::int as many from identity i join run r on r.source_id = i.source_id
     where r.id = $1`,
    [runId, created + linked],
  );
  if (rows[0]?.many === true) await db.pool.query('select rollcall_analyze_identities()');
}

const nothing = (): Promise<void> => Promise.resolve();

/** What an applied read leaves behind for the next one, by subject. */
const SETTLERS: Readonly<Record<RunSubject, (tx: Tx, run: RunRow) => Promise<void>>> = {
  users: async (tx, { id: runId, ...run }) => {
    // Reads of some people only do not measure the next complete read.
    if (run.retryOfId === null && run.options['partial'] !== true) await tx.query(MEASURE, [runId]);
    await forgetContradicted(tx, runId);
    await tx.query(REMEMBER_RULE, [runId]);
    if (run.kind === 'import') await rememberUnnumbered(tx, runId);
    if (run.kind === 'sync') await proposeMerged(tx, runId);
    if (run.kind === 'sync') await settleRead(tx, runId);
    else if (run.presence?.seenAgain === true) await settleFound(tx, runId);
    await settleDays(tx, runId);
    await rememberOpinions(tx, runId);
  },
  enrollments: nothing,
  credits: nothing,
  merges: nothing,
};

/**
 * The state that the run really ends in: an applied run was not cancelled, and a part may still be
 * held.
 */
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

/** Nothing is left to link in a run that ended. */
const DECIDED = `
  update run_message set facts = facts || '{"decided": true}'
  where run_id = $1 and code = ${messageCode('renumbered')}`;

/**
 * Stores what the next complete read of the source is measured by. A field without a column keeps
 * its earlier measure. An approved read of no rows says nothing about columns.
 */
const MEASURE = `
  update source s set last_good_run_id = r.id,
    last_absence_run_id = case when r.presence -> 'saysAbsent' = 'true' and not exists (
        -- An admin refused to deactivate a missing person, so this read is too short to be a
        -- measure.
        select from plan_entry p where p.run_id = r.id and p.line is null and p.action = 'deactivate'
          and p.decided = -1 and p.reason is distinct from 'renumbered')
      then r.id else s.last_absence_run_id end,
    coverage = case when r.rows > 0 and s.kind in ${sqlList(NAMED_SOURCE_KINDS)} then s.coverage || (
      select coalesce(jsonb_object_agg(c.key, jsonb_build_array(c.value, r.rows)), '{}')
      from jsonb_each(r.coverage) c) else s.coverage end
  from run r
  where r.id = $1 and s.id = r.source_id
    and r.read_mode is distinct from 'changes'`;

/**
 * A list remembers the rule for several rows about one person with which it was last imported: of runs
 * that were recorded before December 2026, which do not say whether the rule was given or kept.
 */
const REMEMBER_RULE = `
  update source s set settings = s.settings || jsonb_build_object('twoRows', r.options -> 'twoRows')
  from run r
  where r.id = $1 and s.id = r.source_id and s.kind = 'list' and r.options ? 'twoRows'
    and not r.options ?| array['keeps', 'fromList', 'partial', 'retryOf']
    and s.settings -> 'twoRows' is distinct from r.options -> 'twoRows'`;
