import type { FailedRow, StoredMessage } from '../../domain/runs/messages';
import type { Db } from '../database/db';
import { isUndone, SETTLED } from './sequels';

const BATCH = 2000;

/**
 * Messages of a run in the order of their lines (those of the complete run first): faults of rows, then
 * the findings of matching and references. Equal faults of rows are one message. `entry` names the plan
 * entry of the line, where there is one.
 */
export async function* messages(
  db: Pick<Db, 'pool'>,
  o: { readonly runId: string; readonly limit?: number },
): AsyncGenerator<RunLine> {
  if (o.limit === undefined) {
    yield* allMessages(db, o.runId);
    return;
  }
  const heads = await headsOf(db, { runId: o.runId, limit: o.limit });
  const { rows } =
    heads === null
      ? await db.pool.query<{ message: RunLine }>(`${MESSAGES} limit $2`, [[o.runId], o.limit])
      : await db.pool.query<{ message: RunLine }>(`${FIRST_MESSAGES} limit $2`, [
          [o.runId],
          o.limit,
          heads,
        ]);
  for (const { message } of rows) yield message;
}

/** Faulty rows in which the first messages are looked for. */
const FIRST_ROWS = 1_000;

/**
 * The faults that the first messages are about; `null`: the first rows have fewer different ones. Where
 * every row is faulty in its own way, only these are grouped, instead of all.
 */
async function headsOf(
  db: Pick<Db, 'pool'>,
  { runId, limit }: { readonly runId: string; readonly limit: number },
): Promise<string[] | null> {
  const { rows } = await db.pool.query<{ fault: string }>(
    `with first as materialized (
       select line, faults from staged_row where run_id = $1 and faults is not null
       order by line limit ${String(FIRST_ROWS)}
     )
     select f.fault::text as fault
     from first cross join lateral jsonb_array_elements(faults) with ordinality f(fault, n)
     group by f.fault order by min(line), min(n) limit $2`,
    [runId, limit],
  );
  return rows.length < limit ? null : rows.map(({ fault }) => fault);
}

type RunLine = StoredMessage & { readonly entry: number | null };

/** The faults are grouped once. The cursor outlives its transaction, so that a slow reader holds none. */
async function* allMessages(db: Pick<Db, 'pool'>, runId: string): AsyncGenerator<RunLine> {
  const session = await db.pool.connect();
  let broken = true;
  try {
    await session.query(`declare said no scroll cursor with hold for ${MESSAGES}`, [[runId]]);
    for (;;) {
      const { rows } = await session.query<{ message: RunLine }>(
        `fetch ${String(BATCH)} from said`,
      );
      for (const { message } of rows) yield message;
      if (rows.length < BATCH) break;
    }
    broken = false;
  } finally {
    // A session that may still have the cursor is not used again.
    if (!broken) await session.query('close said');
    session.release(broken);
  }
}

/** Lines of a group that are named; the others are counted. */
const MAX_LINES = 10;
/** Words that the first message about unknown ones names. */
const MAX_WORDS = 24;

/** The facts of a message of the run; where people were linked and that was undone: `undone`. */
const LINKS = `case when facts ? 'linkedBy' and exists (select from run f
        where f.id = (facts ->> 'linkedBy')::uuid and ${isUndone('f')})
      then facts || '{"undone": true}' else facts end as facts`;

/**
 * `words`: all unknown words of the column, in the first message about one of them; `mapped`: another
 * message has them.
 */
const messagesOf = (which: string): string => `
  with fault as (
    select s.line, f.fault ->> 0 as "column", f.fault ->> 1 as code, f.fault ->> 2 as message,
      f.fault -> 3 as facts, f.n
    from staged_row s cross join lateral jsonb_array_elements(s.faults) with ordinality f(fault, n)
    where s.run_id = any ($1) and s.faults is not null ${which}
  ), alike as (
    select min(line) as line, "column", code, message, facts, min(n) as n, count(*)::int as count,
      to_jsonb((array_agg(line order by line))[1:${String(MAX_LINES)}]) as lines
    from fault group by "column", code, message, facts
  ), ranked as (
    select *, row_number() over word as place, count(*) over (partition by code, "column") as words
    from alike window word as (partition by code, "column" order by line, n)
  ), told as (
    select line, "column", code, message, ${LINKS}, coalesce(line, 0) as at, n, null::int as count,
      null::jsonb as lines
    from run_message where run_id = any ($1)
    union all
    select line, "column", code, message,
      case when code <> 'unknown_status' or facts ? 'polled' or words = 1 then facts
        when place > 1 then facts || '{"mapped": true}'
        else facts || jsonb_build_object('words', (
          select jsonb_agg(w.facts -> 'value' order by w.place) from ranked w
          where w.code = r.code and w."column" = r."column"
            and w.place <= ${String(MAX_WORDS)})) end,
      -- After the messages of the same line.
      line, (1000000 + n)::int, count, lines
    from ranked r
  )
  select jsonb_build_object('line', t.line, 'column', t."column", 'code', t.code,
      'message', t.message, 'facts', t.facts, 'settled', s.how, 'entry', p.entry)
    || case when t.count > 1 then jsonb_build_object('count', t.count, 'lines', t.lines)
      else '{}' end as message
  from told t
  left join plan_entry p on p.run_id = any ($1) and p.line = t.line and p.action <> 'create'::plan_action
  left join (${SETTLED}) s on s.entry = p.entry and p.action = 'conflict'
  order by t.at, t.n`;

const MESSAGES = messagesOf('');
/** The first message about an unknown word names the others, wherever they are. */
const FIRST_MESSAGES = messagesOf(
  `and (f.fault = any ($3::jsonb[]) or f.fault ->> 1 = 'unknown_status')`,
);

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
