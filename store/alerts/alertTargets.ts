import type { AlertEvent } from '../../domain/alerts/alerts';
import type { AlertTargetKind } from '../../domain/alerts/targets';
import type { Queryable } from '../database/db';

/** The receiver of alerts. */
export interface AlertTarget {
  readonly id: string;
  readonly kind: AlertTargetKind;
  /** An e-mail address, or a URL. */
  readonly address: string;
  readonly events: readonly AlertEvent[];
  /** Sealed (secrets.ts). */
  readonly secrets: Buffer | null;
  /** False once the receiver answered that it is gone. */
  readonly enabled: boolean;
  readonly createdAt: Date;
}

/** A target, and whether its alerts arrive. */
export interface AlertTargetStanding extends Omit<AlertTarget, 'secrets'> {
  readonly sent: number;
  readonly waiting: number;
  readonly givenUp: number;
  readonly lastSentAt: Date | null;
  /** Of the newest alert that has not arrived. */
  readonly trouble: AlertTrouble | null;
}

/** An alert that did not arrive. */
export interface AlertTrouble {
  readonly event: AlertEvent;
  readonly at: string;
  readonly attempts: number;
  readonly message: string;
  /** Null: given up. */
  readonly nextAttemptAt: string | null;
}

const COLUMNS = `t.id, t.kind, t.address, t.events, t.secrets, t.enabled, t.created_at as "createdAt"`;

export async function insertAlertTarget(
  tx: Queryable,
  t: Omit<AlertTarget, 'enabled' | 'createdAt'>,
): Promise<void> {
  await tx.query(
    `insert into alert_target (id, kind, address, events, secrets) values ($1, $2, $3, $4, $5)`,
    [t.id, t.kind, t.address, t.events, t.secrets],
  );
}

/** Targets with this id, or with this prefix of an id; two at most. */
export async function findAlertTargets(db: Queryable, prefix: string): Promise<AlertTarget[]> {
  const { rows } = await db.query<AlertTarget>(
    `select ${COLUMNS} from alert_target t where t.id::text like $1 order by t.id limit 2`,
    [`${prefix}%`],
  );
  return rows;
}

/** Removes a target and all of its alerts. */
export async function deleteAlertTarget(tx: Queryable, id: string): Promise<void> {
  await tx.query(`delete from alert_target where id = $1`, [id]);
}

export async function selectAlertTargets(db: Queryable): Promise<AlertTargetStanding[]> {
  const { rows } = await db.query<AlertTargetStanding>(
    `with told as (
       select target_id, count(*) filter (where sent_at is not null)::int as sent,
         count(*) filter (where next_attempt_at is not null)::int as waiting,
         count(*) filter (where sent_at is null and next_attempt_at is null)::int as given_up,
         max(sent_at) as last_sent_at
       from alert group by target_id
     ), troubled as (
       select distinct on (target_id) target_id, jsonb_build_object('event', event,
         'at', created_at, 'attempts', attempts, 'message', trouble,
         'nextAttemptAt', next_attempt_at) as trouble
       from alert where sent_at is null and trouble is not null order by target_id, id desc
     )
     select t.id, t.kind, t.address, t.events, t.enabled, t.created_at as "createdAt",
       coalesce(o.sent, 0) as sent, coalesce(o.waiting, 0) as waiting,
       coalesce(o.given_up, 0) as "givenUp", o.last_sent_at as "lastSentAt", b.trouble
     from alert_target t left join told o on o.target_id = t.id
     left join troubled b on b.target_id = t.id order by t.id`,
  );
  return rows;
}
