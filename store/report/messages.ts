import type { RunMessage } from '../../domain/runs/runDocument';
import type { Db } from '../database/db';
import { SETTLED } from './sequels';

const BATCH = 2000;

/**
 * Messages of a run in the order of their lines (those of the whole run first): faults of rows, then
 * what matching and references found. `entry` names the plan entry of the line, where there is one; of
 * a conflict that a person settled since it is told how.
 */
export async function* messages(
  db: Pick<Db, 'pool'>,
  o: { readonly runId: string; readonly limit?: number },
): AsyncGenerator<RunMessage & { readonly entry: number | null }> {
  const limit = Math.min(o.limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  let given = 0;
  let after: { line: number; n: number } = { line: -1, n: -1 };
  for (;;) {
    const { rows } = await db.pool.query<
      RunMessage & { entry: number | null; at: number; n: number }
    >(PAGE, [[o.runId], after.line, after.n, Math.min(BATCH, limit - given)]);
    for (const { at, n, ...message } of rows) {
      yield message;
      given += 1;
      after = { line: at, n };
    }
    if (rows.length < BATCH || given >= limit) return;
  }
}

/** Row faults are numbered from a million, so that (line, n) orders and pages everything. */
const PAGE = `
  with told as (
    select line, "column", code, message, coalesce(line, 0) as at, n from run_message
    where run_id = any ($1) and (coalesce(line, 0), n) > ($2, $3)
    union all
    select s.line, f.fault ->> 0, f.fault ->> 1, f.fault ->> 2, s.line, (1000000 + f.n)::int
    from staged_row s cross join lateral jsonb_array_elements(s.faults) with ordinality f(fault, n)
    where s.run_id = any ($1) and s.faults is not null and (s.line, 1000000 + f.n) > ($2, $3)
  ), page as (
    select * from told order by at, n limit $4
  )
  select t.line, t."column", t.code, coalesce(s.how, t.message) as message, t.at, t.n, p.entry
  from page t
  left join plan_entry p on p.run_id = any ($1) and p.line = t.line and p.action <> 'create'::plan_action
  left join (${SETTLED}) s on s.entry = p.entry and p.action = 'conflict'
  order by t.at, t.n`;

/** `COLUMN: reason (code)`; the reason without its full stop. */
function why(column: string, message: string, code: string): string {
  return `coalesce(${column} || ': ', '') || rtrim(${message}, '.') || ' (' || ${code} || ')'`;
}

/**
 * Lines whose row did not go through, with why (`COLUMN: reason (code)`), for `--failed-rows`: errors
 * and conflicts that nobody settled since.
 */
export async function failedLines(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<Map<number, string>> {
  const { rows } = await db.pool.query<{ line: number; why: string }>(
    `select p.line, coalesce(
         (select string_agg(${why('(f ->> 0)', '(f ->> 2)', '(f ->> 1)')}, '; ' order by n)
          from staged_row s, jsonb_array_elements(s.faults) with ordinality as t(f, n)
          where s.run_id = p.run_id and s.line = p.line),
         (select string_agg(${why('m."column"', 'm.message', 'm.code')}, '; ' order by m.n)
          from run_message m where m.run_id = p.run_id and m.line = p.line),
         o.reason, p.reason, p.action::text) as why
     from plan_entry p
     left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
     left join (${SETTLED}) s on s.entry = p.entry and p.action = 'conflict'
     where p.run_id = any ($1) and p.line is not null and s.entry is null
       and coalesce(o.action, p.action) in ('error', 'conflict')
     order by p.line`,
    [[runId]],
  );
  return new Map(rows.map((row) => [row.line, row.why]));
}
