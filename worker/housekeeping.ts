import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { codeOf } from '../domain/passing';
import { alertEndingTokens } from '../store/admins/tokenAlerts';
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
import { closeCancelled, retainDeliveries } from '../store/letters/retention';
import { retain } from '../store/lifecycle/retention';
import { forgetImages } from '../store/merges/undoable';
import type { Temporal } from '../temporal/gateway';

export interface HouseDeps {
  readonly db: Pick<Db, 'pool'>;
  readonly temporal: Pick<Temporal, 'fate' | 'start' | 'deliver'>;
  readonly log: Logger;
  readonly retention: {
    readonly plansDays: number;
    readonly filesDays: number;
    readonly deliveriesDays: number;
  };
}

const EVERY_MS = 30_000;
const SCHEDULES_EVERY_MS = 1_800_000;
/** Time in which a client that recorded a run starts its workflow: it tries for a minute. */
const QUIET_SECONDS = 75;
/** Time in which a worker takes a decision: it does so within seconds of the client's call. */
const UNTAKEN_SECONDS = 30;
const AT_ONCE = 100;
/** Age after which an upload is abandoned: none takes a day. */
const UNREAD_HOURS = 24;
/** Days for which a notice that is sent once is remembered. */
const NOTICE_DAYS = 90;
/** Hours in which a refused file can be looked into; the corrected file is another upload. */
const REFUSED_HOURS = 24;

/**
 * Runs the housekeeping until the signal is aborted. Several workers may do so, because each step
 * is safe to repeat. The schedules are checked every half hour.
 */
export async function keepHouse(
  deps: HouseDeps & {
    readonly schedules: () => Promise<void>;
    readonly campaigns: () => Promise<void>;
  },
  signal: AbortSignal,
): Promise<void> {
  let seeAt = 0;
  while (!signal.aborted) {
    if (Date.now() >= seeAt) {
      const seen = await succeeds(deps.log, deps.schedules, 'the schedules could not be seen to');
      if (seen) seeAt = Date.now() + SCHEDULES_EVERY_MS;
    }
    await succeeds(deps.log, () => tidy(deps), 'housekeeping was not done');
    await succeeds(deps.log, deps.campaigns, 'the campaigns could not be seen to');
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function succeeds(log: Logger, work: () => Promise<void>, what: string): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    // A server is away; the next round tries again.
    log.warn({ code: codeOf(error) }, what);
    return false;
  }
}

/** Does one round. */
export async function tidy({ db, temporal, log, retention }: HouseDeps): Promise<void> {
  // First, because it needs no Temporal, and a missing Temporal is one reason for its alerts.
  await alertOverdue(db, { now: new Date() });
  await alertEndingTokens(db);
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
  await forgetAlerts(db, { olderThanDays: NOTICE_DAYS });
  const emptied = await emptyRefusedFiles(db, { olderThanHours: REFUSED_HOURS });
  if (emptied > 0) log.info({ emptied }, 'removed the content of refused files');
  const forgotten = await retain(db, { now: new Date(), ...retention });
  if (forgotten.days.length + forgotten.files > 0)
    log.info(forgotten, 'removed old plans and files');
  const closed = await closeCancelled(db);
  if (closed > 0) log.info({ closed }, 'closed deliveries of cancelled campaigns');
  const old = await retainDeliveries(db, { now: new Date(), ...retention });
  if (old.days.length > 0) log.info(old, 'removed deliveries of old campaigns');
  const merges = await forgetImages(db, new Date());
  if (merges > 0) log.info({ merges }, 'removed what old merges changed');
}

/**
 * Starts a run that waits without a workflow, because its client was killed between its two writes.
 * A workflow that an operator terminated stays so: `runs show` calls the run orphaned, and `runs
 * resume` continues it.
 */
async function startForgotten(
  run: WaitingRun,
  { temporal, log }: Pick<HouseDeps, 'temporal' | 'log'>,
): Promise<void> {
  const fate = await temporal.fate(run.workflowId);
  // The workflow ended before a decision (to apply a dry run, to resume a failed run) or at the
  // same time, so its end no longer holds. A workflow that failed after the decision is not
  // repeated.
  const again = typeof fate === 'object' && (!fate.failed || fate.endedAt < run.since);
  if (fate !== 'missing' && !again) return;
  await temporal.start(run, { closingMs: 0 });
  log.warn({ runId: run.runId }, 'started a run that was recorded and never started');
}

/**
 * Delivers a decision whose client was killed after it recorded it and before it called the
 * workflow.
 */
async function deliver(
  decision: Undelivered,
  { temporal, log }: Pick<HouseDeps, 'temporal' | 'log'>,
): Promise<void> {
  const { runId, kind, decisionId } = decision;
  try {
    await temporal.deliver(decision, decisionId);
    log.warn({ runId, kind }, 'delivered a decision that was recorded and not taken');
  } catch (error) {
    // One workflow that does not answer delays no other; the next round tries again.
    log.warn({ runId, code: codeOf(error) }, 'a decision could not be delivered');
  }
}
