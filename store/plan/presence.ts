import { goneFields } from '../../domain/runs/gates';
import type { Queryable } from '../database/db';
import type { Presence } from '../runs/runs';
import { isPartial, type PlanRun } from './facts';
import { nextNumber } from '../runs/lines';

/**
 * Who is there by a read that was just matched: see {@link Presence}. Counted from its few bad and
 * repeated rows; all others are one person each.
 */
export async function findPresence(
  tx: Queryable,
  o: { readonly run: PlanRun; readonly saysAbsent: boolean },
): Promise<Presence> {
  const { rows } = await tx.query<{ others: number; seenAgain: boolean }>(
    `with told as (
       select m.line, s.external_id is not null as has_id,
         row_number() over (partition by m.name, m.value, s.external_id order by m.line) > 1 as again,
         bool_or(s.external_id is not null) over (partition by m.name, m.value) as some_id
       from member m join staged_row s on s.run_id = $1 and s.line = m.line
     ), repeated as (
       select line from told where again or not has_id and some_id
       union
       -- Shares a key with a row that was proved unchanged, which is not among them.
       select d.line from dup d
       join staged_row s on s.run_id = $1 and s.line = d.line and s.external_id is null
       join staged_row x on x.run_id = $1 and x.line = d.other and x.external_id is not null
     )
     select ((select count(*) from repeated)
         + (select count(*) from staged_row
            where run_id = $1 and faults is not null and not key_readable))::int as others,
       exists (select from identity i join work w on w.user_id = i.user_id
         where i.source_id = $2 and (i.missing_since_run_id is not null or i.left_at is not null))
         as "seenAgain"`,
    [o.run.runId, o.run.sourceId],
  );
  const { others, seenAgain } = rows[0] ?? { others: 0, seenAgain: false };
  return { people: Math.max(0, o.run.rows - others), saysAbsent: o.saysAbsent, seenAgain };
}

/** A message for every column that the last whole read had for most people and this one has not. */
export async function tellGoneColumns(tx: Queryable, run: PlanRun): Promise<void> {
  const { last } = run;
  if (!run.named || last === null || isPartial(run) || run.rows === 0) return;
  const gone = goneFields(last, run).map((field): Gone => ({
    column: last.headers[field] ?? field,
    filled: last.coverage[field] ?? 0,
  }));
  if (gone.length === 0) return;
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, message)
     select $1, ${nextNumber(run.runId)} + n, $2, col, 'column_gone', message
     from unnest($3::text[], $4::text[]) with ordinality as t(col, message, n)`,
    [
      run.runId,
      run.kind === 'import' ? 1 : null,
      gone.map(({ column }) => column),
      gone.map((g) => goneText(run, last, g)),
    ],
  );
}

interface Gone {
  readonly column: string;
  readonly filled: number;
}

function goneText(
  run: PlanRun,
  last: { readonly runId: string; readonly rows: number },
  g: Gone,
): string {
  const n = (count: number): string => count.toLocaleString('en-US');
  const had = `in the last one (run ${last.runId}) ${n(g.filled)} of ${n(last.rows)} rows had a value for it.`;
  return run.kind === 'import'
    ? `No column of this file is read as ${g.column}; ${had} What people have there stays as it is. Left out by mistake: import the file again with that column.`
    : `No row of this read has a value for ${g.column}; ${had} See what the source gives now: rollcall sources test ${run.source}`;
}
