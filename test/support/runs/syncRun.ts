import type { RunDocument } from '../../../domain/runs/runDocument';
import { transaction, type Db } from '../../../store/database/db';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import {
  closeRead,
  readPlace,
  restartRead,
  encodeRows,
  stagePage,
  type Due,
  type ListingFacts,
  type PolledRow,
  type ReadMode,
  type ReadParts,
} from '../../../store/reads/pages';
import type { DaysReason, KnownDays } from '../../../domain/users/days';
import { runDocument } from './documents';
import { createRun } from '../../../store/runs/runs';
import { OWNER_ID } from '../../../store/sources/sources';
import type { ReadRow } from '../oracle';
import { applyPlan, stagedRow, start, type PlannedRun } from './storeRun';

export const POLLED = '00000000-0000-7000-8000-0000000000d1';

/** A polled source, as `sources add` creates it; once per test file. */
export async function addPolledSource(db: Db): Promise<void> {
  await db.pool.query(`insert into source (id, name, kind) values ($1, 'hr', 'connector')`, [
    POLLED,
  ]);
  await db.pool.query(`insert into connection (source_id, connector) values ($1, 'bamboohr')`, [
    POLLED,
  ]);
}

/** A row of a polled source, and when its status changes by itself. */
export interface DueRow extends ReadRow {
  readonly due?: Due;
  /** The source's own word; by default `Active`. */
  readonly sourceStatus?: string | null;
  /** The days of the record alone made the person inactive. */
  readonly ended?: DaysReason;
  readonly daysKnown?: KnownDays;
}

export interface SyncInput {
  readonly pages: readonly (readonly DueRow[])[];
  readonly mode?: ReadMode;
  readonly listing?: Partial<ListingFacts>;
  readonly coverage?: Readonly<Record<string, number>>;
  readonly dryRun?: boolean;
  /** Set where a person may come in several rows, each with some fields. */
  readonly parts?: ReadParts;
  /** People that the source merged, by external id. */
  readonly merges?: Merges;
}

export type Merges = Readonly<
  Record<string, Partial<Pick<PolledRow, 'aliases' | 'mergedInto' | 'deleted'>>>
>;

/** Records a sync and takes its slot; the read has begun. */
export async function beginSyncRun(
  db: Db,
  o: { readonly mode?: ReadMode; readonly dryRun?: boolean } = {},
): Promise<{ runId: string; fence: bigint }> {
  const mode = o.mode ?? 'full';
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'sync',
      sourceId: POLLED,
      actorId: OWNER_ID,
      options: { dryRun: o.dryRun === true },
      dryRun: o.dryRun === true,
      readMode: mode,
    }),
  );
  const attempt = { runId, fence: await start(db, runId) };
  const after = await readPlace(db, runId);
  await restartRead(db, { ...attempt, after, mode, state: { page: 0 } });
  return attempt;
}

/** Rows of a page, numbered on from those before it. */
export function page(rows: readonly DueRow[], before: number, merges: Merges = {}): PolledRow[] {
  return rows.map((row, i) => ({
    row: stagedRow({
      ...row,
      line: before + i + 1,
      values: row.ended === undefined ? row.values : { ...row.values, status: 'inactive' },
    }),
    sourceStatus: row.sourceStatus === undefined ? 'Active' : row.sourceStatus,
    statusBy: row.ended ?? null,
    daysKnown: row.daysKnown ?? null,
    deleted: false,
    due: row.due ?? null,
    aliases: [],
    mergedInto: null,
    ...merges[row.externalId ?? ''],
  }));
}

export const LISTING: Omit<ListingFacts, 'partial' | 'rows' | 'repeated'> = {
  pages: 1,
  claimed: null,
  complete: true,
  why: null,
  absenceTimes: 2,
  cursor: { at: 1 },
  declarationSha: 'sha',
  startedAt: '2026-11-23T00:00:00.000Z',
};

/** Reads pages and plans them. */
export async function planSync(db: Db, o: SyncInput): Promise<PlannedRun> {
  const attempt = await beginSyncRun(db, o);
  for (const [i, rows] of o.pages.entries()) {
    const after = await readPlace(db, attempt.runId);
    const last = i === o.pages.length - 1;
    await stagePage(db, {
      ...attempt,
      after,
      rows: encodeRows(attempt.runId, page(rows, after.rows, o.merges)),
      state: last ? null : { page: i + 1 },
      listing: last ? {} : null,
    });
  }
  await closeRead(db, {
    ...attempt,
    listing: { ...LISTING, ...o.listing },
    parts: o.parts ?? null,
    coverage: o.coverage ?? {},
    messages: [],
  });
  const { held, entries } = await buildPlan(db, attempt);
  if (o.dryRun === true) await finish(db, { ...attempt, state: 'planned', undoDays: 90 });
  return { ...attempt, held, entries };
}

/** Reads pages, plans and applies them; gates are approved. */
export async function syncRows(db: Db, o: SyncInput): Promise<RunDocument> {
  const run = await planSync(db, o);
  await applyPlan(db, run);
  return runDocument(db, run.runId);
}
