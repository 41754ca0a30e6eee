import type { MergedPeople } from '../../domain/sources/mergedPeople';
import type { ListKey } from '../../domain/files/listKey';
import type { TwoRows } from '../../domain/runs/runOptions';
import type { Gate } from '../../domain/runs/gates';
import { OPEN_STATES } from '../../domain/runs/run';
import type { Queryable, Tx } from '../database/db';
import { sqlList } from '../database/sqlList';
import { isUsed } from './sources';
import {
  settingValues,
  type NewConnection,
  type PollingState,
  type SyncSchedule,
} from './connections';

export interface NewSettings extends Omit<NewConnection, 'name'> {
  /** True when the settings may name other people: the next read then begins from nothing. */
  readonly readsAnew: boolean;
}

/** Replaces the settings of a polled source; a quarantined one is tried again. */
export async function updateSettings(tx: Queryable, c: NewSettings): Promise<void> {
  await tx.query(
    `update connection set connector = $2, declaration = $3, config = $4, base_url = $5, secrets = $6,
       cursor = case when $7 then null else cursor end,
       full_read_at = case when $7 then null else full_read_at end,
       polling = case when polling = 'quarantined' then 'ready' else polling end::polling_state,
       trouble = case when polling = 'quarantined' then null else trouble end
     where source_id = $1`,
    [...settingValues(c), c.readsAnew],
  );
}

/** Pauses a source, or lets it be read again and ends its quarantine. */
export async function setPolling(
  tx: Queryable,
  o: { readonly sourceId: string; readonly polling: Extract<PollingState, 'ready' | 'paused'> },
): Promise<void> {
  await tx.query(
    `update connection set polling = $2::polling_state,
       trouble = case when $2 = 'ready' then null else trouble end
     where source_id = $1`,
    [o.sourceId, o.polling],
  );
}

export async function setSchedule(
  tx: Queryable,
  o: { readonly sourceId: string; readonly schedule: SyncSchedule | null },
): Promise<void> {
  await tx.query(`update connection set schedule = $2 where source_id = $1`, [
    o.sourceId,
    o.schedule === null ? null : JSON.stringify(o.schedule),
  ]);
}

/** Sets gate numbers of a source; null removes the source's own number. */
export async function setGates(
  tx: Queryable,
  o: { readonly sourceId: string; readonly gates: Readonly<Partial<Record<Gate, number | null>>> },
): Promise<void> {
  await tx.query(
    `update source set settings = jsonb_set(settings, '{gates}',
       jsonb_strip_nulls(coalesce(settings -> 'gates', '{}') || $2::jsonb))
     where id = $1`,
    [o.sourceId, JSON.stringify(o.gates)],
  );
}

/** Says what follows when the source merged two people. */
export async function setMergedPeople(
  tx: Queryable,
  o: { readonly sourceId: string; readonly mergedPeople: MergedPeople },
): Promise<void> {
  await tx.query(
    `update source set settings = settings || jsonb_build_object('mergedPeople', $2::text) where id = $1`,
    [o.sourceId, o.mergedPeople],
  );
}

/** Sets the time zone of people for whom the source names none; null removes it. */
export async function setTimeZone(
  tx: Queryable,
  o: { readonly sourceId: string; readonly timeZone: string | null },
): Promise<void> {
  await tx.query(
    `update source set settings = jsonb_strip_nulls(settings || jsonb_build_object('timeZone', $2::text))
     where id = $1`,
    [o.sourceId, o.timeZone],
  );
}

/** Sets which of several rows about one person counts in a list; null removes the rule. */
export async function setTwoRows(
  tx: Queryable,
  o: { readonly sourceId: string; readonly twoRows: TwoRows | null },
): Promise<void> {
  await tx.query(
    `update source set settings = case when $2::jsonb is null then settings - 'twoRows'
       else settings || jsonb_build_object('twoRows', $2::jsonb) end
     where id = $1`,
    [o.sourceId, o.twoRows === null ? null : JSON.stringify(o.twoRows)],
  );
}

/** Sets options that a list keeps; a `null` among them removes one. `key` undefined: it stays. */
export async function setListOptions(
  tx: Queryable,
  o: {
    readonly sourceId: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly key: ListKey | undefined;
  },
): Promise<void> {
  await tx.query(
    `update source set settings = case when $3::jsonb is null then settings
         when $3 = '"code"' then settings - 'key' else settings || jsonb_build_object('key', $3::jsonb) end
       || jsonb_build_object('options',
         jsonb_strip_nulls(coalesce(settings -> 'options', '{}') || $2::jsonb))
     where id = $1`,
    [o.sourceId, JSON.stringify(o.options), o.key === undefined ? null : JSON.stringify(o.key)],
  );
}

/** A run of a source that has not ended. */
export interface OpenRun {
  readonly runId: string;
  readonly kind: string;
  readonly state: string;
  /** Held: until it is decided, no other run of the source starts. */
  readonly blocking: boolean;
}

/** Runs of a source that have not ended, the one that blocks first. */
export async function openRunsOf(db: Queryable, sourceId: string): Promise<OpenRun[]> {
  const { rows } = await db.query<OpenRun>(
    `select id as "runId", kind, state, blocking from run
     where source_id = $1 and state in ${sqlList(OPEN_STATES)}
     order by blocking desc, id`,
    [sourceId],
  );
  return rows;
}

/**
 * Removes a polled source and its secrets. Its row stays under another name, because runs and identities refer
 * to it without a lock. Returns that name; null for a source without runs and people, which is listed no more.
 */
export async function removeConnection(
  tx: Tx,
  o: { readonly sourceId: string; readonly name: string },
): Promise<string | null> {
  await tx.query(`delete from connection where source_id = $1`, [o.sourceId]);
  await tx.query(`delete from mastering where source_id = $1`, [o.sourceId]);
  const { rows } = await tx.query<{ name: string; used: boolean }>(
    `with kept as (select ${isUsed('$1')} as used)
     update source set name = $2 || case when used then to_char(now(), ' "(removed "YYYY-MM-DD HH24:MI:SS")"')
       else ' (removed ' || id || ')' end
     from kept where id = $1 returning name, used`,
    [o.sourceId, o.name],
  );
  const [row] = rows;
  return row?.used === true ? row.name : null;
}
