import type { ReadFindings } from '../../../domain/files/staged';
import type { RunKind } from '../../../domain/runs/run';
import type { Queryable } from '../../database/db';
import { some } from '../../database/some';

interface ReadRun {
  readonly runId: string;
  readonly kind: RunKind;
  readonly named: boolean;
  readonly findings: ReadFindings | null;
}

/**
 * How many rows have no number, did not go through, and lead to nobody by any other key: they may be about
 * anybody who seems to be missing. Needs the entries of the run.
 */
export async function countOfNobody(tx: Queryable, run: ReadRun): Promise<number> {
  if (!(await mayBeOfNobody(tx, run))) return 0;
  const { rows } = await tx.query<{ rows: number }>(
    `select count(*)::int as rows from ${OF_NOBODY(run.runId)}`,
  );
  return rows[0]?.rows ?? 0;
}

/** The run has rows without a number that may lead to nobody. */
export async function mayBeOfNobody(tx: Queryable, run: ReadRun): Promise<boolean> {
  if (run.kind !== 'import' || !run.named) return false;
  if (run.findings?.unnumbered === true) return true;
  return some(
    tx,
    `select from staged_row where run_id = $1 and faults is not null and external_id is null`,
    [run.runId],
  );
}

/**
 * SQL: the lines of these rows. A number that lost its digits is counted as such; a line such as a total is
 * about nobody.
 */
export const OF_NOBODY = (runId: string): string => `(
    select s.line from plan_entry p join staged_row s on s.run_id = p.run_id and s.line = p.line
    where p.run_id = '${runId}' and p.action <> 'create' and p.action in ('error', 'conflict')
      and s.external_id is null and s.key_readable
      and not exists (select from jsonb_array_elements(s.faults) f
        where f ->> 1 in ('rounded_key', 'not_a_person'))
      and coalesce(cardinality(p.candidates), 0) = 0
      and not exists (select from "user" u where u.code = s.code)
      and not exists (select from "user" u where u.login_key = s.login_key)
      and not exists (select from "user" u where u.email_key = s.email_key)
  ) nobody`;
