import type { BulkOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition, UserStatus } from '../../domain/users/fields';
import type { UserScope } from '../../domain/permissions';
import type { Queryable, Tx } from '../database/db';
import { manyChange } from './many/change';
import { Params } from './params';
import { reachOf } from './reach';
import type { UserChoice } from './list/choice';
import { choiceSql } from './users';

/** The users of a bulk change: chosen by a filter, or named. */
export type BulkSelection =
  | { readonly kind: 'choice'; readonly choice: UserChoice; readonly standard: UserStatus }
  | { readonly kind: 'ids'; readonly ids: readonly string[]; readonly scope: UserScope };

/**
 * Freezes the users of a bulk run: one staged row for each chosen user, `line` from 1 in the order
 * of ids, `external_id` = the user's id; the run is staged then. A user who matches the filter later is
 * not included. Returns how many.
 */
export async function freezeChosen(
  tx: Tx,
  o: {
    readonly runId: string;
    readonly selection: BulkSelection;
    readonly properties: readonly PropertyDefinition[];
  },
): Promise<number> {
  const { from, where, values } = chosen(o.selection, o.properties);
  const runId = `$${String(values.length + 1)}`;
  const { rowCount } = await tx.query(
    `insert into staged_row (run_id, line, external_id)
     select ${runId}, row_number() over (order by u.id), u.id::text from ${from} where ${where}`,
    [...values, o.runId],
  );
  await tx.query(`update run set rows = $2, staged_at = now() where id = $1`, [
    o.runId,
    rowCount ?? 0,
  ]);
  return rowCount ?? 0;
}

/** How many users a selection has, and how many of them the plan of such a change would change. */
export async function countChosen(
  db: Queryable,
  o: {
    readonly selection: BulkSelection;
    readonly properties: readonly PropertyDefinition[];
    readonly change: BulkOptions['change'];
  },
): Promise<{ readonly chosen: number; readonly changed: number }> {
  const { from, where, values } = chosen(o.selection, o.properties);
  const params = new Params(values);
  const many = manyChange(o.change, params);
  const { rows } = await db.query<{ chosen: number; changed: number }>(
    `select count(*)::int as chosen, count(*) filter (where ${many.any})::int as changed
     from ${from} ${many.join} where ${where}`,
    params.values,
  );
  return rows[0] ?? { chosen: 0, changed: 0 };
}

/** The chosen users as tables and a condition, `u` for each of them; further parameters come after `values`. */
export function chosen(
  selection: BulkSelection,
  properties: readonly PropertyDefinition[],
): { from: string; where: string; values: readonly unknown[] } {
  if (selection.kind === 'ids') {
    const params = new Params();
    const chosenIds = `u.id = any (${params.add(selection.ids)}::uuid[])`;
    const where = `${chosenIds} and ${reachOf(selection.scope, params).of('u')}`;
    return { from: '"user" u', where, values: params.values };
  }
  const { from, sql, params } = choiceSql(selection.choice, properties, selection.standard);
  return { from, where: `(${sql}) and u.status <> 'merged'`, values: params.values };
}
