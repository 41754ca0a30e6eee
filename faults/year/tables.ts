import type { Queryable } from '../../store/database/db';
import { uuidAt } from '../../store/database/partitions';

/** The size of the store on a day. */
export interface Sizes {
  readonly day: number;
  readonly users: number;
  readonly active: number;
  readonly identities: number;
  readonly runs: number;
  readonly stagedRows: number;
  readonly planEntries: number;
  readonly outcomes: number;
  readonly messages: number;
  readonly audit: number;
  /** Days of staged rows and plans that are kept. */
  readonly partitions: number;
  /** The complete database. */
  readonly megabytes: number;
}

/** Counts the rows of each table. */
export async function sizesOn(db: Queryable, day: number): Promise<Sizes> {
  const { rows } = await db.query<Omit<Sizes, 'day'>>(
    `select (select count(*) from "user")::int as users,
       (select count(*) from "user" where status = 'active')::int as active,
       (select count(*) from identity)::int as identities,
       (select count(*) from run)::int as runs,
       (select count(*) from staged_row)::int as "stagedRows",
       (select count(*) from plan_entry)::int as "planEntries",
       (select count(*) from entry_outcome)::int as outcomes,
       (select count(*) from run_message)::int as messages,
       (select count(*) from audit_event)::int as audit,
       (select count(*) from pg_inherits where inhparent in ('staged_row'::regclass,
         'plan_entry'::regclass))::int as partitions,
       round(pg_database_size(current_database()) / 1048576.0)::int as megabytes`,
  );
  const [sizes] = rows;
  if (sizes === undefined) throw new Error('a count has a row');
  return { day, ...sizes };
}

/** Tables whose rows are kept for a limited time. */
const KEPT_A_WHILE = ['staged_row', 'plan_entry', 'entry_outcome', 'run_message'] as const;

/** Those that hold rows of runs before a moment. */
export async function tablesWithOlder(db: Queryable, before: Date): Promise<string[]> {
  const asked = KEPT_A_WHILE.map(
    (table) =>
      `select '${table}' as name where exists (select from ${table} where run_id < $1::uuid)`,
  );
  const { rows } = await db.query<{ name: string }>(asked.join(' union all '), [
    uuidAt(before.getTime()),
  ]);
  return rows.map(({ name }) => name);
}

// prettier-ignore
const HEAD = ['day', 'users', 'active', 'identities', 'runs', 'staged rows', 'plan entries', 'outcomes', 'messages', 'audit events', 'partitions', 'database MB'];

/** One line a day, as Markdown. */
export function sizesTable(sizes: readonly Sizes[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = sizes.map((s) =>
    [
      s.day,
      s.users,
      s.active,
      s.identities,
      s.runs,
      s.stagedRows,
      s.planEntries,
      s.outcomes,
      s.messages,
      s.audit,
      s.partitions,
      s.megabytes,
    ].map(String),
  );
  return [row(HEAD), row(HEAD.map(() => '--:')), ...lines.map(row)].join('\n');
}
