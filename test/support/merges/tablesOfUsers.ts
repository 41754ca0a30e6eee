import type { Queryable } from '../../../store/database/db';

/**
 * Columns of type uuid that name no user. Any other one is a column of users, so that a new column has to be
 * known here or in {@link TABLES}.
 */
const NOT_USERS = new Set([
  'actor_id',
  'admin_id',
  'approved_by',
  'campaign_id',
  'claim',
  'course_id',
  'created_run_id',
  'file_id',
  'last_absence_run_id',
  'last_good_run_id',
  'letter_id',
  'linked_run_id',
  'merge_id',
  'missing_since_run_id',
  'object_id',
  'organization_id',
  'owner_id',
  'rejected_in',
  'retry_of_id',
  'run_id',
  'source_id',
  'target_id',
  'token_id',
  'tombstoned_by',
  'undo_of_id',
  'unmerged_by',
  'unmerged_run_id',
]);

/** What becomes of a table with a column of users when a merge is taken back. */
type Known = { readonly without: readonly string[] } | { readonly notCompared: string };

/** Every table with a column of users. */
const TABLES: Readonly<Record<string, Known>> = {
  user: { without: ['version', 'updated_at'] },
  identity: { without: ['record_hash', 'mapping_hash', 'user_version'] },
  list_person: { without: [] },
  enrollment: { without: ['version'] },
  external_credit: { without: ['version'] },
  delivery: { without: [] },
  delivery_attempt: { without: [] },
  notification: { without: [] },
  admin: { without: [] },
  rejection: { without: [] },
  merge: { notCompared: 'what was merged, and when it was taken back' },
  user_pair: { notCompared: 'remembers that the two are different people' },
  user_index: { notCompared: 'made from the users, for searches' },
  user_unindexed: { notCompared: 'users whom the index does not have yet' },
  plan_entry: { notCompared: 'what a run planned; a merge and its unmerge are runs' },
};

/** Each table of users → its rows in a fixed order. */
export type TablesOfUsers = Readonly<Record<string, readonly string[]>>;

/**
 * Every table with a column of users, as the catalog of the database lists them: what is the same before a
 * merge and after its unmerge. Fails for a table that is not known here.
 */
export async function tablesOfUsers(db: Queryable): Promise<TablesOfUsers> {
  const found: Record<string, readonly string[]> = {};
  for (const table of await listTables(db)) {
    const known = TABLES[table];
    if (known === undefined) {
      throw new Error(`${table} has a column of users: say in tablesOfUsers.ts how it is compared`);
    }
    if ('without' in known) found[table] = await linesOf(db, table, known.without);
  }
  return found;
}

/** Tables that have a foreign key to `user`, or a column of type uuid that is not known to name none. */
async function listTables(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ table: string }>(
    `select distinct c.relname as "table" from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and (c.relname = 'user' or a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and a.attname <> 'id'
           and a.attname <> all ($1)
         or exists (select from pg_constraint f where f.contype = 'f' and f.conrelid = c.oid
           and f.confrelid = '"user"'::regclass))
     order by 1`,
    [[...NOT_USERS]],
  );
  return rows.map(({ table }) => table);
}

async function linesOf(
  db: Queryable,
  table: string,
  without: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ line: string }>(
    `select (to_jsonb(t) - $1::text[])::text as line from "${table}" t order by 1`,
    [[...without]],
  );
  return rows.map(({ line }) => line);
}
