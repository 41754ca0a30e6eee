import { OPEN_STATES, STATUS_ACTIONS, STOPPED_STATES } from '../../domain/runs/run';
import { dayIn, DEFAULT_TIME_ZONE } from '../../domain/zones';
import { transaction, type Db, type Queryable, type Tx } from '../database/db';
import { installationId } from '../installation/installation';
import { sqlList } from '../database/sqlList';
import { createRun } from '../runs/runs';
import { ZONE_OF_SOURCE } from '../sources/connections';
import { OWNER_ID } from '../sources/sources';

/** Options of a due run: the people of one time zone, where it is the same day for all of them. */
export interface DueOptions {
  readonly dryRun: boolean;
  /** IANA name. */
  readonly zone: string;
  /** `YYYY-MM-DD`. The run finds everyone who is due on or before this day. */
  readonly day: string;
  /** The zone of people for whom neither they nor their source name one; absent: UTC. */
  readonly otherwise?: string;
}

/** Runs that one call records at most; a further call records the rest. */
const AT_ONCE = 100;
/** Advisory lock, because two workers may look at once. */
const LOCK = 72_707_401;

export interface BegunDue {
  /** Runs that are recorded and not begun, in the order in which they were recorded. */
  readonly runIds: readonly string[];
  readonly installation: string;
  /** True when more runs are to be recorded. */
  readonly more: boolean;
}

/**
 * Records a run for each source and time zone in which people are due today. Also returns the runs
 * that were recorded before and never begun. Records none while a run of the source is held, where
 * the source is paused, and on a day on which a due run of that zone has already failed or been
 * turned down.
 */
export async function beginDue(
  db: Pick<Db, 'pool'>,
  o: { readonly now: Date; readonly atOnce?: number; readonly timeZone?: string },
): Promise<BegunDue> {
  const { atOnce = AT_ONCE, timeZone: otherwise = DEFAULT_TIME_ZONE } = o;
  return transaction(db, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock($1)`, [LOCK]);
    const zones = (await dueZones(tx, { latest: latestDay(o.now), otherwise })).flatMap((zone) => {
      const day = dayIn(zone.zone, o.now);
      return zone.first <= day && zone.settledOn !== day ? [{ ...zone, day }] : [];
    });
    for (const { sourceId, zone, day } of zones.slice(0, atOnce)) {
      const options: DueOptions = { dryRun: false, zone, day, otherwise };
      const due = { kind: 'due', sourceId, actorId: OWNER_ID, options, at: o.now } as const;
      await createRun(tx, { ...due, dryRun: false });
    }
    const { rows } = await tx.query<{ id: string }>(
      `select id from run where kind = 'due' and state = 'waiting' and asked_at is null order by id`,
    );
    const installation = await installationId(tx);
    return { runIds: rows.map(({ id }) => id), installation, more: zones.length > atOnce };
  });
}

/** No place on earth is more than 14 hours ahead of UTC. */
function latestDay(now: Date): string {
  return new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
}

/** The zone in which a person's day begins; $2: that of the configuration. */
const ZONE = `coalesce(i.due_zone, ${ZONE_OF_SOURCE}, $2)`;

/** SQL: the days of this source count: a list has no connection, a system may be paused or removed. */
const WATCHED = `case when s.kind = 'connector' then coalesce(c.polling in ('ready', 'quarantined'), false)
  else true end`;

/**
 * SQL: a person (identity i, source s) whose day a due run of a list has carried out, and whom an
 * undo of that run has given the day back: they wait for the next file. An undo pauses a system.
 */
export function undone(zone: string): string {
  return `(s.kind <> 'connector' and exists (
    select from run d join run x on x.undo_of_id = d.id and x.state = 'done'
    where d.source_id = i.source_id and d.kind = 'due' and d.options ->> 'zone' = ${zone}
      and (d.options ->> 'day')::date >= i.due_on))`;
}

interface DueZone {
  readonly sourceId: string;
  readonly zone: string;
  /** The first day on which a person is due. */
  readonly first: string;
  /** The day of the newest run of this zone that stopped: no second run is recorded on that day. */
  readonly settledOn: string | null;
}

async function dueZones(
  tx: Queryable,
  o: { readonly latest: string; readonly otherwise: string },
): Promise<DueZone[]> {
  const { rows } = await tx.query<DueZone>(
    `with due as (
       select i.source_id, ${ZONE} as zone, min(i.due_on) as first
       from identity i
       join source s on s.id = i.source_id
       left join connection c on c.source_id = i.source_id
       where i.due_on <= $1::date and ${WATCHED} and not ${undone(ZONE)}
         and not exists (select from run b where b.source_id = i.source_id and b.blocking)
       group by 1, 2
     )
     select d.source_id as "sourceId", d.zone, d.first::text, (
         select max(r.options ->> 'day') from run r where r.source_id = d.source_id
           and r.kind = 'due' and r.options ->> 'zone' = d.zone
           and r.state in ${sqlList(STOPPED_STATES)}) as "settledOn"
     from due d
     where not exists (select from run r where r.source_id = d.source_id and r.kind = 'due'
       and r.options ->> 'zone' = d.zone and r.state in ${sqlList(OPEN_STATES)})
     order by d.first, d.source_id, d.zone`,
    [o.latest, o.otherwise],
  );
  return rows;
}

/**
 * Runs after a due run. A person who already has the status, or keeps another one set by hand, is
 * not due any more. For the others the outcome of their entries decides; an entry that was turned
 * down stays due.
 */
export async function settleDue(tx: Tx, runId: string): Promise<void> {
  await tx.query(
    `update identity i set
       due_on = case when i.due_then > (r.options ->> 'day')::date then i.due_then end,
       due_zone = case when i.due_then > (r.options ->> 'day')::date then i.due_zone end,
       due_status = case when i.due_then > (r.options ->> 'day')::date
         then 'inactive'::user_status end,
       due_then = null
     from run r join staged_row s on s.run_id = r.id
     where r.id = $1 and i.source_id = r.source_id and i.external_id = s.external_id
       and (i.due_on, i.due_status, i.due_then)
         is not distinct from (s.due_on, s.due_status, s.due_then)
       and not exists (select from plan_entry p where p.run_id = r.id and p.line = s.line
         and p.action in ${sqlList(STATUS_ACTIONS)})`,
    [runId],
  );
}

/** The people of a source who are due next. */
export interface DueNext {
  /** The next day, `YYYY-MM-DD`. */
  readonly on: string;
  /** People due on it. */
  readonly people: number;
  /** People due on it or later. */
  readonly inAll: number;
}

/** `null`: no person of the source is due. */
export async function dueNext(db: Queryable, sourceId: string): Promise<DueNext | null> {
  const { rows } = await db.query<DueNext>(
    `select due_on::text as on, count(*)::int as people,
       (sum(count(*)) over ())::int as "inAll"
     from identity where source_id = $1 and due_on is not null
     group by due_on order by due_on limit 1`,
    [sourceId],
  );
  return rows[0] ?? null;
}
