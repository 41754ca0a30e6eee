import type { RowFaultCode } from '../../../domain/files/rowFaults';
import type { Queryable } from '../../database/db';
import type { PlanInput } from '../planner';

/** SQL: what the record of a row (alias s) says, without how it names things. */
export const SAID = `s.record - 'userKey' - 'otherKey'`;

/** SQL: the status that a record of a row asks for; null: none. A day of completion alone asks for that. */
export const statusOf = (record: string): string =>
  `coalesce(${record} ->> 'status', case when ${record} ? 'completedAt' then 'completed' end)`;

/** SQL: the id of what the row of this line makes. */
const newId = (o: PlanInput): string => `('${o.idPrefix}' || lpad(to_hex(r.line), 8, '0'))::uuid`;

/**
 * Makes rows faulty whose `record_row.problem` says why, and takes them out of `record_row`. `code` of
 * each fault, its column and its facts are in `problem`: `{code, column, facts}`.
 */
export async function refuseRows(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `with refused as (
       delete from record_row where problem is not null returning line, problem
     )
     update staged_row s
     set faults = jsonb_build_array(jsonb_build_array(r.problem -> 'column', r.problem -> 'code', null,
       r.problem -> 'facts'))
     from refused r where s.run_id = $1 and s.line = r.line`,
    [runId],
  );
}

/** SQL: a problem of a row (see {@link refuseRows}); `facts` is an expression of type jsonb. */
export function problem(code: RowFaultCode, column: string, facts: string): string {
  return `jsonb_build_object('code', '${code}', 'column', '${column}', 'facts', ${facts})`;
}

/** SQL: facts with the text of an expression, bounded as facts are. */
export function valueFacts(text: string): string {
  return `jsonb_build_object('value', left(${text}, 62))`;
}

/** SQL: the problem of how a row (alias s) names its user; `n` is a row of `named`, or nothing. */
export const USER_PROBLEM = `case n.problem
  when 'nobody' then ${problem('unknown_user', 'user', valueFacts('s.user_ref'))}
  when 'several' then ${problem('several_users', 'user', valueFacts('s.user_ref'))} end`;

/**
 * Rows about one thing of one person: of equal ones the later are duplicates; where they differ, all of them
 * are refused. `key`: columns of `record_row` that name the thing besides the person.
 */
export async function settleTwice(
  tx: Queryable,
  o: { readonly runId: string; readonly key: string },
): Promise<void> {
  await tx.query(
    `create temp table record_twice on commit drop as
     with several as (
       select user_id, ${o.key}, min(line) as first, count(distinct said) as ways
       from record_row group by user_id, ${o.key} having count(*) > 1
     )
     select r.line, v.first, v.ways from record_row r join several v using (user_id, ${o.key})`,
  );
  await tx.query(
    `update record_row r
     set problem = ${problem(
       'rows_differ',
       'user',
       `jsonb_build_object('line',
       case when t.first = r.line then (select min(o.line) from record_twice o
         where o.first = t.first and o.line <> t.first) else t.first end)`,
     )}
     from record_twice t where t.line = r.line and t.ways > 1`,
  );
  await tx.query(`update record_row r set twice = true from record_twice t
    where t.line = r.line and t.ways = 1 and t.line <> t.first`);
  await refuseRows(tx, o.runId);
}

/** SQL: a new record for each row (alias r) whose person has none; `there`: the query that finds one. */
export const creates = (o: PlanInput, there: string): string => `
  insert into plan_entry (run_id, entry, line, action, matched_by, user_id, candidates, object_id)
  select $1, row_number() over (order by r.user_id, r.line), r.line, 'create', 'none', r.user_id,
    case when r.via_id is not null then array[r.via_id] end, ${newId(o)}
  from record_row r where not r.twice and not exists (${there})`;

/** The entries that change nothing: duplicates, and the rows in error. */
export async function writeQuiet(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id)
     select $1, (select coalesce(max(entry), 0) from plan_entry where run_id = $1)
       + row_number() over (order by line), line, action::plan_action, 'none', reason, user_id
     from (
       select line, 'duplicate' as action, 'duplicate_row' as reason, user_id from record_row where twice
       union all
       select s.line, 'error', s.faults -> 0 ->> 1, null from staged_row s
       where s.run_id = $1 and s.faults is not null
     ) quiet`,
    [runId],
  );
}
