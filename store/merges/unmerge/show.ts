import type { UnmergeView } from '../../../domain/merges/unmergeView';
import { inFieldOrder } from '../../../domain/users/fields';
import type { Queryable } from '../../database/db';
import { readable } from '../../users/readable';

type Changes = UnmergeView['changes']['survivor'];

interface Row extends Pick<UnmergeView, 'mergeId' | 'survivor' | 'absorbed' | 'problem'> {
  readonly changes: Changes | null;
  readonly kept: Changes | null;
}

const ABSORBED = 'absorbed.';

/** The one entry of a run that takes a merge back; null: there is none, or several. */
export async function unmergeOf(db: Queryable, runId: string): Promise<UnmergeView | null> {
  const { rows } = await db.query<Row>(ENTRY, [runId]);
  const [row, other] = rows;
  if (row === undefined || other !== undefined) return null;
  const { mergeId, survivor, absorbed, problem } = row;
  return {
    ...{ mergeId, survivor, absorbed, problem },
    changes: byUser(row.changes ?? {}),
    kept: byUser(row.kept ?? {}),
  };
}

function byUser(changes: Changes): UnmergeView['changes'] {
  const of = (entries: readonly (readonly [string, Changes[string]])[]): Changes =>
    inFieldOrder(Object.fromEntries(entries));
  const all = Object.entries(changes);
  return {
    survivor: of(all.filter(([field]) => !field.startsWith(ABSORBED))),
    absorbed: of(
      all.flatMap(([field, pair]): (readonly [string, Changes[string]])[] =>
        field.startsWith(ABSORBED) ? [[field.slice(ABSORBED.length), pair]] : [],
      ),
    ),
  };
}

const USER = (id: string): string => `
  (select jsonb_build_object('id', u.id, 'code', u.code, 'name',
    coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), '')))
   from "user" u where u.id = ${id})`;

/** What was not applied after all is kept, too. */
const ENTRY = `
  with entry as (
    select p.run_id, p.entry, p.object_id, p.user_id, p.candidates[1] as absorbed_id,
      coalesce(o.action, p.action) as action, coalesce(o.reason, p.reason) as reason,
      p.changes, p.kept, coalesce(o.fields, '{}') as left_out
    from plan_entry p left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
    join run r on r.id = p.run_id and r.options ? 'unmerge'
    where p.run_id = $1 limit 2
  ), changed as (
    select run_id, entry, changes - left_out as changes from entry
  ), kept as (
    select run_id, entry, coalesce(kept, '{}') || coalesce((
      select jsonb_object_agg(e.key, e.value) from jsonb_each(changes) e where e.key = any (left_out)), '{}')
      as changes
    from entry
  ), readable_changes as (${readable('changed', 'c.run_id, c.entry')}),
  readable_kept as (${readable('kept', 'c.run_id, c.entry')})
  select e.object_id as "mergeId", ${USER('e.user_id')} as survivor, ${USER('e.absorbed_id')} as absorbed,
    case when e.action <> 'update' then e.reason end as problem, c.changes, k.changes as kept
  from entry e
  left join readable_changes c on c.entry = e.entry
  left join readable_kept k on k.entry = e.entry`;
