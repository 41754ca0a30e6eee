import type { Queryable } from './db';

/** One day: a partition that holds few runs is cheap to scan. */
const SPAN_MS = 24 * 3600 * 1000;
const PARTITIONED = ['staged_row', 'plan_entry'] as const;
/** The tables of campaigns, by the day of the campaign's id. */
const OF_CAMPAIGNS = ['delivery', 'delivery_attempt'] as const;
type Partitioned = (typeof PARTITIONED)[number] | (typeof OF_CAMPAIGNS)[number];

/** The smallest uuid v7 of a moment: the bound of a partition by run_id. */
export function uuidAt(ms: number): string {
  const h = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${h.slice(0, 8)}-${h.slice(8)}-0000-0000-000000000000`;
}

/** The moment in a uuid v7, in milliseconds. */
export function momentOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The partition of `table` that holds the run (or the campaign), by name; days are UTC's. */
export function partitionOf(table: Partitioned, id: string): string {
  const start = Math.floor(momentOf(id) / SPAN_MS) * SPAN_MS;
  return `${table}_${new Date(start).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The day of a run, UTC, as `2026-01-31`. */
function dayOf(runId: string): string {
  return isoDay(momentOf(runId));
}

/** The day (UTC) of a moment, as `2026-01-31`. */
export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * Creates the partitions of the run's day where they are missing. The role of the worker owns no table: a
 * function of their owner does it (migration `days`).
 */
export async function ensurePartitions(db: Queryable, runId: string): Promise<void> {
  if (await areAttached(db, { tables: PARTITIONED, id: runId })) return;
  await db.query('select rollcall_add_day($1)', [dayOf(runId)]);
}

/** As {@link ensurePartitions}, of the deliveries of the campaign's day. */
export async function ensureDeliveryPartitions(db: Queryable, campaignId: string): Promise<void> {
  if (await areAttached(db, { tables: OF_CAMPAIGNS, id: campaignId })) return;
  await db.query('select rollcall_add_delivery_day($1)', [dayOf(campaignId)]);
}

async function areAttached(
  db: Queryable,
  { tables, id }: { readonly tables: readonly Partitioned[]; readonly id: string },
): Promise<boolean> {
  const { rows } = await db.query<{ attached: boolean }>(
    `select count(*) = $2 as attached from pg_inherits i
     where i.inhrelid in (select to_regclass(name) from unnest($1::text[]) name)`,
    [tables.map((table) => partitionOf(table, id)), tables.length],
  );
  return rows[0]?.attached === true;
}

/** Gathers statistics of the staged rows of the run's day: of the columns that the planner joins by. */
export async function analyzeRowsOf(db: Queryable, runId: string): Promise<void> {
  await db.query('select rollcall_analyze_rows($1)', [dayOf(runId)]);
}

/** Gathers statistics of the plans of the run's day. */
export async function analyzePlansOf(db: Queryable, runId: string): Promise<void> {
  await db.query('select rollcall_analyze_plans($1)', [dayOf(runId)]);
}

/** Gathers statistics of the deliveries of the campaign's day. */
export async function analyzeDeliveriesOf(db: Queryable, campaignId: string): Promise<void> {
  await db.query('select rollcall_analyze_deliveries($1)', [dayOf(campaignId)]);
}

/** A day that has partitions: epoch ms, the end exclusive. */
export interface Day {
  readonly start: number;
  readonly end: number;
}

/** The days that have partitions of runs, the oldest first. */
export async function partitionedDays(db: Queryable): Promise<Day[]> {
  return daysOf(db, PARTITIONED);
}

/** The days that have partitions of deliveries, the oldest first. */
export async function deliveryDays(db: Queryable): Promise<Day[]> {
  return daysOf(db, OF_CAMPAIGNS);
}

async function daysOf(db: Queryable, tables: readonly Partitioned[]): Promise<Day[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = any ($1::regclass[]) and c.relname ~ '_\\d{8}$' order by 1`,
    [tables],
  );
  return rows.map(({ day }) => {
    const start = Date.parse(`${day}T00:00:00Z`);
    return { start, end: start + SPAN_MS };
  });
}

/** Drops the partitions of a day, with all that is in them; refused while one of its runs needs them. */
export async function dropPartitions(tx: Queryable, { start }: Day): Promise<void> {
  await tx.query('select rollcall_drop_day($1)', [isoDay(start)]);
}

/** As {@link dropPartitions}, of deliveries; refused while a campaign of the day is open or not forgotten. */
export async function dropDeliveryPartitions(tx: Queryable, { start }: Day): Promise<void> {
  await tx.query('select rollcall_drop_delivery_day($1)', [isoDay(start)]);
}
