import { setTimeout as delay } from 'node:timers/promises';
import { publicFailure } from '../activities/publicFailure';
import type { Logger } from '../config/logger';
import { retryAfter } from '../domain/alerts/alerts';
import { codeOf } from '../domain/passing';
import type { AlertSender, Attempted } from '../operations/alerts/sendAlert';
import { claimAlerts, settleAlert, type AlertOutcome, type DueAlert } from '../store/alerts/alerts';
import type { Db } from '../store/database/db';
import type { WorkerMetrics } from './metrics';

export interface AlertLoop {
  readonly db: Pick<Db, 'pool'>;
  readonly sender: AlertSender;
  readonly log: Logger;
  readonly metrics: Pick<WorkerMetrics, 'alerts'>;
}

const EVERY_MS = 2_000;
/** Alerts sent at once; each waits only for its own receiver, at most 15 seconds. */
const AT_ONCE = 10;
/** Longer than an attempt may last, so that no two workers send the same alert. */
const LEASE_SECONDS = 90;

/**
 * Sends alerts until the signal is aborted. Several workers may run it: each takes different
 * alerts.
 */
export async function keepSending(loop: AlertLoop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let sent = 0;
    try {
      sent = await sendDue(loop);
    } catch (error) {
      // The database is away; the next round tries again.
      loop.log.warn({ code: codeOf(error) }, 'alerts were not sent');
    }
    if (sent < AT_ONCE) await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Sends one round; returns the number of alerts tried. */
export async function sendDue(loop: AlertLoop): Promise<number> {
  const due = await claimAlerts(loop.db, { limit: AT_ONCE, leaseSeconds: LEASE_SECONDS });
  await Promise.all(due.map((alert) => sendOne(loop, alert)));
  return due.length;
}

async function sendOne({ db, sender, log, metrics }: AlertLoop, alert: DueAlert): Promise<void> {
  const ids = { alertId: alert.id, targetId: alert.target.id, event: alert.event };
  const attempted = await sender.send(alert).catch((error: unknown): Attempted => {
    log.error({ ...ids, ...publicFailure(error) }, 'an alert could not be sent');
    return { kind: 'failed', message: 'It could not be sent; the log of the worker has more.' };
  });
  const outcome: AlertOutcome =
    attempted.kind === 'failed'
      ? { ...attempted, kind: 'failed', minutes: retryAfter(alert.attempts) }
      : attempted.kind === 'gone'
        ? { ...attempted, kind: 'gone' }
        : { kind: 'sent' };
  await settleAlert(db, alert, outcome);
  metrics.alerts.inc({ event: alert.event, outcome: attempted.kind });
  if (attempted.kind === 'sent') log.info(ids, 'alert sent');
  else log.warn({ ...ids, attempts: alert.attempts, reason: attempted.message }, 'alert not sent');
}
