import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { codeOf } from '../domain/passing';
import type { Db } from '../store/database/db';
import { forgetAlerts } from '../store/alerts/alerts';
import {
  emptyRefusedFiles,
  removeUnreadFiles,
  waitingRuns,
  type WaitingRun,
} from '../store/lifecycle/housekeeping';
import { closeLate, undelivered, type Undelivered } from '../store/lifecycle/undelivered';
import { alertOverdue } from '../store/lifecycle/overdue';
import { retain } from '../store/lifecycle/retention';
import type { Temporal } from '../temporal/gateway';

export interface HouseDeps {
  readonly db: Pick<Db, 'pool'>;
  readonly temporal: Pick<Temporal, 'fate' | 'start' | 'handOn'>;
  readonly log: Logger;
  readonly retention: { readonly plansDays: number; readonly filesDays: number };
}

const EVERY_MS = 30_000;
const SCHEDULES_EVERY_MS = 1_800_000;
/** A client records a run, then starts its workflow, with a minute's patience for Temporal. */
const QUIET_SECONDS = 75;
/** A worker takes a decision within seconds of its client's call. */
const UNTAKEN_SECONDS = 30;
const AT_ONCE = 100;
/** No upload takes a day. */
const UNREAD_HOURS = 24;
/** What is told once for so long. */
const TOLD_DAYS = 90;
/** Time to look into a refused file; a mended one is another upload. */
const REFUSED_HOURS = 24;

/**
 * Keeps house until the signal is aborted. Several workers may: each step does nothing twice. The
 * schedules are seen to every half hour.
 */
export async function keepHouse(
  deps: HouseDeps & { readonly schedules: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  let seeAt = 0;
  while (!signal.aborted) {
    if (Date.now() >= seeAt) {
      const seen = await succeeds(deps.log, deps.schedules, 'the schedules could not be seen to');
      if (seen) seeAt = Date.now() + SCHEDULES_EVERY_MS;
    }
    await succeeds(deps.log, () => tidy(deps), 'housekeeping was not done');
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function succeeds(log: Logger, work: () => Promise<void>, what: string): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    // A server is away; the next round comes.
    log.warn({ code: codeOf(error) }, what);
    return false;
  }
}

/** One round. */
export async function tidy({ db, temporal, log, retention }: HouseDeps): Promise<void> {
  // First, as it needs no Temporal, whose absence is a reason for it.
  await alertOverdue(db, { now: new Date() });
  const runs = await waitingRuns(db, { quietSeconds: QUIET_SECONDS, limit: AT_ONCE });
  for (const run of runs) {
    await startForgotten(run, { temporal, log });
  }
  const late = await closeLate(db, { olderThanSeconds: UNTAKEN_SECONDS });
  for (const runId of late) log.warn({ runId }, 'a decision came too late and is closed');
  const untaken = await undelivered(db, { olderThanSeconds: UNTAKEN_SECONDS, limit: AT_ONCE });
  await Promise.all(untaken.map((decision) => deliver(decision, { temporal, log })));
  const removed = await removeUnreadFiles(db, { olderThanHours: UNREAD_HOURS });
  if (removed > 0) log.info({ removed }, 'removed stored files that no run reads');
  await forgetAlerts(db, { olderThanDays: TOLD_DAYS });
  const emptied = await emptyRefusedFiles(db, { olderThanHours: REFUSED_HOURS });
  if (emptied > 0) log.info({ emptied }, 'removed the content of refused files');
  const forgotten = await retain(db, { now: new Date(), ...retention });
  if (forgotten.days.length + forgotten.files > 0)
    log.info(forgotten, 'removed old plans and files');
}

/**
 * A client that was killed between its two writes leaves a run that waits without a workflow. One
 * that somebody terminated stays as it is: `runs show` calls it orphaned, `runs resume` goes on.
 */
async function startForgotten(
  run: WaitingRun,
  { temporal, log }: Pick<HouseDeps, 'temporal' | 'log'>,
): Promise<void> {
  const fate = await temporal.fate(run.workflowId);
  // Ended before somebody decided (a dry run to be applied, a failed one to go on), or while somebody
  // did: what the workflow had ended with was no longer so. One that failed since is not repeated.
  const again = typeof fate === 'object' && (!fate.failed || fate.endedAt < run.since);
  if (fate !== 'missing' && !again) return;
  await temporal.start(run, { closingMs: 0 });
  log.warn({ runId: run.runId }, 'started a run that was recorded and never started');
}

/** A client that was killed after it recorded a decision has not told the workflow of it. */
async function deliver(
  decision: Undelivered,
  { temporal, log }: Pick<HouseDeps, 'temporal' | 'log'>,
): Promise<void> {
  const { runId, kind, decisionId } = decision;
  try {
    await temporal.handOn(decision, decisionId);
    log.warn({ runId, kind }, 'handed on a decision that was recorded and not taken');
  } catch (error) {
    // One workflow that does not answer keeps no other waiting; the next round comes.
    log.warn({ runId, code: codeOf(error) }, 'a decision could not be handed on');
  }
}
