import { COUNT_NAMES, EDITING_ACTIONS } from '../domain/runs/run';
import { isApplied } from '../store/apply/applied';
import { sqlArray, sqlList } from '../store/database/sqlList';
import type { Rig } from './rig';

/**
 * Rules that hold in every store whose runs have ended, whatever the runs did: each query finds the rows
 * that break a rule. Written from the tables alone, not from the code that fills them.
 */
const RULES: Readonly<Record<string, string>> = {
  'a run that has ended has given its slot back': `
    select id, state from run where active and finished_at is not null`,
  'a run that is done has applied every entry of its plan': `
    select id, applied_through, entries from run
    where state = 'done' and (applied_at is null or applied_through <> entries)`,
  'every line of a file leads to one outcome at most': `
    select run_id, line, count(*) from plan_entry where line is not null group by 1, 2 having count(*) > 1`,
  'every absent person leads to one outcome at most': `
    select run_id, user_id, count(*) from plan_entry where line is null group by 1, 2 having count(*) > 1`,
  'an entry is of a line that was read': `
    select p.run_id, p.line from plan_entry p where p.line is not null and not exists (
      select from staged_row s where s.run_id = p.run_id and s.line = p.line)
      and exists (select from run r where r.id = p.run_id and r.kind = 'import')`,
  'an outcome is of an entry': `
    select o.run_id, o.entry from entry_outcome o where not exists (
      select from plan_entry p where p.run_id = o.run_id and p.entry = o.entry)`,
  'the outcomes add up to rows and absent people': `
    select id, counts from run where planned_at is not null
      and (counts ->> 'rows')::int + (counts ->> 'absent')::int <> (
        select sum((counts ->> name)::int) from unnest(${sqlArray(COUNT_NAMES)}) name)`,
  'the counts are those of the rows': `
    select r.id, r.counts, r.rows from run r where r.kind = 'import' and r.planned_at is not null
      and ((r.counts ->> 'rows')::int <> (select count(*) from staged_row s where s.run_id = r.id)
        or (r.counts ->> 'absent')::int <> (
          select count(*) from plan_entry p where p.run_id = r.id and p.line is null))`,
  'whoever a run created is there once, and whoever is there was created by an entry': `
    with told as (
      select p.run_id, p.user_id, count(*) as n from plan_entry p join run r on r.id = p.run_id
      where p.action = 'create' and r.state = 'done' and coalesce(p.decided, 1) > 0
        and not exists (select from entry_outcome o where o.run_id = p.run_id and o.entry = p.entry)
      group by 1, 2
    )
    select t.user_id, t.n, u.id from told t
    full join (select u.id, u.created_run_id from "user" u join run r on r.id = u.created_run_id) u
      on u.id = t.user_id and u.created_run_id = t.run_id
    where t.n is distinct from 1 or u.id is null`,
  'a user was written once by each entry that changes it, and by nothing else': `
    with written_fields as (
      select p.user_id, p.changes
        - 'identity'
        -- A manager who comes later in the run is set without a version of its own.
        - case when p.manager_late then 'manager' else '' end
        - coalesce(o.fields, '{}') as fields
      from plan_entry p
      join run r on r.id = p.run_id
      left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
      where p.action in ${sqlList(EDITING_ACTIONS)} and r.approved_at is not null
        and coalesce(p.decided, 1) > 0 and ${isApplied('p.entry', 'r')}
    ),
    writes as (
      select user_id, count(*)::int as n from written_fields where fields <> '{}' group by 1
    )
    select u.id, u.code, u.version, w.n from "user" u left join writes w on w.user_id = u.id
    where u.created_run_id is not null and u.version <> 1 + coalesce(w.n, 0)`,
  'nobody has two ids in one source': `
    select source_id, user_id, count(*) from identity group by 1, 2 having count(*) > 1`,
  'no two users share a code, a login or an e-mail': `
    select key, count(*) from (
      select 'c' || code as key from "user" union all select 'l' || login_key from "user"
      union all select 'e' || email_key from "user") t
    where key is not null group by 1 having count(*) > 1`,
  'no user is left with a key that was only let go': `
    select id from "user" where code like chr(1) || '%' or login_key like chr(1) || '%'
      or email_key like chr(1) || '%'`,
  'a decision that was carried out is of a run that it fits': `
    select d.id, d.kind, r.state from decision d join run r on r.id = d.run_id
    where d.taken_at is not null and d.kind = 'approve' and r.approved_at is null`,
  'messages are numbered without a gap': `
    select run_id, count(*), max(n) from run_message group by 1 having count(*) <> max(n)`,
  'a run reads a file that is whole': `
    select r.id from run r join run_file f on f.id = r.file_id
    where not f.complete or f.bytes <> (
      select coalesce(sum(length(c.data)), 0) from run_file_chunk c where c.file_id = f.id)`,
};

/** Sessions that still run or hold something, though every run has ended. */
const SESSIONS = `
  select pid, application_name, state, left(query, 120) as query from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    and (application_name like 'rollcall run %' or state like 'idle in transaction%'
      or state = 'active' and query_start < now() - interval '1 second')`;

const LEFTOVERS = `
  select 'temporary table ' || relname as what from pg_class
    where relpersistence = 't' and relkind = 'r'
  union all select 'prepared transaction ' || gid from pg_prepared_xacts`;

/** The rules that the store breaks, each with its first rows. */
export async function brokenRules(rig: Rig): Promise<string[]> {
  const broken: string[] = [];
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = await rig.sql<object>(query);
    if (rows.length > 0) {
      broken.push(
        `not true: ${rule} (${String(rows.length)} times): ${JSON.stringify(rows.slice(0, 2))}`,
      );
    }
  }
  return broken;
}

/** Sessions and temporary objects that outlived their run; checked until they had time to end. */
export async function leftovers(rig: Rig, waitMs = 5_000): Promise<string[]> {
  const until = Date.now() + waitMs;
  for (;;) {
    const sessions = await rig.sql<object>(SESSIONS);
    const things = await rig.sql<object>(LEFTOVERS);
    const left = [...sessions, ...things].map((row) => `left over: ${JSON.stringify(row)}`);
    if (left.length === 0 || Date.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
