import type { Queryable } from '../../database/db';
import { indexed } from '../../database/indexed';
import { some } from '../../database/some';

/**
 * Finds who does not get a key: it is held by a user who keeps it, at the end of a chain of any length
 * (A wants the e-mail of B, who gives it up only for the e-mail of C, …). Each step looks at those who
 * wait for the step before, by an index: 100,000 people whose e-mails move on by one are one chain.
 *
 * `wishes`: SQL of rows (`node`: who wants a key; `giver`: the node that gives it up, null when nobody
 * does; any other columns). `then`: SQL that goes on with the tables `edge`, which these rows become, and
 * `stopped (node)`. Returns the number of rows of that statement.
 */
export async function stopChains(tx: Queryable, wishes: string, then: string): Promise<number> {
  await tx.query(`create temp table edge on commit drop as ${wishes}`);
  let changed = 0;
  if (await some(tx, `select from edge where giver is null`)) {
    await indexed(tx, 'edge', ['giver']);
    // `offset 0` keeps the lookup by the index, whatever the planner expects of the recursion.
    const { rowCount } = await tx.query(`
      with recursive stopped as (
        select node from edge where giver is null
        union
        select e.node from stopped s
        cross join lateral (select node from edge where giver = s.node offset 0) e
      )
      ${then}`);
    changed = rowCount ?? 0;
  }
  await tx.query(`drop table edge`);
  return changed;
}
