import { goneFields } from '../../domain/runs/gates';
import type { MessageFacts } from '../../domain/runs/messages';
import type { Queryable } from '../database/db';
import type { Presence } from '../runs/runs';
import { isPartial, type PlanRun } from './facts';
import { messageCode, nextNumber } from '../runs/lines';

/**
 * The people that a matched read shows to be present: see {@link Presence}. Counted from its few faulty and
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
       -- It shares a key with a row that was proved unchanged, which is not in the table work.
       select d.line from dup d
       join staged_row s on s.run_id = $1 and s.line = d.line and s.external_id is null
       join staged_row x on x.run_id = $1 and x.line = d.other and x.external_id is not null
     )
     select ((select count(*) from repeated)
         + (select count(*) from staged_row
            where run_id = $1 and faults is not null
              and (not key_readable or faults -> 0 ->> 1 = 'not_a_person')))::int as others,
       exists (select from identity i join work w on w.user_id = i.user_id
         where i.source_id = $2 and (i.missing_since_run_id is not null or i.left_at is not null))
         as "seenAgain"`,
    [o.run.runId, o.run.sourceId],
  );
  const { others, seenAgain } = rows[0] ?? { others: 0, seenAgain: false };
  return { people: Math.max(0, o.run.rows - others), saysAbsent: o.saysAbsent, seenAgain };
}

/**
 * A message for every column that the last complete read had for most people and this one lacks.
 */
export async function reportGoneColumns(tx: Queryable, run: PlanRun): Promise<void> {
  const { last } = run;
  if (!run.named || last === null || isPartial(run) || run.rows === 0) return;
  const gone = goneFields(last, run);
  if (gone.length === 0) return;
  const column = (field: string): string => last.headers[field] ?? field;
  const facts = (field: string): MessageFacts['column_gone'] => ({
    run: last.runId,
    filled: last.coverage[field] ?? 0,
    rows: last.rows,
    source: run.kind === 'import' ? null : run.source,
  });
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(run.runId)} + n, $2, col, ${messageCode('column_gone')}, facts
     from unnest($3::text[], $4::jsonb[]) with ordinality as t(col, facts, n)`,
    [
      run.runId,
      run.kind === 'import' ? 1 : null,
      gone.map(column),
      gone.map((field) => JSON.stringify(facts(field))),
    ],
  );
}
