import { Fault } from '../../domain/faults';
import type { UserScope } from '../../domain/permissions';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { Queryable } from '../database/db';
import { userFrom } from './filter';
import { Params } from './params';
import { reachOf } from './reach';
import { choiceIn } from './users';

/**
 * How many users each filter lists within the scope, all counted in one pass over the users; `null`
 * for a filter that no longer holds, as when its property is gone.
 */
export async function countEach(
  db: Queryable,
  o: {
    readonly filters: readonly string[];
    readonly scope: UserScope;
    readonly properties: readonly PropertyDefinition[];
  },
): Promise<readonly (number | null)[]> {
  const params = new Params();
  const reach = reachOf(o.scope, params);
  const conditions = o.filters.map((filter) => {
    try {
      const choice = { scope: o.scope, filters: [filter] };
      return choiceIn(choice, { params, reach, properties: o.properties, standard: 'active' });
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  });
  const counted = conditions.filter((condition) => condition !== null);
  if (counted.length === 0) return conditions.map(() => null);
  const { rows } = await db.query<{ counts: number[] }>(
    `select jsonb_build_array(${counted.map((sql) => `count(*) filter (where ${sql})`).join(', ')}) as counts
     from ${userFrom(reach)}`,
    params.values,
  );
  const counts = [...(rows[0]?.counts ?? [])];
  return conditions.map((condition) => (condition === null ? null : (counts.shift() ?? 0)));
}
