import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { messageCode, nextNumber } from '../runs/lines';

interface Run {
  readonly runId: string;
  readonly sourceId: string;
}

interface Other {
  readonly id: string;
  readonly name: string;
  /** Its last complete read. */
  readonly runId: string;
}

/**
 * Finds people who are inactive because of one source although another source still has them: people that
 * this run deactivates and who are in the last complete read of another source, and people that this read
 * has and another source's absence keeps inactive. One message a run, with how many and where. None where
 * the order of the sources decided it (`left_to`, or this source has precedence for the status).
 */
export async function reportActiveElsewhere(tx: Queryable, o: Run): Promise<void> {
  // Unnamed uploads make no claim about who still exists.
  const { rows: others } = await tx.query<Other>(
    `select id, name, last_good_run_id as "runId" from source
     where id <> $1 and kind in ${sqlList(NAMED_SOURCE_KINDS)} and last_good_run_id is not null order by name`,
    [o.sourceId],
  );
  if (others.length === 0) return;
  // Step by step, each counted before the next: planned as one statement, each would search all the rows.
  for (const [table, statement] of [
    ['inactive_here', INACTIVE(o, others)],
    ['elsewhere', CANDIDATES(o, others)],
  ] as const) {
    const { rowCount } = await tx.query(
      `create temp table ${table} on commit drop as ${statement}`,
    );
    if (rowCount === 0) return;
    await tx.query(`analyze ${table}`);
  }
  await tx.query(`
    with decides as (
      select count(*) > 0 as listed from mastering where field = 'status'
    ), found as (
      ${others.map(({ id, runId }) => listed(1, { runId, sourceId: id })).join(`
      union all
      `)}
      union all
      ${listed(2, { runId: o.runId })}
    ), by_source as (
      select f.n, s.name, count(distinct f.user_id) as people, bool_or(f.silent) as silent
      from found f join source s on s.id = f.source_id group by 1, 2
    ), total as (
      select n, (select count(distinct user_id) from found f where f.n = b.n) as people,
        jsonb_agg(jsonb_build_array(name, people) order by people desc, name) as elsewhere,
        bool_or(silent) as silent
      from by_source b group by n
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${o.runId}', ${nextNumber(o.runId)} + t.n, null, null, ${messageCode('active_elsewhere')},
      jsonb_build_object('run', '${o.runId}', 'people', people, 'deactivates', t.n = 1,
        'elsewhere', elsewhere, 'source', me.name, 'decided', listed, 'silent', silent)
    from total t, decides, source me where me.id = '${o.sourceId}'`);
}

/**
 * 1: people that this run deactivates; 2: people kept inactive by another source's absence, with that source.
 */
const INACTIVE = (o: Run, others: readonly Other[]): string => `
  select 1 as n, p.user_id, null::uuid as source_id from plan_entry p
  where p.run_id = '${o.runId}' and p.action = 'deactivate'
    and not exists (select from mastering where field = 'status' and source_id = '${o.sourceId}')
  union all
  select 2, gone.user_id, gone.source_id
  from identity gone
  join "user" u on u.id = gone.user_id and u.status = 'inactive' and u.deactivated_at = gone.left_at
  where gone.left_at is not null and gone.source_id = any (${ids(others)})`;

/** The ids by which another source may have the people of 1, and this one those of 2. */
const CANDIDATES = (o: Run, others: readonly Other[]): string => `
  select h.n, h.user_id, i.source_id, i.external_id
  from inactive_here h join identity i on i.user_id = h.user_id
    and i.source_id = any (${ids(others)}) and i.missing_reads = 0 and i.left_at is null
  where h.n = 1
  union all
  select h.n, h.user_id, h.source_id, i.external_id
  from inactive_here h
  join identity i on i.user_id = h.user_id and i.source_id = '${o.sourceId}'
  left join plan_entry p on p.run_id = '${o.runId}' and p.user_id = h.user_id
    and p.action = 'reactivate'
  left join left_to l on l.user_id = h.user_id and 'status' = any(l.fields)
  where h.n = 2 and p.user_id is null and l.user_id is null`;

const ids = (others: readonly Other[]): string => `'{${others.map(({ id }) => id).join(',')}}'`;

/**
 * Candidates that are in a read. The run's id is a literal, so that rows of other days are not read.
 */
const listed = (n: 1 | 2, o: { readonly runId: string; readonly sourceId?: string }): string => `
      select e.n, e.user_id, e.source_id, s.status is null as silent
      from elsewhere e
      join staged_row s on s.run_id = '${o.runId}' and s.external_id = e.external_id
        and s.faults is null and s.merged_into is null and s.status is distinct from 'inactive'
      where e.n = ${String(n)} ${o.sourceId === undefined ? '' : `and e.source_id = '${o.sourceId}'`}`;
