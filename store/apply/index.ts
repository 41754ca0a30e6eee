import { Fault } from '../../domain/faults';
import { sqlStateOf } from '../../domain/passing';
import { UNMERGE_DAYS } from '../../domain/merges/rules';
import type { UserScope } from '../../domain/permissions';
import { RUN_KINDS, WORKING_STATES, isRead, type RunKind } from '../../domain/runs/run';
import type { RunSubject } from '../../domain/runs/subject';
import type { Db, Tx } from '../database/db';
import type { AuditActor } from '../database/audit';
import { writing, type Attempt } from '../database/fence';
import { sqlList } from '../database/sqlList';
import { rememberKey } from '../lifecycle/lists';
import { MERGE_APPLIER } from '../merges/applier';
import { undoableUntil } from '../merges/undoable';
import { saveCounts } from '../report/counts';
import { behind } from '../runs/behind';
import { settles } from '../runs/settles';
import type { Applier } from './applier';
import { applyChanges } from './changes';
import { applyCreates } from './creates';
import { recordCreations } from './events';
import { applyLateManagers } from './managers';
import { applyCredits, applyEnrollments } from './records';
import type { BatchRange } from './batch';

export interface Batch extends Attempt {
  /** Entries of one transaction; all key swaps are one batch, whatever their number. */
  readonly maxEntries: number;
  /** Whose people are written; people outside are skipped. By default all. */
  readonly scope?: UserScope;
  /** For how long the applied changes can be undone. */
  readonly undoDays: number;
  /** For how long a merge can be taken back; by default 180. */
  readonly unmergeDays?: number;
}

export interface BatchResult {
  /** Nothing of this pass is left. */
  readonly done: boolean;
  /** Entries gone through, of `entries`. */
  readonly applied: number;
  readonly entries: number;
}

/**
 * Applies the next batch in one transaction, together with the mark that says how far the run is: killed at
 * any instant, the batch is complete or absent, and the next call does the next one.
 */
export async function applyBatch(db: Pick<Db, 'pool'>, slice: Batch): Promise<BatchResult> {
  try {
    return await writing(db, { ...slice, once: true }, (tx) => step(tx, slice, false));
  } catch (error) {
    if (!RACES.has(sqlStateOf(error) ?? '')) throw error;
    return writing(db, slice, (tx) => step(tx, slice, true));
  }
}

/** A key or a reference that is not as planned: unique, foreign key, check; and plain races. */
const RACES = new Set(['23505', '23503', '23514', '40001', '40P01']);

interface Position {
  readonly sourceId: string;
  readonly kind: RunKind;
  readonly subject: RunSubject;
  readonly pass: number;
  readonly entries: number;
  readonly appliedThrough: number;
  readonly managersThrough: number;
  readonly appliedAt: Date | null;
  readonly mappingHash: string | null;
  readonly managersByKey: boolean;
  /** The run applies rows as an admin resolved them. */
  readonly settles: boolean;
  readonly by: AuditActor;
}

async function step(tx: Tx, slice: Batch, careful: boolean): Promise<BatchResult> {
  const run = await begin(tx, slice.runId);
  const { entries } = run;
  const applier = APPLIERS[run.subject];
  if (run.appliedAt !== null) return { done: true, applied: entries, entries };
  const decided = run.pass === 1 ? 'p.decided is null' : `p.decided = ${String(run.pass)}`;
  if (run.appliedThrough < entries) {
    const range = await nextRange(tx, { run, slice, decided, careful });
    await applier.applyRange(tx, range);
    await tx.query(`update run set applied_through = $2 where id = $1`, [slice.runId, range.to]);
    return { done: false, applied: range.to, entries };
  }
  const late = await applier.applyLate(tx, {
    runId: slice.runId,
    decided,
    from: run.managersThrough,
    maxEntries: slice.maxEntries,
  });
  if (late !== null) {
    await tx.query(`update run set managers_through = $2 where id = $1`, [slice.runId, late]);
    return { done: false, applied: entries, entries };
  }
  await tx.query(
    `update run set applied_at = now(), undoable_until = ${undoableUntil('run', '$2')} where id = $1`,
    [slice.runId, slice.undoDays],
  );
  await saveCounts(tx, slice.runId);
  return { done: true, applied: entries, entries };
}

const nothingLate = (): Promise<null> => Promise.resolve(null);

/** How the entries of each subject are written. */
const APPLIERS: Readonly<Record<RunSubject, Applier>> = {
  users: {
    applyRange: async (tx, range) => {
      await applyCreates(tx, range);
      await recordCreations(tx, range);
      await applyChanges(tx, range);
    },
    applyLate: applyLateManagers,
  },
  merges: MERGE_APPLIER,
  enrollments: { applyRange: applyEnrollments, applyLate: nothingLate },
  credits: { applyRange: applyCredits, applyLate: nothingLate },
};

async function begin(tx: Tx, runId: string): Promise<Position> {
  const { rows } = await tx.query<Position & { ready: boolean }>(
    `select source_id as "sourceId", kind, subject, pass, entries, applied_through as "appliedThrough",
       managers_through as "managersThrough", applied_at as "appliedAt",
       mapping_hash as "mappingHash",
       coalesce(presence -> 'managersByKey' = 'true', false) as "managersByKey",
       ${settles('run')} as settles, ${behind('run')} as by,
       not dry_run and planned_at is not null and state in ${sqlList(WORKING_STATES)}
         and (approved_at is not null or held = '[]') as ready
     from run where id = $1 for update`,
    [runId],
  );
  const [run] = rows;
  if (run?.ready !== true) {
    throw new Fault('state', {
      code: 'run_not_ready',
      message: `Run ${runId} may not be applied: it is not planned, or not approved.`,
      next: { do: 'showRun', run: runId },
    });
  }
  if (run.kind === 'import' && run.subject === 'users' && run.appliedThrough === 0)
    await rememberKey(tx, runId);
  await tx.query(`update run set approved_at = coalesce(approved_at, now()) where id = $1`, [
    runId,
  ]);
  return run;
}

async function nextRange(
  tx: Tx,
  o: { run: Position; slice: Batch; decided: string; careful: boolean },
): Promise<BatchRange> {
  const from = o.run.appliedThrough;
  // Key swaps come first in the plan: if one is next, all of them are; else none is left. (Scanning all
  // entries each time took 4 s at a million.)
  const { rows } = await tx.query<{ last: number | null }>(
    `select case when n.hand_over then (
         select max(entry) from plan_entry
         where run_id = $1 and hand_over and entry > $2 and entry <= $3) end as last
     from plan_entry n where n.run_id = $1 and n.entry = $2 + 1`,
    [o.slice.runId, from, o.run.entries],
  );
  const handOver = rows[0]?.last ?? null;
  const { lastOf } = APPLIERS[o.run.subject];
  const upcoming = {
    runId: o.slice.runId,
    from,
    to: o.run.entries,
    maxEntries: o.slice.maxEntries,
  };
  return {
    runId: o.slice.runId,
    sourceId: o.run.sourceId,
    decided: o.decided,
    from,
    to:
      handOver ??
      (lastOf === undefined
        ? Math.min(from + o.slice.maxEntries, o.run.entries)
        : await lastOf(tx, upcoming)),
    keySwap: handOver !== null,
    careful: o.careful,
    managersByKey: o.run.managersByKey,
    bySource: RUN_KINDS[o.run.kind].speaksForSource,
    by: o.run.by,
    eventPerPerson: !RUN_KINDS[o.run.kind].speaksForSource || o.run.settles,
    isRead: isRead(o.run.kind),
    scope: o.slice.scope ?? { kind: 'all' },
    unmergeDays: o.slice.unmergeDays ?? UNMERGE_DAYS,
    mappingHash: o.run.mappingHash,
  };
}
