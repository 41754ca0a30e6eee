import { keyText } from '../../domain/files/listKey';
import type { MessageFacts } from '../../domain/runs/messages';
import type { Queryable } from '../database/db';
import { some } from '../database/some';
import { messageCode, nextNumber } from '../runs/lines';
import type { EntriesInput } from './entries';
import type { PlanRun } from './facts';
import { mayBeOfNobody, OF_NOBODY } from './matching/nobody';
import { UNNUMBERED } from './missing';

/** Lines, and people, that a message names. */
const MAX_NAMED = 3;

/** True when the list had people in rows without a number. */
export async function areUnnumbered(tx: Queryable, run: PlanRun): Promise<boolean> {
  if (run.kind !== 'import' || !run.named) return false;
  return some(tx, `select from list_person where source_id = $1`, [run.sourceId]);
}

/**
 * A message for the rows of a named list that have no number in it, and one for the people who cannot be
 * missed for that reason, where the read says who is missing.
 */
export async function reportUnnumbered(
  tx: Queryable,
  { run, input }: { readonly run: PlanRun; readonly input: EntriesInput },
): Promise<void> {
  if (run.kind !== 'import' || !run.named) return;
  if (run.findings?.unnumbered === true) await reportRows(tx, run, input);
  if (input.unnumbered) await reportPeople(tx, run, input);
  if (input.absence !== null) await reportNobody(tx, run);
}

async function reportNobody(tx: Queryable, run: PlanRun): Promise<void> {
  const absent = `select from plan_entry where run_id = $1 and line is null and action <> 'create'
    and action = 'deactivate'`;
  if (!(await some(tx, absent, [run.runId])) || !(await mayBeOfNobody(tx, run))) return;
  const { rows } = await tx.query<{ rows: number; lines: number[] | null }>(
    `select count(*)::int as rows, (array_agg(line order by line))[1:${String(MAX_NAMED)}] as lines
     from ${OF_NOBODY(run.runId)}`,
  );
  const [found] = rows;
  if (found === undefined || found.rows === 0) return;
  const facts: MessageFacts['nobody_by_keys'] = {
    run: run.runId,
    rows: found.rows,
    lines: found.lines ?? [],
  };
  await tell(tx, { run, code: 'nobody_by_keys', column: null, facts });
}

/** The header of the key column; null: the file does not have it. */
function keyColumn(run: PlanRun, { key }: EntriesInput): string | null {
  if (typeof key !== 'string') return key.column;
  return run.headers[key] ?? (run.coverage[key] === undefined ? null : key);
}

async function reportRows(tx: Queryable, run: PlanRun, input: EntriesInput): Promise<void> {
  const { rows } = await tx.query<{ rows: number; lines: number[]; known: boolean }>(
    `select count(*)::int as rows, (array_agg(line order by line))[1:${String(MAX_NAMED)}] as lines,
       exists (select from identity where source_id = $1) as known
     from work where external_id is null and problem is null`,
    [run.sourceId],
  );
  const [found] = rows;
  if (found === undefined || found.rows === 0) return;
  const hasEmails = run.rows > 0 && run.coverage['email'] === run.rows;
  const facts: MessageFacts['no_number'] = {
    rows: found.rows,
    lines: found.lines,
    source: run.source,
    key: keyText(input.key),
    column: keyColumn(run, input),
    byEmail: input.key === 'code' && !found.known && found.rows === run.rows && hasEmails,
  };
  await tell(tx, { run, code: 'no_number', column: facts.column, facts });
}

async function reportPeople(tx: Queryable, run: PlanRun, input: EntriesInput): Promise<void> {
  const { rows } = await tx.query<{ people: number; absent: number; named: string[] | null }>(
    `with person as (
       select u.id, coalesce(u.email, u.login, u.code) as name, p.entry from ${UNNUMBERED(run.sourceId)}
       left join plan_entry p on p.run_id = $1 and p.line is null and p.user_id = u.id
         and p.reason = 'no_number'
       where not exists (select from work w
         where w.user_id = u.id and w.external_id is not null and w.problem is null)
     )
     select count(*)::int as people, count(entry)::int as absent,
       (array_agg(name order by entry) filter (where entry is not null))[1:${String(MAX_NAMED)}] as named
     from person`,
    [run.runId],
  );
  const [found] = rows;
  if (found === undefined || found.people === 0) return;
  const facts: MessageFacts['people_without_number'] = {
    run: run.runId,
    source: run.source,
    people: found.people,
    absent: found.absent,
    named: found.named ?? [],
    key: keyText(input.key),
  };
  await tell(tx, { run, code: 'people_without_number', column: keyColumn(run, input), facts });
}

async function tell(
  tx: Queryable,
  o: {
    readonly run: PlanRun;
    readonly code: keyof typeof CODES;
    readonly column: string | null;
    readonly facts: object;
  },
): Promise<void> {
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(o.run.runId)} + 1, null, $2, ${CODES[o.code]}, $3`,
    [o.run.runId, o.column, JSON.stringify(o.facts)],
  );
}

const CODES = {
  no_number: messageCode('no_number'),
  people_without_number: messageCode('people_without_number'),
  nobody_by_keys: messageCode('nobody_by_keys'),
} as const;
