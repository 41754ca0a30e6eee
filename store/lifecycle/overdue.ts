import { isOverdue } from '../../domain/alerts/overdue';
import { isAskedFor, raiseAlerts, type NewAlert } from '../alerts/alerts';
import type { SyncSchedule } from '../sources/connections';
import type { Db } from '../database/db';

interface ScheduledRow {
  readonly sourceId: string;
  readonly name: string;
  readonly schedule: SyncSchedule;
  readonly lastSyncAt: Date | null;
  /** When the source was last read, or when its schedule was last set or resumed. */
  readonly since: Date;
}

/** A scheduled source that was not read at two of its times. */
export type OverdueSource = Omit<ScheduledRow, 'schedule'>;

/**
 * Every scheduled source that was not read at two of its times. Leaves out sources that are paused, stopped
 * or behind a held run.
 */
export async function overdueSources(
  db: Pick<Db, 'pool'>,
  o: { readonly now: Date },
): Promise<OverdueSource[]> {
  const { rows } = await db.pool.query<ScheduledRow>(
    `with standing as (
       select s.id, s.name, c.schedule, s.created_at,
         (select max(r.finished_at) from run r where r.source_id = s.id and r.kind = 'sync'
            and r.state = 'done') as last_sync_at,
         (select max(a.at) from audit_event a where a.subject_type = 'source'
            and a.subject_id = s.id::text
            and a.action in ('source.schedule', 'source.resume', 'source.set')) as told_at
       from connection c join source s on s.id = c.source_id
       where c.schedule is not null and c.polling = 'ready'
         and not exists (select from run r where r.source_id = s.id and r.blocking)
     )
     select id as "sourceId", name, schedule, last_sync_at as "lastSyncAt",
       greatest(last_sync_at, told_at, created_at) as since
     from standing order by name`,
  );
  return rows.filter(({ schedule, since }) => isOverdue(schedule, { since, now: o.now }));
}

/** Raises an alert for each overdue source: once until a read is applied. */
export async function alertOverdue(
  db: Pick<Db, 'pool'>,
  o: { readonly now: Date },
): Promise<number> {
  if (!(await isAskedFor(db.pool, 'overdue'))) return 0;
  return raiseAlerts(db.pool, (await overdueSources(db, o)).map(alertOf));
}

function alertOf({ sourceId, name, lastSyncAt, since }: OverdueSource): NewAlert {
  return {
    event: 'overdue',
    key: `overdue:${sourceId}:${since.toISOString()}`,
    data: {
      source: name,
      state: 'overdue',
      since: since.toISOString(),
      lastSyncAt: lastSyncAt?.toISOString() ?? null,
      next: { do: 'showSource', source: name },
    },
  };
}
