import type { StoredRunState } from '../../domain/runs/run';
import type { SourceKind } from '../../domain/sources/sourceKind';
import { newId, type Queryable } from '../database/db';
import { some } from '../database/some';
import { ZONE_OF_SOURCE, type PollingState, type SyncSchedule, type Trouble } from './connections';

/** The source of unnamed CSV uploads; seeded by the first migration. */
export const CSV_SOURCE_ID = '00000000-0000-7000-8000-000000000001';
/** The source of everything done by hand; seeded by the first migration. */
export const ADMIN_SOURCE_ID = '00000000-0000-7000-8000-000000000002';
/** The slot of runs of enrollments and external credits. */
export const RECORDS_SOURCE_ID = '00000000-0000-7000-8000-000000000003';
/** The slot of merges and unmerges. */
export const MERGES_SOURCE_ID = '00000000-0000-7000-8000-000000000004';
/** The admin who acts when no token names another; seeded by the first migration. */
export const OWNER_ID = '00000000-0000-7000-8000-0000000000aa';

export interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly epoch: number;
  readonly lastGoodRunId: string | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, name, kind, settings, epoch, last_good_run_id as "lastGoodRunId",
  created_at as "createdAt"`;

export async function findSource(db: Queryable, name: string): Promise<SourceRow | null> {
  const { rows } = await db.query<SourceRow>(`select ${COLUMNS} from source where name = $1`, [
    name,
  ]);
  return rows[0] ?? null;
}

export async function listSources(db: Queryable): Promise<SourceRow[]> {
  const { rows } = await db.query<SourceRow>(`select ${COLUMNS} from source order by name`);
  return rows;
}

/** IANA zone of the people of a source; null: the source names none. */
export async function zoneOf(db: Queryable, sourceId: string): Promise<string | null> {
  const { rows } = await db.query<{ zone: string | null }>(
    `select ${ZONE_OF_SOURCE} as zone from source s left join connection c on c.source_id = s.id
     where s.id = $1`,
    [sourceId],
  );
  return rows[0]?.zone ?? null;
}

/** A source as a list of sources shows it. */
export interface SourceStanding {
  readonly name: string;
  readonly kind: SourceKind;
  readonly createdAt: Date;
  readonly lastRun: {
    readonly runId: string;
    readonly state: StoredRunState;
    readonly createdAt: string;
  } | null;
  /** The held run that blocks others from starting, and when its plan was made. */
  readonly blockedBy: { readonly runId: string; readonly since: string } | null;
  readonly activePeople: number;
  /** For a polled source; null for others, and for one that was removed. */
  readonly polled: PolledStanding | null;
}

/** The state of a polled source. */
export interface PolledStanding {
  readonly sourceId: string;
  readonly connector: string;
  readonly polling: PollingState;
  readonly trouble: Trouble | null;
  readonly schedule: SyncSchedule | null;
  /** Syncs that did not start while a run is held. */
  readonly skippedSyncs: number;
  /** When an applied sync ended. */
  readonly lastSyncAt: string | null;
}

/** SQL: a source has runs or knows people. */
export function isUsed(sourceId: string): string {
  return `(exists (select from run where source_id = ${sourceId})
       or exists (select from identity where source_id = ${sourceId}))`;
}

/**
 * The sources that people come from, and what is done by hand; no slots of other runs, and no source that was
 * removed before anybody used it.
 */
export async function selectSources(db: Queryable): Promise<SourceStanding[]> {
  const { rows } = await db.query<SourceStanding>(
    `with people as (
       select i.source_id, count(distinct u.id)::int as n
       from identity i join "user" u on u.id = i.user_id where u.status = 'active'
       group by i.source_id
     )
     select s.name, s.kind, s.created_at as "createdAt", coalesce(p.n, 0) as "activePeople",
       (select jsonb_build_object('runId', r.id, 'state', r.state, 'createdAt', r.created_at)
        from run r where r.source_id = s.id order by r.id desc limit 1) as "lastRun",
       (select jsonb_build_object('runId', r.id, 'since', coalesce(r.planned_at, r.created_at))
        from run r where r.source_id = s.id and r.blocking order by r.id limit 1) as "blockedBy",
       case when c.source_id is not null then jsonb_build_object(
         'sourceId', s.id, 'connector', c.connector, 'polling', c.polling, 'trouble', c.trouble,
         'schedule', c.schedule, 'skippedSyncs', c.skipped_syncs,
         'lastSyncAt', (select r.finished_at from run r where r.source_id = s.id
           and r.kind = 'sync' and r.state = 'done' order by r.id desc limit 1)) end as polled
     from source s left join people p on p.source_id = s.id left join connection c on c.source_id = s.id
     where s.id <> all ($1)
       and (s.kind <> 'connector' or c.source_id is not null or ${isUsed('s.id')})
     order by s.name`,
    [[RECORDS_SOURCE_ID, MERGES_SOURCE_ID]],
  );
  return rows;
}

/** Creates a named CSV list; two callers at once get the same one. */
export async function createListSource(
  tx: Queryable,
  name: string,
  o: {
    /** True when a dry run makes the list, which nobody confirmed. */
    readonly tried?: boolean;
  } = {},
): Promise<SourceRow> {
  await tx.query(
    `insert into source (id, name, kind, settings) values ($1, $2, 'list', $3)
     on conflict (name) do nothing`,
    [newId(), name, JSON.stringify(o.tried === true ? { tried: true } : {})],
  );
  const found = await findSource(tx, name);
  if (found === null) throw new Error('the source just made is gone');
  return found;
}

/** True while a list that a dry run made has had nothing but dry runs: nobody confirmed its name. */
export async function isOnlyTried(
  db: Queryable,
  { id, settings }: Pick<SourceRow, 'id' | 'settings'>,
): Promise<boolean> {
  if (settings['tried'] !== true) return false;
  return !(await some(db, `select from run where source_id = $1 and not dry_run`, [id]));
}

/** The lists that keep a map for their files, by name. */
export async function listsWithMap(db: Queryable): Promise<Pick<SourceRow, 'name' | 'settings'>[]> {
  const { rows } = await db.query<Pick<SourceRow, 'name' | 'settings'>>(
    `select name, settings from source where kind = 'list' and settings -> 'options' ? 'map' order by name`,
  );
  return rows;
}

/** After a change of a link, merge or property definition: the next read compares in full. */
export async function bumpEpoch(tx: Queryable, sourceId?: string): Promise<void> {
  await tx.query(`update source set epoch = epoch + 1 where $1::uuid is null or id = $1`, [
    sourceId ?? null,
  ]);
}
