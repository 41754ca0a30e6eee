import { CHANGED_COUNTS, CHANGING_ACTIONS, COUNTED_ACTIONS, isPartly } from '../../domain/runs/run';
import type { PartCounts, RunParts } from '../../domain/runs/runDocument';
import type { Db } from '../database/db';
import { sqlList } from '../database/sqlList';
import type { RunRow } from '../runs/runs';
import { OUTCOME } from './counts';

/** The applied and the still held part of those runs that were approved in part. */
export async function partsOf(
  db: Pick<Db, 'pool'>,
  runs: readonly RunRow[],
): Promise<Map<string, RunParts>> {
  const ids = runs.filter(isPartly).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const { rows } = await db.pool.query<{ id: string; applied: PartCounts; held: PartCounts }>(
    `with entry as (
       select p.run_id, ${OUTCOME} as outcome, coalesce(p.decided = 0, false) as held
       from run r
       join plan_entry p on p.run_id = r.id
       left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
       where r.id = any ($1) and p.action in ${sqlList(CHANGING_ACTIONS)}
     )
     select run_id as id, ${counted('not held')} as applied, ${counted('held')} as held
     from entry group by run_id`,
    [ids],
  );
  return new Map(rows.map(({ id, ...parts }) => [id, parts]));
}

const PARTS = [
  ...CHANGED_COUNTS,
  'skipped',
  'conflict',
] as const satisfies readonly (keyof PartCounts)[];

function counted(where: string): string {
  const each = PARTS.map(
    (name) =>
      `'${name}', count(*) filter (where ${where} and outcome = '${COUNTED_ACTIONS[name]}')`,
  );
  return `json_build_object(${each.join(', ')})`;
}
