import type { Trouble } from './connections';
import { findConnection } from './connections';
import type { Queryable, Tx } from '../database/db';

const HOUR_MS = 3_600_000;
/** Hours until the next try, after the first failures; daily from then on. */
const RETRY_HOURS = [6, 12, 24] as const;
/** A source that failed for this long is not read any more until an admin says so. */
const DISABLED_AFTER_DAYS = 28;

/**
 * The trouble of a source after one more failure at `now`; a failed try by hand delays no later one.
 */
export function troubleAfter(
  before: Trouble | null,
  o: { readonly code: string; readonly message: string; readonly now: Date },
): { readonly trouble: Trouble; readonly disabled: boolean } {
  const now = o.now.getTime();
  const since = before?.since ?? o.now.toISOString();
  const due = before?.nextTryAt ?? null;
  const early = due !== null && now < new Date(due).getTime();
  const tries = (before?.tries ?? 0) + (early ? 0 : 1);
  const disabled = now - new Date(since).getTime() >= DISABLED_AFTER_DAYS * 24 * HOUR_MS;
  const hours = RETRY_HOURS[tries - 1] ?? 24;
  return {
    trouble: {
      code: o.code,
      message: o.message,
      since,
      tries,
      nextTryAt: disabled ? null : early ? due : new Date(now + hours * HOUR_MS).toISOString(),
    },
    disabled,
  };
}

/** The state of a quarantined source. */
export interface SetAside {
  readonly polling: 'quarantined' | 'disabled';
  readonly trouble: Trouble;
}

/**
 * Quarantines a source whose sync failed for a reason that an immediate retry cannot fix, such as
 * refused credentials. It is tried again after 6, 12 and 24 hours, then daily, and disabled on day 28;
 * an applied sync ends the quarantine. Null: it is paused, or was removed.
 */
export async function quarantine(
  tx: Tx,
  o: { readonly sourceId: string; readonly code: string; readonly message: string },
): Promise<SetAside | null> {
  const connection = await findConnection(tx, o.sourceId, true);
  if (connection === null) return null;
  const { trouble, disabled } = troubleAfter(connection.trouble, { ...o, now: new Date() });
  await tx.query(
    `update connection set trouble = $2,
       polling = (case when polling = 'paused' then 'paused' when $3 then 'disabled'
         else 'quarantined' end)::polling_state
     where source_id = $1`,
    [o.sourceId, JSON.stringify(trouble), disabled],
  );
  if (connection.polling === 'paused') return null;
  return { polling: disabled ? 'disabled' : 'quarantined', trouble };
}

/** True for a failed sync whose source is quarantined. */
export async function isSetAside(db: Queryable, runId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from run r join connection c on c.source_id = r.source_id
     where r.id = $1 and r.kind = 'sync' and r.state = 'failed'
       and c.polling in ('quarantined', 'disabled')`,
    [runId],
  );
  return rowCount === 1;
}
