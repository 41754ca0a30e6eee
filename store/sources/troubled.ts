import type { Db } from '../database/db';
import type { PollingState, Trouble } from './connections';

/** A system that is not read: stopped because of a fault, or behind a held run. */
export interface TroubledSource {
  readonly name: string;
  readonly polling: PollingState;
  readonly trouble: Trouble | null;
  /** The held run that keeps its syncs from starting, and since when. */
  readonly blockedBy: string | null;
  readonly blockedSince: Date | null;
  readonly skippedSyncs: number;
}

/**
 * The systems that are stopped, and those whose syncs were skipped behind a held run. Unlike the list
 * of sources it counts no people.
 */
export async function troubledSources(db: Pick<Db, 'pool'>): Promise<TroubledSource[]> {
  const { rows } = await db.pool.query<TroubledSource>(
    `select s.name, c.polling, c.trouble, b.id as "blockedBy", b.since as "blockedSince",
       c.skipped_syncs as "skippedSyncs"
     from connection c
     join source s on s.id = c.source_id
     left join lateral (
       select r.id, coalesce(r.applied_at, r.planned_at, r.created_at) as since
       from run r where r.state = 'held' and r.source_id = s.id and r.blocking
       order by r.id limit 1
     ) b on true
     where c.polling in ('quarantined', 'disabled') or (b.id is not null and c.skipped_syncs > 0)
     order by s.name`,
  );
  return rows;
}
