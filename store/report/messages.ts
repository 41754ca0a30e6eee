import type { FailedRow, StoredMessage } from '../../domain/runs/messages';
import type { Db } from '../database/db';
import { SETTLED } from './sequels';

const BATCH = 2000;

/**
 * Messages of a run in the order of their lines (those of the complete run first): faults of rows, then
 * the findings of matching and references. `entry` names the plan entry of the line, where there is one.
 */
export async function* messages(
  db: Pick<Db, 'pool'>,
  o: { readonly runId: string; readonly limit?: number },
): AsyncGenerator<StoredMessage & { readonly entry: number | null }> {
  const limit = Math.min(o.limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  let given = 0;
  let after: { line: number; n: number } = { line: -1, n: -1 };
  for (;;) {
    const { rows } = await db.pool.query<{
      message: StoredMessage & { readonly entry: number | null };
      at: number;
      n: number;
    }>(PAGE, [[o.runId], after.line, after.n, Math.min(BATCH, limit - given)]);
    for (const { at, n, message } of rows) {
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
    select line, "column", code, message, facts, coalesce(line, 0) as at, n from run_message
    where run_id = any ($1) and (coalesce(line, 0), n) > ($2, $3)
    union all
    select s.line, f.fault ->> 0, f.fault ->> 1, f.fault ->> 2, f.fault -> 3, s.line,
      (1000000 + f.n)::int
    from staged_row s cross join lateral jsonb_array_elements(s.faults) with ordinality f(fault, n)
    where s.run_id = any ($1) and s.faults is not null and (s.line, 1000000 + f.n) > ($2, $3)
  ), page as (
    select * from told order by at, n limit $4
  )
  select jsonb_build_object('line', t.line, 'column', t."column", 'code', t.code,
      'message', t.message, 'facts', t.facts, 'settled', s.how, 'entry', p.entry) as message,
    t.at, t.n
  from page t
  left join plan_entry p on p.run_id = any ($1) and p.line = t.line and p.action <> 'create'::plan_action
  left join (${SETTLED}) s on s.entry = p.entry and p.action = 'conflict'
  order by t.at, t.n`;

/**
 * Rows that did not go through, by line, with their messages: errors and conflicts that nobody resolved
 * since.
 */
export async function* failedRows(db: Pick<Db, 'pool'>, runId: string): AsyncGenerator<FailedRow> {
  const { rows: failed } = await db.pool.query<Pick<FailedRow, 'line' | 'reason'>>(FAILED, [
    [runId],
  ]);
  for (let at = 0; at < failed.length; at += BATCH) {
    const batch = failed.slice(at, at + BATCH);
    const { rows } = await db.pool.query<Pick<FailedRow, 'line' | 'messages'>>(SAID, [
      [runId],
      batch.map(({ line }) => line),
    ]);
    const said = new Map(rows.map(({ line, messages: all }) => [line, all]));
    for (const row of batch) yield { ...row, messages: said.get(row.line) ?? [] };
  }
}

const FAILED = `
  select p.line, coalesce(o.reason, p.reason, p.action::text) as reason
  from plan_entry p
  left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
  left join (${SETTLED}) s on s.entry = p.entry and p.action = 'conflict'
  where p.run_id = any ($1) and p.line is not null and s.entry is null
    and coalesce(o.action, p.action) in ('error', 'conflict')
  order by p.line`;

/** For each line: the faults of the row, else the messages about it. */
const SAID = `
  with faulty as (
    select s.line, jsonb_agg(jsonb_build_object('line', s.line, 'column', f -> 0, 'code', f -> 1,
      'message', f -> 2, 'facts', f -> 3, 'settled', null) order by n) as messages
    from staged_row s, jsonb_array_elements(s.faults) with ordinality as t(f, n)
    where s.run_id = any ($1) and s.line = any ($2) and s.faults is not null group by s.line
  ), told as (
    select m.line, jsonb_agg(jsonb_build_object('line', m.line, 'column', m."column",
      'code', m.code, 'message', m.message, 'facts', m.facts, 'settled', null) order by m.n) as messages
    from run_message m
    where m.run_id = any ($1) and m.line = any ($2) group by m.line
  )
  select line, coalesce(f.messages, t.messages) as messages
  from faulty f full join told t using (line)`;
