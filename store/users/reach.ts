import type { UserScope } from '../../domain/permissions';
import type { Queryable } from '../database/db';
import type { Params } from './params';

/** SQL conditions that keep a query within the users that an actor reaches. */
export interface Reach {
  /** For a row of `user` under this alias: a merged user is reached as the survivor is. */
  readonly of: (user: string) => string;
  /** As {@link Reach.of}, for rows of which none is merged: an index on the organization serves it. */
  readonly ofUnmerged: (user: string) => string;
}

const ALL: Reach = { of: () => 'true', ofUnmerged: () => 'true' };

/** The one place that turns a scope into SQL; every query over users takes its conditions from here. */
export function reachOf(scope: UserScope, params: Params): Reach {
  if (scope.kind === 'all') return ALL;
  const ids = `${params.add(scope.ids)}::uuid[]`;
  return {
    of: (user) => `(case when ${user}.merged_into_id is null then ${user}.organization_id
      else (select s.organization_id from "user" s where s.id = ${user}.merged_into_id) end = any (${ids}))`,
    ofUnmerged: (user) => `${user}.organization_id = any (${ids})`,
  };
}

/** Those of these users that the scope reaches. */
export async function usersWithin(
  db: Queryable,
  o: { readonly ids: readonly string[]; readonly scope: UserScope },
): Promise<ReadonlySet<string>> {
  if (o.scope.kind === 'all' || o.ids.length === 0) return new Set(o.ids);
  const { rows } = await db.query<{ id: string }>(
    `select u.id from "user" u join "user" s on s.id = coalesce(u.merged_into_id, u.id)
     where u.id = any ($1::uuid[]) and s.organization_id = any ($2::uuid[])`,
    [o.ids, o.scope.ids],
  );
  return new Set(rows.map(({ id }) => id));
}
