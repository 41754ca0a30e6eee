import type { Tx } from '../../database/db';
import { indexed } from '../../database/indexed';
import { nameUsers } from './named';
import type { PlanInput } from '../planner';
import { creates, refuseRows, settleTwice, USER_PROBLEM, writeQuiet } from './rows';

/**
 * Plans a file of external credits. A credit that its person has already (the same print) is unchanged, but
 * for the evidence that the row gives.
 */
export async function planCredits(tx: Tx, o: PlanInput): Promise<void> {
  const { runId } = o.run;
  await nameUsers(tx, { runId, which: 'user' });
  await tx.query(ROWS(runId));
  await refuseRows(tx, runId);
  await indexed(tx, 'record_row', ['line']);
  await settleTwice(tx, { runId, key: 'print' });
  await tx.query(creates(o, THERE), [runId]);
  await tx.query(UPDATES, [runId]);
  await writeQuiet(tx, runId);
}

/**
 * Rows with one print may write the same title in other letters: only their evidence can differ. `said` is
 * never null, also where a row says nothing about it: nulls are not counted where rows are compared.
 */
const ROWS = (runId: string): string => `
  create temp table record_row on commit drop as
  select s.line, n.user_id, n.via_id, (s.record ->> 'print')::bigint as print,
    s.record ->> 'title' as title,
    s.record - '{userKey,title,provider,credits,earnedOn,print}'::text[] as said, false as twice,
    case when n.user_id is null then ${USER_PROBLEM} end as problem
  from staged_row s
  left join named n on n.ref = s.user_ref
  where s.run_id = '${runId}' and s.faults is null`;

/** SQL: the same credit of a row's person (alias r). */
const THERE = `select from external_credit c
    where c.user_id = r.user_id and c.print = r.print and c.tombstoned_by is null`;

const UPDATES = `
  insert into plan_entry (run_id, entry, line, action, matched_by, user_id, version, object_id, changes)
  select $1, (select coalesce(max(entry), 0) from plan_entry where run_id = $1)
      + row_number() over (order by r.user_id, r.line), r.line, 'update', 'none', r.user_id, c.version, c.id,
    jsonb_build_object('credits.' || c.title || '.evidenceUrl',
      jsonb_build_array(c.evidence_url, r.said ->> 'evidenceUrl'))
  from record_row r
  join external_credit c on c.user_id = r.user_id and c.print = r.print and c.tombstoned_by is null
  where not r.twice and r.said ? 'evidenceUrl'
    and c.evidence_url is distinct from r.said ->> 'evidenceUrl'`;
