import { goneFields } from '../../domain/runs/gates';
import type { MessageFacts } from '../../domain/runs/messages';
import type { Queryable } from '../database/db';
import type { Presence } from '../runs/runs';
import { isPartial, type PlanRun } from './facts';
import { messageCode, nextNumber } from '../runs/lines';
import { PRESENT_BY_KEYS, stuckRows } from './missing';

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
 * Says how many active people of a list are in no row of its file, where the file does not deactivate them.
 * Called once the rows are matched. Costs one count where everybody is in the file.
 */
export async function reportNotInFile(tx: Queryable, run: PlanRun): Promise<void> {
  if (run.kind !== 'import' || !run.named || isPartial(run) || run.rows === 0) return;
  const { rows } = await tx.query<{ lacks: boolean }>(LACKS_NUMBERS, [
    run.runId,
    run.sourceId,
    run.rows,
  ]);
  if (rows[0]?.lacks !== true) return;
  const { rowCount } = await tx.query(NOT_LISTED(run));
  if ((rowCount ?? 0) === 0) return;
  await tx.query(`analyze unlisted`);
  await tx.query(TELL_NOT_IN_FILE(run));
}

/** The source knows more numbers than rows were matched by. */
const LACKS_NUMBERS = `
  select exists (select from identity where source_id = $2)
    and (select count(*) from identity where source_id = $2)
    > $3::int - (select count(*) from staged_row where run_id = $1 and faults is not null)
      - (select count(*) from dup)
      - (select count(*) from work where matched_by <> 'identity' or by_alias) as lacks`;

const NOT_LISTED = (o: PlanRun): string => `
  create temp table unlisted on commit drop as
  select distinct u.id from identity i join "user" u on u.id = i.user_id and u.status = 'active'
  where i.source_id = '${o.sourceId}' and not exists (select from staged_row s
    where s.run_id = '${o.runId}' and s.external_id = i.external_id)`;

/** As in the plan's absence (`entries.ts`): a person is missing only where no row is theirs. */
const TELL_NOT_IN_FILE = (o: PlanRun): string => `
  with ${stuckRows(o.runId)}, present as (
    ${PRESENT_BY_KEYS}
  ), missing as (
    select id from unlisted n
    where not exists (select from present p where p.id = n.id)
      and not exists (select from "user" a
        join identity j on j.user_id = a.id and j.source_id = '${o.sourceId}'
        join staged_row s on s.run_id = '${o.runId}' and s.external_id = j.external_id
        where a.id = n.id or a.merged_into_id = n.id)
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select r.id, ${nextNumber(o.runId)} + 1, null, null, ${messageCode('not_in_file')},
    jsonb_build_object('people', (select count(*)::int from missing), 'source', s.name)
  from run r join source s on s.id = r.source_id
  where r.id = '${o.runId}' and exists (select from missing)`;

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
