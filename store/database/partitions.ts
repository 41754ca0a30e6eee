import type { Queryable } from './db';

/** One day: a partition that holds few runs is cheap to scan. */
const SPAN_MS = 24 * 3600 * 1000;
const PARTITIONED = ['staged_row', 'plan_entry'] as const;

/** The smallest uuid v7 of a moment: the bound of a partition by run_id. */
export function uuidAt(ms: number): string {
  const h = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${h.slice(0, 8)}-${h.slice(8)}-0000-0000-000000000000`;
}

/** The moment in a uuid v7, in milliseconds. */
export function momentOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The partition of `table` that holds the run, by name; days are UTC's. */
export function partitionOf(table: (typeof PARTITIONED)[number], runId: string): string {
  const start = Math.floor(momentOf(runId) / SPAN_MS) * SPAN_MS;
  return `${table}_${new Date(start).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/**
 * Creates the partitions of the run's day where they are missing. Created separately and then attached,
 * which locks out no reader or writer of the others.
 */
export async function ensurePartitions(db: Queryable, runId: string): Promise<void> {
  const start = Math.floor(momentOf(runId) / SPAN_MS) * SPAN_MS;
  for (const table of PARTITIONED) {
    const name = partitionOf(table, runId);
    const { rows } = await db.query<{ attached: boolean }>(
      `select exists (select from pg_inherits where inhrelid = to_regclass($1)) as attached`,
      [name],
    );
    if (rows[0]?.attached === true) continue;
    await create(db, { table, name, from: uuidAt(start), to: uuidAt(start + SPAN_MS) });
  }
}

async function create(
  db: Queryable,
  p: { table: string; name: string; from: string; to: string },
): Promise<void> {
  // Looked up in the tables: names are cached per session, and a session that looked before another
  // one created the partition still believes that it does not exist.
  await db.query(
    `do $$ begin
       perform pg_advisory_xact_lock(hashtext('rollcall.partitions'));
       if not exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = '${p.table}'::regclass and c.relname = '${p.name}') then
         create table ${p.name} (like ${p.table} including all);
         alter table ${p.table} attach partition ${p.name} for values from ('${p.from}') to ('${p.to}');
       end if;
     end $$`,
  );
}

/** A day that has partitions: epoch ms, the end exclusive. */
export interface Day {
  readonly start: number;
  readonly end: number;
}

/** The days that have partitions, the oldest first. */
export async function partitionedDays(db: Queryable): Promise<Day[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = any ($1::regclass[]) and c.relname ~ '_\\d{8}$' order by 1`,
    [PARTITIONED],
  );
  return rows.map(({ day }) => {
    const start = Date.parse(`${day}T00:00:00Z`);
    return { start, end: start + SPAN_MS };
  });
}

/** Drops the partitions of a day, with all that is in them. */
export async function dropPartitions(tx: Queryable, { start }: Day): Promise<void> {
  for (const table of PARTITIONED) {
    await tx.query(`drop table if exists ${partitionOf(table, uuidAt(start))}`);
  }
}
