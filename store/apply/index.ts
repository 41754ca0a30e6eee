import { sqlStateOf } from '../../domain/passing';
import type { UserScope } from '../../domain/permissions';
import type { RunSubject } from '../../domain/runs/subject';
import type { Db, Tx } from '../database/db';
import { guardFence, writing, type Attempt } from '../database/fence';
import { MERGE_APPLIER } from '../merges/applier';
import { undoableUntil } from '../merges/undoable';
import { saveCounts } from '../report/counts';
import { markApplied } from './applied';
import type { Applier } from './applier';
import { applyChanges } from './changes';
import { applyCreates } from './creates';
import { recordCreations } from './events';
import { cut, runLanes } from './lanes';
import { applyLateManagers } from './managers';
import { begin, decidedFor, rangeOf, type Position, type Span } from './position';
import { applyCredits, applyEnrollments } from './records';

export interface Batch extends Attempt {
  /** Entries of one transaction; all key swaps are one batch, whatever their number. */
  readonly maxEntries: number;
  /** Whose people are written; people outside are skipped. By default all. */
  readonly scope?: UserScope;
  /** For how long the applied changes can be undone. */
  readonly undoDays: number;
  /** For how long a merge can be taken back; by default 180. */
  readonly unmergeDays?: number;
  /** How many transactions write at once where the order of entries does not matter; by default one. */
  readonly lanes?: number;
  /** True while lanes may take another batch; by default each takes one. */
  readonly goOn?: () => boolean;
  /** Called after each batch of a lane. */
  readonly tell?: (far: BatchResult) => void;
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
 * any instant, the batch is complete or absent, and the next call does the next one. With several `lanes`, so
 * many transactions at once, once the entries are through whose order matters.
 */
export async function applyBatch(db: Pick<Db, 'pool'>, o: Batch): Promise<BatchResult> {
  const next = await once(db, o);
  return 'batches' in next ? applyInLanes(db, o, next) : next;
}

/** Batches that may be applied in any order. */
interface Unordered {
  readonly run: Position;
  readonly batches: readonly Span[];
}

async function once(db: Pick<Db, 'pool'>, o: Batch): Promise<BatchResult | Unordered> {
  try {
    return await writing(db, { ...o, once: true }, (tx) => step(tx, o, false));
  } catch (error) {
    if (!isRace(error)) throw error;
    return writing(db, o, (tx) => step(tx, o, true));
  }
}

/** A key or a reference that is not as planned: unique, foreign key, check; and plain races. */
const RACES = new Set(['23505', '23503', '23514', '40001', '40P01']);
const isRace = (error: unknown): boolean => RACES.has(sqlStateOf(error) ?? '');

async function step(tx: Tx, o: Batch, careful: boolean): Promise<BatchResult | Unordered> {
  const run = await begin(tx, o.runId);
  const { entries } = run;
  const applier = APPLIERS[run.subject];
  if (run.appliedAt !== null) return { done: true, applied: entries, entries };
  const [gap] = run.open;
  if (gap !== undefined) {
    const keySwapsTo = await endOfKeySwaps(tx, { runId: o.runId, ...gap });
    const batches = careful || keySwapsTo !== null ? [] : inAnyOrder(run, o);
    if (batches.length > 1) return { run, batches };
    const to = keySwapsTo ?? (await endOfBatch(tx, { run, gap, batch: o }));
    const range = rangeOf(run, { ...o, from: gap.from, to, keySwap: keySwapsTo !== null, careful });
    await applier.applyRange(tx, range);
    return { done: false, applied: await markApplied(tx, range), entries };
  }
  const late = await applier.applyLate(tx, {
    runId: o.runId,
    decided: decidedFor(run),
    from: run.managersThrough,
    maxEntries: o.maxEntries,
  });
  if (late !== null) {
    await tx.query(`update run set managers_through = $2 where id = $1`, [o.runId, late]);
    return { done: false, applied: entries, entries };
  }
  await tx.query(
    `update run set applied_at = now(), undoable_until = ${undoableUntil('run', '$2')} where id = $1`,
    [o.runId, o.undoDays],
  );
  await saveCounts(tx, o.runId);
  return { done: true, applied: entries, entries };
}

/**
 * What is left, as batches for the lanes; none while the order of the entries matters. Nothing that comes after
 * the key swaps and the new managers depends on another entry: it takes keys that nobody of the plan has
 * any more, and refers to people who are there.
 */
function inAnyOrder(run: Position, { maxEntries, lanes = 1 }: Batch): readonly Span[] {
  const { orderedThrough, open } = run;
  const isOrdered = orderedThrough === null || (open[0]?.from ?? 0) < orderedThrough;
  return lanes === 1 || isOrdered ? [] : cut(open, { maxEntries, lanes });
}

async function applyInLanes(
  db: Pick<Db, 'pool'>,
  o: Batch,
  { run, batches }: Unordered,
): Promise<BatchResult> {
  const { entries } = run;
  const far = { applied: run.applied };
  await runLanes({
    lanes: o.lanes ?? 1,
    spans: batches,
    isRace,
    goOn: o.goOn ?? (() => false),
    apply: async (span, careful) => {
      const range = rangeOf(run, { ...o, ...span, keySwap: false, careful });
      const applied = await writing(db, { ...o, once: !careful, together: true }, async (tx) => {
        await APPLIERS[run.subject].applyRange(tx, range);
        // From here to the commit the lanes follow each other, so that each sees the marks of the others.
        await guardFence(tx, { ...o, together: true });
        return markApplied(tx, range);
      });
      far.applied = Math.max(far.applied, applied);
      o.tell?.({ done: false, applied: far.applied, entries });
    },
  });
  return { done: false, applied: far.applied, entries };
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

/**
 * The last key swap where the next entry is one, else null. They come first in the plan: if one is next, all of
 * them are; else none is left. (Scanning all entries each time took 4 s at a million.)
 */
async function endOfKeySwaps(tx: Tx, o: Span & { readonly runId: string }): Promise<number | null> {
  const { rows } = await tx.query<{ last: number | null }>(
    `select case when n.hand_over then (
         select max(entry) from plan_entry
         where run_id = $1 and hand_over and entry > $2 and entry <= $3) end as last
     from plan_entry n where n.run_id = $1 and n.entry = $2 + 1`,
    [o.runId, o.from, o.to],
  );
  return rows[0]?.last ?? null;
}

/** The last entry of a batch that is applied by itself. */
async function endOfBatch(
  tx: Tx,
  o: { readonly run: Position; readonly gap: Span; readonly batch: Batch },
): Promise<number> {
  const { gap, batch, run } = o;
  const { maxEntries, lanes = 1 } = batch;
  const { lastOf } = APPLIERS[run.subject];
  if (lastOf !== undefined) return lastOf(tx, { runId: batch.runId, ...gap, maxEntries });
  const end = Math.min(gap.from + maxEntries, gap.to);
  const ordered = run.orderedThrough ?? 0;
  // The lanes begin where the order ends.
  return lanes > 1 && gap.from < ordered ? Math.min(end, ordered) : end;
}
