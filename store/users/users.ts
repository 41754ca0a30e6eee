import type { PropertyDefinition, UserStatus } from '../../domain/users/fields';
import type { UserChoice } from './list/choice';
import { Params } from './params';
import { compileFilter, userFrom } from './filter';
import { reachOf, type Reach } from './reach';
import { SEARCHED, searchSql } from './list/search';

export interface Choice {
  /** The tables that `sql` is about. */
  readonly from: string;
  readonly sql: string;
  readonly params: Params;
  readonly reach: Reach;
}

/** The choice as tables and a condition, within its scope. Faults: `usage`. */
export function choiceSql(
  choice: UserChoice,
  properties: readonly PropertyDefinition[],
  standard: UserStatus = 'active',
): Choice {
  const params = new Params();
  const reach = reachOf(choice.scope, params);
  const sql = choiceIn(choice, { params, reach, properties, standard });
  return { from: userFrom(reach), sql, params, reach };
}

/** The condition of {@link choiceSql}, over `userFrom` of this reach. Faults: `usage`. */
export function choiceIn(
  choice: UserChoice,
  o: {
    readonly params: Params;
    readonly reach: Reach;
    readonly properties: readonly PropertyDefinition[];
    readonly standard: UserStatus;
  },
): string {
  const { params, reach, properties } = o;
  const filters = (choice.filters ?? []).map((text) => compileFilter(text, { params, properties }));
  const speaksOfStatus = filters.some(({ attributes }) => attributes.has('status'));
  const status = choice.status ?? (speaksOfStatus ? undefined : o.standard);
  const conditions = [
    ...(status === 'all' ? [] : [statusSql(status, params)]),
    ...(choice.scope.kind === 'all'
      ? []
      : [status === 'all' || status === 'merged' ? reach.of('u') : reach.ofUnmerged('u')]),
    ...searchedIn(choice, params),
    ...filters.map(({ sql }) => sql),
  ];
  return conditions.join('\n  and ') || 'true';
}

function statusSql(status: UserStatus | undefined, params: Params): string {
  if (status === undefined) return `u.status <> 'merged'`;
  return `u.status = ${params.add(status)}::user_status`;
}

function searchedIn({ search }: UserChoice, params: Params): string[] {
  const words = searchSql(search, params);
  return words === null ? [] : [words.in(SEARCHED)];
}
