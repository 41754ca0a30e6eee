import type { AlertData, AlertEvent } from '../../domain/alerts/alerts';
import { said, storedNext } from '../../domain/next';
import type { AlertTarget } from './alertTargets';
import type { Db, Queryable } from '../database/db';

/** An event that each target which asked for it receives once. */
export interface NewAlert {
  readonly event: AlertEvent;
  /** What the event is about; see `dedupe_key`. */
  readonly key: string;
  readonly data: AlertData;
  /** Goes to every target, also to those that did not ask for the event. */
  readonly toAll?: boolean;
}

/**
 * uuid v7 (RFC 9562) as `newId` makes it, one for each row: Postgres has `uuidv7()` only from 18 on.
 */
const NEW_ID = `(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
  || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;

/**
 * Writes alerts for every target that asked for their event, in the transaction that makes the event
 * true. A target does not get an alert twice; without targets, nothing is written. Due at once: a time that
 * the column rounds up would be due a moment later.
 */
export async function raiseAlerts(tx: Queryable, alerts: readonly NewAlert[]): Promise<number> {
  if (alerts.length === 0) return 0;
  const { rowCount } = await tx.query(
    `with raised as (
       select e.event, e.key, e.data, e."toAll" as to_all
       from jsonb_to_recordset($1) as e(event text, key text, data jsonb, "toAll" boolean)
     )
     insert into alert (id, target_id, event, dedupe_key, data, next_attempt_at)
     select ${NEW_ID}, t.id, r.event, r.key, r.data, date_trunc('milliseconds', now())
     from raised r join alert_target t on t.enabled and (r.to_all or r.event = any(t.events))
     on conflict (target_id, dedupe_key) do nothing`,
    [JSON.stringify(alerts)],
  );
  return rowCount ?? 0;
}

/** True when a target asked for this event. */
export async function isAskedFor(tx: Queryable, event: AlertEvent): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from alert_target where enabled and $1 = any(events) limit 1`,
    [event],
  );
  return rowCount === 1;
}

/** An alert to be sent now, with its target. */
export interface DueAlert {
  readonly id: string;
  readonly event: AlertEvent;
  readonly createdAt: Date;
  readonly data: AlertData;
  /** Including this one. */
  readonly attempts: number;
  readonly target: Pick<AlertTarget, 'id' | 'kind' | 'address' | 'secrets'>;
}

/**
 * Takes alerts that are due, oldest first. Each belongs to this worker for `leaseSeconds`; when the worker
 * is killed before it stored a result, they are due again after that, under the same ids.
 */
export async function claimAlerts(
  db: Pick<Db, 'pool'>,
  o: { readonly limit: number; readonly leaseSeconds: number },
): Promise<DueAlert[]> {
  const { rows } = await db.pool.query<
    Omit<DueAlert, 'target' | 'data'> &
      DueAlert['target'] & { data: Omit<AlertData, 'next'> & { next: unknown }; targetId: string }
  >(
    `with due as (
       select a.id from alert a where a.next_attempt_at <= now()
       order by a.next_attempt_at limit $1 for update skip locked
     )
     update alert a set attempts = a.attempts + 1,
       next_attempt_at = now() + make_interval(secs => $2)
     from due d, alert_target t
     where a.id = d.id and t.id = a.target_id
     returning a.id, a.event, a.created_at as "createdAt", a.data, a.attempts,
       t.id as "targetId", t.kind, t.address, t.secrets`,
    [o.limit, o.leaseSeconds],
  );
  return rows.map(({ targetId, kind, address, secrets, data, ...alert }) => ({
    ...alert,
    data: { ...data, next: storedNext(data.next) ?? said('') },
    target: { id: targetId, kind, address, secrets },
  }));
}

/** The result of an attempt. */
export type AlertOutcome =
  | { readonly kind: 'sent' }
  /** `minutes` until the next attempt; null: given up. */
  | { readonly kind: 'failed'; readonly message: string; readonly minutes: number | null }
  /** The receiver wants no more: the target gets nothing from now on. */
  | { readonly kind: 'gone'; readonly message: string };

/**
 * Stores the result of an attempt. An alert that another attempt took meanwhile is not put back.
 */
export async function settleAlert(
  db: Pick<Db, 'pool'>,
  alert: Pick<DueAlert, 'id' | 'attempts'>,
  outcome: AlertOutcome,
): Promise<void> {
  switch (outcome.kind) {
    case 'sent':
      await db.pool.query(
        `update alert set sent_at = coalesce(sent_at, now()), next_attempt_at = null, trouble = null
         where id = $1`,
        [alert.id],
      );
      return;
    case 'failed':
      await db.pool.query(
        `update alert set trouble = $3, next_attempt_at = now() + make_interval(mins => $4)
         where id = $1 and attempts = $2 and sent_at is null`,
        [alert.id, alert.attempts, outcome.message, outcome.minutes],
      );
      return;
    case 'gone':
      await db.pool.query(
        `with failed as (
           update alert set trouble = $2, next_attempt_at = null
           where id = $1 and sent_at is null returning target_id
         ), closed as (
           update alert_target t set enabled = false from failed f where t.id = f.target_id
           returning t.id
         )
         update alert a set next_attempt_at = null, trouble = coalesce(a.trouble, $2)
         from closed c where a.target_id = c.id and a.id <> $1 and a.sent_at is null`,
        [alert.id, outcome.message],
      );
  }
}

/**
 * Removes alerts that were sent longer ago; an event that is still true after that is sent again.
 */
export async function forgetAlerts(
  db: Pick<Db, 'pool'>,
  o: { readonly olderThanDays: number },
): Promise<number> {
  const { rowCount } = await db.pool.query(
    `delete from alert where created_at < now() - make_interval(days => $1)
       and next_attempt_at is null`,
    [o.olderThanDays],
  );
  return rowCount ?? 0;
}
