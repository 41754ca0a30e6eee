import type { ExpectedEntry } from '../../domain/runs/entryClaim';
import { KINDS_WITH_LINES } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { lineOfFile } from '../runs/lines';

/** An entry as the plan has it. */
export interface PlannedEntry {
  readonly action: string;
  readonly line: string | null;
  readonly userId: string | null;
  readonly code: string | null;
}

/** The first expected entry that differs from the plan, and how many differ. */
export interface EntryMismatch {
  /** Its place among the expected entries, from 0. */
  readonly index: number;
  readonly claims: number;
  readonly is: PlannedEntry | null;
}

/**
 * Compares what an approver expects of entries with the plan of a run; `null` when all of it holds.
 */
export async function firstMismatch(
  tx: Queryable,
  o: { readonly runId: string; readonly claims: readonly ExpectedEntry[] },
): Promise<EntryMismatch | null> {
  const all = <T>(of: (claim: ExpectedEntry) => T | undefined): (T | null)[] =>
    o.claims.map((claim) => of(claim) ?? null);
  const { rows } = await tx.query<EntryMismatch>(
    `with claimed as (
       select * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality c (entry, action, line, user_id, code, n)
     ), planned as (
       select c.n, c.action as said_action, c.line as said_line, c.user_id as said_user,
         c.code as said_code, p.action::text as action, o.action::text as outcome,
         coalesce(p.user_id::text, '') as user_id,
         coalesce((case when r.kind in ${sqlList(KINDS_WITH_LINES)} then ${lineOfFile('p.line')} end)::text, '') as line,
         coalesce(u.code, s.code, s.external_id, u.login, s.login, s.email, '') as code
       from claimed c
       join run r on r.id = $1
       left join plan_entry p on p.run_id = $1 and p.entry = c.entry
       left join entry_outcome o on o.run_id = $1 and o.entry = p.entry
       left join staged_row s on s.run_id = $1 and s.line = p.line and r.kind in ${sqlList(KINDS_WITH_LINES)}
       left join "user" u on u.id = p.user_id
     ), wrong as (
       select * from planned
       where action is null
         or said_action is not null and lower(said_action) not in (action, coalesce(outcome, action))
         or said_line <> line
         or lower(said_user) <> user_id
         or said_user is null and said_code <> code
     )
     select (n - 1)::int as index, (count(*) over ())::int as claims,
       case when action is not null then json_build_object('action', action,
         'line', nullif(line, ''), 'userId', nullif(user_id, ''), 'code', nullif(code, '')) end as is
     from wrong order by n limit 1`,
    [
      o.runId,
      o.claims.map(({ entry }) => entry),
      all((claim) => claim.action),
      all((claim) => claim.line),
      all((claim) => claim.userId),
      all((claim) => claim.code),
    ],
  );
  return rows[0] ?? null;
}
