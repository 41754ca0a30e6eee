import type { Queryable } from '../../store/database/db';
import type { EndState } from '../endState';
import type { Rig } from '../rig';

/** Tables that are no part of a state, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  _prisma_migrations: 'which build made the tables',
  installation: 'which database this is: a copy is another one',
  run_file_chunk: 'the bytes of a file; its hash is compared',
  api_token: 'when a token was last used',
  user_index: 'made from the users, some time after they were written',
  user_unindexed: 'which users the index does not have yet',
};

/** Columns that depend on when something was killed. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  run: ['fence', 'progress', 'id_prefix'],
  audit_event: ['id'],
  audit_value: ['event_id'],
};

/** SQL: what replaces them. */
const INSTEAD: Readonly<Record<string, string>> = {
  audit_value: `(select to_jsonb(e) - array['id', 'at'] from audit_event e where e.id = t.event_id)`,
};

interface TableColumns {
  readonly table: string;
  readonly key: readonly string[];
  readonly times: readonly string[];
}

const COLUMNS = `
  select c.relname as "table",
    array(select a.attname::text from pg_index i join pg_attribute a
      on a.attrelid = c.oid and a.attnum = any (i.indkey) where i.indrelid = c.oid and i.indisprimary
      order by a.attnum) as key,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
      and not a.attisdropped and a.atttypid = 'timestamptz'::regtype) as times
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> all ($1)
  order by 1`;

/**
 * What the ids that a trial makes refer to. Those of its people, courses and rows are made from codes, and are
 * the same in each trial.
 */
const NAMES = `
  select id::text, 'run ' || row_number() over (order by id) as name from run
  union all select file_id::text, 'file ' || row_number() over (order by id) from run where file_id is not null
  union all select id::text, 'merge ' || row_number() over (partition by absorbed_id order by id) || ' of '
    || absorbed_id from merge`;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** A version-7 id was made by a run; those of the world are hashes. */
const MADE_BY_RUN = /^.{14}7/;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[\d.]+(\+\d\d(:\d\d)?|Z)?/g;

/**
 * The content of every table that the catalog lists, without ids and times: equal for two runs of which one
 * was disturbed. A table that comes later is part of it by itself.
 */
export async function readMergeState(rig: Rig): Promise<EndState> {
  const named = await rig.sql<{ id: string; name: string }>(NAMES);
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const plain = (text: string): string =>
    text
      .replace(UUID, (id) => names.get(id) ?? (MADE_BY_RUN.test(id) ? 'an id' : id))
      .replace(TIME, 'a time');
  const tables = await rig.sql<TableColumns>(COLUMNS, { values: [Object.keys(NOT_COMPARED)] });
  const state = new Map<string, ReadonlyMap<string, string>>();
  for (const { table, key, times } of tables) {
    const without = VOLATILE[table] ?? [];
    const hasKey = !key.some((name) => without.includes(name));
    const rows = await rig.sql<{ key: string; row: string }>(
      `select array(select to_jsonb(t) ->> k from unnest($1::text[]) k)::text as key,
         (to_jsonb(t) - $2::text[] || (select coalesce(jsonb_object_agg(k, (to_jsonb(t) ->> k) is not null), '{}')
            from unnest($3::text[]) k) || jsonb_build_object('of', ${INSTEAD[table] ?? 'null'}))::text as row
       from "${table}" t`,
      { values: [hasKey ? key : [], without, times] },
    );
    state.set(table, keyed(rows, plain));
  }
  return state;
}

/** Rows by their keys; where a table has none that lasts, by their content. */
function keyed(
  rows: readonly { readonly key: string; readonly row: string }[],
  plain: (text: string) => string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const one of rows) {
    const row = plain(one.row);
    const key = `${plain(one.key)}${one.key === '{}' ? row : ''}`;
    let name = key;
    for (let again = 2; found.has(name); again++) name = `${key} (${String(again)})`;
    found.set(name, row);
  }
  return found;
}

/**
 * Merges of which a part is there: what holds at every instant, also amid a run that was killed. Written from
 * the tables alone.
 */
const HALF = `
  select 'a merged account without a merge, or the other way round' as what, u.id::text from "user" u
    where (u.status = 'merged')
      <> ((select count(*) from merge m where m.absorbed_id = u.id and m.unmerged_at is null) = 1)
  union all select 'an account that points to none, or to a merged one', u.id::text from "user" u
    left join "user" s on s.id = u.merged_into_id
    where (u.status = 'merged') <> (u.merged_into_id is not null) or s.status = 'merged'
  union all select 'a current row of a merged account', r.id::text from (
      select id, user_id from enrollment where tombstoned_by is null
      union all select id, user_id from external_credit where tombstoned_by is null) r
    join "user" u on u.id = r.user_id where u.status = 'merged'
  union all select 'a row that lost in a merge that is over', r.id::text from (
      select id, tombstoned_by from enrollment union all select id, tombstoned_by from external_credit) r
    join merge m on m.id = r.tombstoned_by where m.unmerged_at is not null
  union all select 'a merge without the images of both users', m.id::text from merge m
    where (select count(*) from merge_change c where c.merge_id = m.id and c.what = 'user') <> 2
  union all select 'a batch that is not whole: ' || b.merged || ' of ' || b.wanted, b.id::text from (
      select r.id,
        (select count(*) from merge m where m.run_id = r.id) as merged,
        (select count(*) from plan_entry p where p.run_id = r.id and p.action = 'update' and p.reason = 'merge'
          and p.entry <= r.applied_through and not exists (select from entry_outcome o
            where o.run_id = p.run_id and o.entry = p.entry)) as wanted
      from run r where r.subject = 'merges' and r.kind = 'merge' and r.options ->> 'unmerge' is null) b
    where b.merged <> b.wanted`;

/** What is half merged now; undefined while the database does not answer. */
export async function halfMerged(rig: Rig): Promise<string[] | undefined> {
  const rows = await rig.trySql<HalfMerged>(HALF);
  return rows?.map(inWords);
}

/** The same of a store without a stack. */
export async function halfMergedIn(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<HalfMerged>(HALF);
  return rows.map(inWords);
}

interface HalfMerged {
  readonly what: string;
  readonly id: string;
}

const inWords = ({ what, id }: HalfMerged): string => `half merged: ${what} (${id})`;
