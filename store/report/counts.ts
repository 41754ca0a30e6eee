import {
  CHANGING_ACTIONS,
  COUNTED_ACTIONS,
  COUNT_NAMES,
  STOPPED_STATES,
} from '../../domain/runs/run';
import { isApplied } from '../apply/applied';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';

/**
 * Outcome of every entry of a run: its action or, once decided or applied, what became of it. An entry
 * that was rejected, or not reached by a run that ended, is a skip. Alias of `plan_entry`: p, of
 * `run`: r, of `entry_outcome`: o.
 */
export const OUTCOME = `
  case when p.action not in ${sqlList(CHANGING_ACTIONS)} then p.action
    when o.entry is not null then o.action
    when p.decided = -1 then 'skip'
    when r.state in ${sqlList(STOPPED_STATES)} and not (${applied('p', 'r')}) then 'skip'
    else p.action end`;

/**
 * The state of an entry that changes somebody, as `EntryState`; null for others. Aliases as above.
 */
export const ENTRY_STATE = `
  case when p.action not in ${sqlList(CHANGING_ACTIONS)} then null
    when p.decided = -1 then 'rejected'
    when o.action in ('skip', 'conflict') then 'skipped'
    when ${applied('p', 'r')} then 'applied'
    when r.state = 'rejected' then 'rejected'
    when r.state in ${sqlList(STOPPED_STATES)} then 'skipped'
    when p.decided = 0 or r.state = 'held' and r.approved_at is null then 'held'
    else 'planned' end`;

/**
 * True for entries that are applied: those of earlier passes, and what is marked of this pass.
 */
export function applied(p: string, r: string): string {
  return `(coalesce(${p}.decided, 1) between 1 and ${r}.pass - 1
    or coalesce(${p}.decided, 1) = ${r}.pass and ${isApplied(`${p}.entry`, r)})
    and ${r}.approved_at is not null`;
}

/**
 * Counts the outcomes and writes them to the run: every row and absent person counts once.
 * `keptByHand` and `renumbered` are counted when planned and stay.
 */
export async function saveCounts(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `with counted as (
       select ${OUTCOME} as outcome, p.line is null as absent, p.links, count(*)::int as n
       from run r
       join plan_entry p on p.run_id = r.id
       left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
       where r.id = $1 group by 1, 2, 3
     ), total as (
       select
         coalesce(sum(n) filter (where absent), 0)::int as absent,
         coalesce(sum(n) filter (where not absent), 0)::int as told,
         ${Object.entries(COUNTED_ACTIONS)
           .map(
             ([name, outcome]) =>
               `coalesce(sum(n) filter (where outcome = '${outcome}'), 0)::int as ${name}`,
           )
           .join(', ')},
         coalesce(sum(n) filter (where outcome = 'update' and links), 0)::int as linked,
         coalesce(sum(n) filter (where outcome in ('deactivate', 'reactivate') and links), 0)::int as "alsoLinked"
       from counted
     )
     update run set counts = jsonb_build_object('rows', run.rows, 'absent', t.absent,
         'linked', t.linked, 'alsoLinked', t."alsoLinked", 'unchanged', run.rows - t.told + t.unchanged,
         'keptByHand', coalesce((run.counts ->> 'keptByHand')::int, 0),
         ${COUNT_NAMES.filter((name) => name !== 'unchanged')
           .map((name) => `'${name}', t.${name}`)
           .join(', ')})
         || case when run.counts ? 'renumbered'
           then jsonb_build_object('renumbered', run.counts -> 'renumbered') else '{}' end
     from total t where run.id = $1`,
    [runId],
  );
}
