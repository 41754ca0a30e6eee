import { MIN_MADE_NOTHING } from '../../../domain/runs/gates';
import type { ReadFindings } from '../../../domain/files/staged';
import type { Queryable } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';

/**
 * Writes a message for each field of which several people get the same word for nothing, such as
 * `NA`, as a new value. Their values would be lost, so such a plan is held (gate `coverage`).
 */
export async function reportMadeNothing(
  tx: Queryable,
  run: { readonly runId: string; readonly findings: ReadFindings | null },
): Promise<void> {
  const { fields, words } = pairs(run.findings);
  if (fields.length === 0) return;
  await tx.query(
    `with given as (
       select field, word from unnest($2::text[], $3::text[]) as g(field, word)
     ), made as (
       select g.field, p.changes -> g.field ->> 1 as word
       from plan_entry p join given g on lower(p.changes -> g.field ->> 1) = g.word
       where p.run_id = $1 and p.action in ('update', 'reactivate', 'deactivate')
     ), found as (
       select field, min(word) as word, count(*)::int as people from made
       group by field, lower(word) having count(*) >= $4
     )
     insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(run.runId)} + row_number() over (order by people desc, field), null,
       coalesce(r.headers ->> field, field), ${messageCode('made_nothing')},
       jsonb_build_object('run', $1::text, 'field', field, 'word', word, 'people', people,
         'words', (select jsonb_agg(distinct word) from found))
     from found join run r on r.id = $1`,
    [run.runId, fields, words, MIN_MADE_NOTHING],
  );
}

/** The fields of the messages of {@link reportMadeNothing}. */
export async function fieldsMadeNothing(tx: Queryable, runId: string): Promise<string[]> {
  const { rows } = await tx.query<{ field: string }>(
    `select distinct facts ->> 'field' as field from run_message
     where run_id = $1 and code = ${messageCode('made_nothing')}`,
    [runId],
  );
  return rows.map(({ field }) => field);
}

/** Each field with each of its words. */
function pairs(findings: ReadFindings | null): { fields: string[]; words: string[] } {
  const all = Object.entries(findings?.words ?? {}).flatMap(([field, words]) =>
    (words ?? []).map((word) => [field, word] as const),
  );
  return { fields: all.map(([field]) => field), words: all.map(([, word]) => word) };
}
