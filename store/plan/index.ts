import { createHash, randomBytes } from 'node:crypto';
import { Fault } from '../../domain/faults';
import type { HeldGate } from '../../domain/runs/gates';
import { CHANGING_ACTIONS, MATCHED_BY, isRead } from '../../domain/runs/run';
import type { Db, Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { partitionOf } from '../database/partitions';
import { sqlArray, sqlList } from '../database/sqlList';
import { saveCounts } from '../report/counts';
import type { Presence } from '../runs/runs';
import { tellMerges } from './aliases';
import { planBulk } from './bulk';
import { compareRows } from './compare';
import { planDue } from './due';
import { tellElsewhere } from './elsewhere';
import { writeEntries, type EntriesInput } from './entries';
import { decideGates, loadPlanRun, type PlanRun } from './facts';
import { resolveManagers, tellManagerCycles } from './managers';
import { leaveToOthers } from './mastering';
import { matchRows } from './match';
import { findPresence, tellGoneColumns } from './presence';
import { tellConflicts, tellKept, tellUnknownManagers } from './tell';
import { planUndo } from './undo';
import { readWaiting } from './waiting';

export interface Plan {
  readonly entries: number;
  readonly rows: number;
  readonly held: readonly HeldGate[];
}

/**
 * Builds the plan of a run from its staged rows, in one transaction: whole or not there. A run that
 * has its plan keeps it. Nothing but the plan is written.
 */
export async function buildPlan(db: Pick<Db, 'pool'>, attempt: Attempt): Promise<Plan> {
  return writing(db, attempt, (tx) => planWithin(tx, attempt.runId));
}

/** As {@link buildPlan}, within a transaction of the caller's, who sees to the fence. */
export async function planWithin(tx: Tx, runId: string): Promise<Plan> {
  const run = await loadPlanRun(tx, runId);
  if (run.plannedAt !== null) return { entries: run.entries, rows: run.rows, held: run.held };
  const idPrefix = newIdPrefix();
  const mappingHash = hashMapping(run);
  let presence: Presence | null = null;
  switch (run.kind) {
    case 'import':
    case 'sync':
      presence = await planRead(tx, { run, idPrefix, mappingHash });
      break;
    case 'bulk':
      await planBulk(tx, run);
      break;
    case 'undo':
      await planUndo(tx, run);
      break;
    case 'due':
      await planDue(tx, run);
      break;
  }
  return closePlan(tx, { run, idPrefix, mappingHash, presence });
}

interface ReadPlan {
  readonly run: PlanRun;
  readonly idPrefix: string;
  readonly mappingHash: bigint;
}

/** Plans rows that a source gave; answers who is there by them. */
async function planRead(tx: Tx, o: ReadPlan): Promise<Presence> {
  const { run } = o;
  const update = run.options['update'];
  const absence = absenceOf(run);
  const input: EntriesInput = {
    runId: run.runId,
    sourceId: run.sourceId,
    mappingHash: o.mappingHash,
    idPrefix: o.idPrefix,
    update: update === 'fill' || update === 'off' ? update : 'all',
    create: run.options['create'] !== false,
    absence,
    tellsMerges: run.kind === 'sync',
    mastered: await leaveToOthers(tx, run.sourceId),
  };
  await matchRows(tx, input);
  const presence = await findPresence(tx, { run, saysAbsent: absence !== null });
  if (run.retryOfId !== null) await readWaiting(tx, { ...input, retryOfId: run.retryOfId });
  await resolveManagers(tx, input);
  await compareRows(tx, input);
  await writeEntries(tx, input);
  await tellUnknownManagers(tx, input);
  await tellConflicts(tx, run.runId);
  await tellMerges(tx, run.runId);
  if (absence !== null || (await someKept(tx))) await tellKept(tx, run.runId);
  if (run.retryOfId === null) await tellElsewhere(tx, run);
  await tellGoneColumns(tx, run);
  return presence;
}

/** After how many whole reads in a row without them people have left; null: absence says nothing. */
function absenceOf(run: PlanRun): number | null {
  if (run.kind === 'sync') {
    const { readMode, listing } = run;
    return readMode === 'full' && listing?.complete === true ? listing.absenceTimes : null;
  }
  // A named list says so in one file.
  return run.options['missing'] === 'deactivate' && run.options['retryOf'] === undefined ? 1 : null;
}

async function someKept(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ some: boolean }>(
    `select exists (select from compared where kept > 0) as some`,
  );
  return rows[0]?.some === true;
}

async function closePlan(
  tx: Tx,
  o: ReadPlan & { readonly presence: Presence | null },
): Promise<Plan> {
  const { run } = o;
  await tx.query(`analyze ${partitionOf('plan_entry', run.runId)}`);
  const read = isRead(run.kind);
  if (read) await tellManagerCycles(tx, run.runId);
  const held = await decideGates(tx, { run, presence: o.presence });
  if (read && !run.dryRun && held.length === 0) await rememberSame(tx, o);
  const { rows } = await tx.query<{ entries: number; rows: number }>(
    `update run set staged_at = coalesce(staged_at, now()), planned_at = now(),
       id_prefix = $2, mapping_hash = $3, held = $4, presence = $5,
       counts = ${read ? KEPT : run.kind === 'due' ? KEPT_DUE : `'{}'`},
       matched_by = ${read ? HOW_MATCHED : run.kind === 'due' ? ALL_BY_IDENTITY : `'{}'`},
       entries = (select coalesce(max(entry), 0) from plan_entry where run_id = $1
         and action in ${sqlList(CHANGING_ACTIONS)})
     where id = $1 returning entries, rows`,
    [
      run.runId,
      o.idPrefix,
      o.mappingHash.toString(),
      JSON.stringify(held),
      o.presence === null ? null : JSON.stringify(o.presence),
    ],
  );
  await saveCounts(tx, run.runId);
  const [row] = rows;
  if (row === undefined) {
    throw new Fault('not_found', { code: 'run_not_found', message: `Run ${run.runId} is gone.` });
  }
  return { ...row, held };
}

const KEPT = `jsonb_build_object('keptByHand',
  (select coalesce(sum(kept), 0)::int from compared)
  + (select count(*)::int from plan_entry where run_id = $1 and line is null and action = 'skip'
    and kept_by_hand > 0))`;

const KEPT_DUE = `jsonb_build_object('keptByHand',
  (select coalesce(sum(kept_by_hand), 0)::int from plan_entry where run_id = $1))`;
const ALL_BY_IDENTITY = `jsonb_build_object('identity', rows)`;

/** How rows were matched; those proved unchanged by their hash are in no table. */
const HOW_MATCHED = `(
  with seen as (
    select matched_by::text as by, count(*)::int as n from work where problem is null group by 1
  ), missed as (
    select (select count(*)::int from staged_row s where s.run_id = $1 and s.faults is not null)
      + (select count(*)::int from dup d where not exists (select from staged_row s
        where s.run_id = $1 and s.line = d.line and s.faults is not null)) as n
  ), by as (
    select unnest(${sqlArray(MATCHED_BY)}) as by
  )
  select jsonb_object_agg(by.by, coalesce(s.n, 0) + case by.by
    when 'identity' then run.rows - m.n - (select count(*)::int from work)
    when 'none' then m.n + (select count(*)::int from work where problem is not null)
    else 0 end)
  from missed m, by left join seen s on s.by = by.by)`;

/**
 * Rows that a full comparison found unchanged are found by their hash next time. Not while a field
 * is kept by hand (it is counted each time), left to another source (which may fall silent) or a
 * manager is missing (who may come).
 */
async function rememberSame(tx: Tx, o: ReadPlan): Promise<void> {
  await tx.query(
    `update identity i
     set record_hash = c.record_hash, mapping_hash = $2, user_version = c.version
     from compared c join work w on w.line = c.line
     where i.source_id = $1 and i.external_id = c.external_id and w.matched_by = 'identity'
       and w.problem is null and not c.differs and not c.left_out and c.kept = 0
       and c.theirs_differ = 0
       and not c.dangling`,
    [o.run.sourceId, o.mappingHash.toString()],
  );
}

/** The first 24 hex digits of new ids: a uuid v7 of now, its last 32 bits left for the line. */
function newIdPrefix(): string {
  const b = randomBytes(12);
  b.writeUIntBE(Date.now(), 0, 6);
  b[6] = 0x70 | ((b[6] ?? 0) & 0x0f);
  b[8] = 0x80 | ((b[8] ?? 0) & 0x3f);
  return b.toString('hex');
}

/**
 * What else decides the outcome of a record, besides the record and its user: when it is the same as
 * last time, an unchanged record is an unchanged person. 63 bits.
 */
function hashMapping(run: PlanRun): bigint {
  const facts = JSON.stringify(['v1', run.sourceId, run.epoch, run.options['update'] ?? 'all']);
  return createHash('sha256').update(facts).digest().readBigInt64BE(0);
}
