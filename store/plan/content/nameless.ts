import type { RowFault } from '../../../domain/files/rowFaults';
import { rowFault } from '../../../domain/files/rowFaults';
import type { Queryable } from '../../database/db';
import type { PlanRun } from '../facts';

/**
 * Rows that would create a user with neither a name nor an e-mail address, in a file where nearly all
 * rows have one of them, and those that the read found odd: totals, page ends, notes. They become rows in error and prove no presence,
 * because no user has any of their keys.
 */
export async function refuseNameless(tx: Queryable, run: PlanRun): Promise<void> {
  const { nameless = false, odd = [] } = run.findings ?? {};
  if (!nameless && odd.length === 0) return;
  await tx.query(
    `with nameless as (
       select w.line from work w
       join staged_row s on s.run_id = $1 and s.line = w.line
       where w.user_id is null and w.problem is null and s.email is null
         and ($3 and concat(s.first_name, s.last_name, s.display_name) !~ ${HAS_LETTER}
           or w.line = any ($4))
     ), refused as (
       delete from work w using nameless n where n.line = w.line returning w.line
     )
     update staged_row s set faults = $2 from refused r where s.run_id = $1 and s.line = r.line`,
    [run.runId, JSON.stringify([FAULT]), nameless, odd],
  );
}

const FAULT: RowFault = rowFault(null, ['not_a_person', {}]);

/** SQL: a text with more than digits and punctuation, as in connectors/csv/rows.ts. */
const HAS_LETTER = `'[^[:space:]!-@\\[-\`{-~]'`;
