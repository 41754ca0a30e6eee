import { daysDecide, IMPORT_DEFAULTS, twoRowsOf, updateOf } from '../../domain/runs/runOptions';
import { keyOf } from '../../domain/files/listKey';
import { MATCHED_BY, isRead } from '../../domain/runs/run';
import type { Tx } from '../database/db';
import { planWithOwner } from '../apply/keepOwner';
import { some } from '../database/some';
import { sqlArray } from '../database/sqlList';
import type { Presence } from '../runs/runs';
import { reportMerges } from './matching/aliases';
import { planBulk } from './bulk';
import { compareRows } from './compare';
import { planDue } from './due';
import { reportActiveElsewhere } from './elsewhere';
import { writeEntries, type EntriesInput } from './entries';
import type { PlanRun } from './facts';
import { resolveManagers, reportManagerCycles } from './managers';
import { leaveToOthers } from './mastering';
import { leaveAbsent } from './matching/leftSince';
import { reportLogins } from './matching/logins';
import { matchRows } from './matching/match';
import { refuseArchived } from './content/archived';
import { reportAdmins } from './content/admins';
import { refuseNameless } from './content/nameless';
import { reportMadeNothing } from './content/nothing';
import type { Counted, PlanInput, Planner } from './planner';
import { reportNamesakes } from './matching/namesakes';
import { findPresence, reportGoneColumns, reportNotInFile } from './presence';
import { findRenumbered } from './matching/renumbered';
import {
  reportConflicts,
  reportKept,
  reportKnownByEmail,
  reportLastDayGone,
  reportUnknownManagers,
} from './reports';

import { planUndo } from './undo';
import { areUnnumbered, reportUnnumbered } from './unnumbered';
import { readWaiting } from './waiting';

/** How runs of users are planned. */
export const USER_PLANNER: Planner = { isOrdered: false, plan, check, close };

async function plan(tx: Tx, o: PlanInput): Promise<Presence | null> {
  const { run } = o;
  switch (run.kind) {
    case 'import':
    case 'sync':
      return planRead(tx, o);
    case 'bulk':
      await planBulk(tx, o);
      return null;
    case 'undo':
      await planUndo(tx, o);
      return null;
    case 'due':
      await planDue(tx, run);
      return null;
    case 'merge':
      throw new Error('a run of merges has the subject merges');
  }
}

async function check(tx: Tx, run: PlanRun): Promise<void> {
  await planWithOwner(tx, run.runId);
  await reportAdmins(tx, run.runId);
  if (isRead(run.kind)) await reportManagerCycles(tx, run.runId);
}

async function close(tx: Tx, o: PlanInput & { readonly held: boolean }): Promise<Counted> {
  const { run } = o;
  if (run.kind === 'due') return { counts: KEPT_DUE, matchedBy: ALL_BY_IDENTITY };
  if (!isRead(run.kind)) return { counts: `'{}'`, matchedBy: `'{}'` };
  if (!run.dryRun && !o.held) await rememberSame(tx, o);
  return { counts: KEPT, matchedBy: HOW_MATCHED };
}

/** Plans rows that a source delivered; returns the presence that they prove. */
async function planRead(tx: Tx, o: PlanInput): Promise<Presence> {
  const { run } = o;
  const absence = absenceOf(run);
  const days = await daysOf(tx, run);
  const input: EntriesInput = {
    runId: run.runId,
    sourceId: run.sourceId,
    mappingHash: o.mappingHash,
    idPrefix: o.idPrefix,
    update: updateOf(run.options),
    create: (run.options['create'] ?? IMPORT_DEFAULTS.create) === true,
    absence,
    matchedIn: run.resolves ? run.retryOfId : null,
    tellsMerges: run.kind === 'sync',
    key: keyOf(run.options),
    twoRows: twoRowsOf(run.options),
    keepsDays: days.ahead && updateOf(run.options) === 'all',
    daysEnded: days.ended,
    daysWhole: run.kind === 'sync' && run.listing?.partial !== true,
    unnumbered: absence !== null && (await areUnnumbered(tx, run)),
    decidesByDays: days.decided,
    mastered: await leaveToOthers(tx, run.sourceId),
  };
  await matchRows(tx, input);
  if (run.retryOfId !== null && !run.resolves) {
    await leaveAbsent(tx, { ...input, retryOfId: run.retryOfId });
  }
  if (input.create) await refuseNameless(tx, run);
  const presence = await findPresence(tx, { run, saysAbsent: absence !== null });
  if (run.retryOfId !== null) await readWaiting(tx, { ...input, retryOfId: run.retryOfId });
  const managersByKey = await resolveManagers(tx, input);
  await compareRows(tx, input);
  await refuseArchived(tx, {
    ...{ runId: run.runId, create: input.create, polled: run.kind === 'sync' },
  });
  const { created } = await writeEntries(tx, input);
  const known = `select from identity where source_id = $1`;
  if (created > 0 && !run.resolves && (await some(tx, known, [run.sourceId]))) {
    await findRenumbered(tx, {
      ...input,
      complete: absence !== null,
      retryOfId: run.retryOfId,
    });
    if (run.coverage['status'] !== undefined) await reportNamesakes(tx, input);
  }
  await reportUnknownManagers(tx, input);
  await reportConflicts(tx, run.runId);
  await reportLogins(tx, run.runId);
  if (days.ended) await reportLastDayGone(tx, run.runId);
  await reportKnownByEmail(tx, run.runId);
  await reportMadeNothing(tx, run);
  await reportMerges(tx, run.runId);
  const isKept = absence !== null || (await some(tx, `select from compared where kept > 0`));
  if (isKept) await reportKept(tx, run.runId);
  if (run.retryOfId === null) await reportActiveElsewhere(tx, run);
  await reportGoneColumns(tx, run);
  if (absence === null) await reportNotInFile(tx, run);
  await reportUnnumbered(tx, { run, input });
  return managersByKey ? { ...presence, managersByKey } : presence;
}

/** What the days of a read, or of its source, are about. */
interface DaysFound {
  /** They alone decide the status of a row. */
  readonly decided: boolean;
  /** Of a file: a row names a day to come, or the source did so before. */
  readonly ahead: boolean;
  /** Days of this source made a person inactive. */
  readonly ended: boolean;
}

/** A system's days to come are kept when its run ends (lifecycle/syncs.ts). */
async function daysOf(tx: Tx, run: PlanRun): Promise<DaysFound> {
  const none = { decided: false, ahead: false, ended: false };
  if (run.kind === 'import' && !hasDays(run)) return none;
  const file = String(run.kind === 'import');
  const { rows } = await tx.query<DaysFound>(
    `select coalesce(bool_or(status_by is not null), false) as decided,
       ${file} and (coalesce(bool_or(due_on is not null), false)
         or exists (select from identity where source_id = $2 and due_on is not null)) as ahead,
       exists (select from identity where source_id = $2 and ended_at is not null) as ended
     from staged_row where run_id = $1`,
    [run.runId, run.sourceId],
  );
  return rows[0] ?? none;
}

/** A file with a column of days, unless they are ignored. */
function hasDays({ options, coverage }: PlanRun): boolean {
  return (
    daysDecide(options) &&
    (coverage['hireDate'] !== undefined || coverage['leaveDate'] !== undefined)
  );
}

/**
 * After how many complete reads in a row without them people have left; null: absence says nothing.
 */
function absenceOf(run: PlanRun): number | null {
  if (run.kind === 'sync') {
    const { readMode, listing } = run;
    return readMode === 'full' && listing?.complete === true ? listing.absenceTimes : null;
  }
  // A named list says so in one file.
  return run.options['missing'] === 'deactivate' && run.options['retryOf'] === undefined ? 1 : null;
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
 * is kept by hand (it is counted each time), is left to another source (which may stop sending it) or a
 * manager is missing (who may come).
 */
async function rememberSame(tx: Tx, o: PlanInput): Promise<void> {
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
