import type { PropertyDefinition } from '../../../domain/users/fields';
import type { UserView } from '../../../domain/users/userView';
import type { Queryable } from '../../database/db';
import { userJoins } from '../filter';
import { narrowing } from '../index/narrow';
import { MAX_UNINDEXED, unindexedUsers } from '../index/unindexed';
import { Params } from '../params';
import { choiceSql } from '../users';
import { VIEW_COLUMNS, viewOf, type ViewRow } from '../userView';
import type { UserChoice } from './choice';
import { cursorOf, readCursor, type Cursor } from './cursors';
import { sortOf, type Order } from './sorts';
import { foundIds, foundSql, orderedSql, sortedSql, type Find, type PageParts } from './pageSql';
import { searchSql, type SearchSql } from './search';

/** A sort: an attribute's name, `-` before it for the other direction. */
export interface UserPage {
  readonly sort?: string;
  readonly limit: number;
  readonly cursor?: string;
  /** True: people whose names are similar to the words of the search are listed, too. */
  readonly approximate?: boolean;
}

export interface PageRequest {
  readonly choice: UserChoice;
  readonly page: UserPage;
  readonly properties: readonly PropertyDefinition[];
}

export interface ListedUsers {
  readonly users: UserView[];
  readonly next: string | null;
  /** True: a search did not look at all users, because too many were written since the index was. */
  readonly indexing: boolean;
  /** True: users whose names are similar to a word of the search are among them. */
  readonly approximate: boolean;
}

/** Users that a search looks at in their order before it asks the index: enough for a page of a frequent word. */
const WALKED = 25_000;

type Row = ViewRow & { readonly sort_key: string | null };

/** One page of a list, in the order of (sort, id): every user once, however many share a value. */
export async function selectUsers(db: Queryable, o: PageRequest): Promise<ListedUsers> {
  const order = sortOf(o.page.sort ?? 'id', o.properties, new Params());
  const cursor = o.page.cursor === undefined ? null : readCursor(o.page.cursor, order);
  const approximate = cursor?.approximate ?? o.page.approximate ?? false;
  const request = { ...o, page: { ...o.page, approximate } };
  const { rows, indexing } = await pageRows(db, request, { order, cursor });
  const shown = rows.slice(0, o.page.limit);
  const last = shown.at(-1);
  const next =
    rows.length > shown.length && last !== undefined
      ? cursorOf({
          sort: order.name,
          key: order.sql === 'u.id' ? null : last.sort_key,
          id: last.id,
          approximate,
        })
      : null;
  return {
    users: shown.map(({ sort_key: _key, ...row }) => viewOf(row)),
    next,
    indexing,
    approximate,
  };
}

interface Place {
  readonly order: Order;
  readonly cursor: Cursor | null;
}

/** The rows of the page, and one more where there are more. */
async function pageRows(
  db: Queryable,
  o: PageRequest,
  { order, cursor }: Place,
): Promise<{ readonly rows: readonly Row[]; readonly indexing: boolean }> {
  const { isSearch, isNarrowed } = ofIndex(o);
  const usesIndex = isSearch || isNarrowed || order.from !== null;
  const isBehind = usesIndex && (await unindexedUsers(db)) > MAX_UNINDEXED;
  const wanted = o.page.limit + 1;
  const run = async (sql: (parts: PageParts) => string, limit = wanted): Promise<readonly Row[]> =>
    select(db, { ...o, cursor, limit, sql, atMost: isBehind ? String(MAX_UNINDEXED) : 'null' });
  const isOrdered = order.from === 'user' || (order.from !== null && !isBehind);
  const isInNulls = cursor !== null && cursor.key === null && order.sql !== 'u.id';
  if (isSearch || (isNarrowed && !isBehind)) {
    const isApproximate = o.page.approximate === true;
    const hasTexts = !isSearch || order.sql === 'u.id' || order.from !== 'user';
    if (isOrdered && hasTexts && !isInNulls && !isApproximate) {
      const walked = Math.max(WALKED, 40 * wanted);
      const rows = await run((parts) => orderedSql(parts, { part: 'values', walked }));
      if (rows.length === wanted) return { rows, indexing: isSearch && isBehind };
    }
    return { rows: await run(foundSql), indexing: isSearch && isBehind };
  }
  if (!isOrdered) return { rows: await run(sortedSql), indexing: false };
  const rows = isInNulls ? [] : await run((parts) => orderedSql(parts, { part: 'values' }));
  if (rows.length === wanted || order.sql === 'u.id') return { rows, indexing: false };
  const rest = await run((parts) => orderedSql(parts, { part: 'nulls' }), wanted - rows.length);
  return { rows: [...rows, ...rest], indexing: false };
}

/** What the index of users can do for a choice. */
function ofIndex({ choice, properties }: Pick<PageRequest, 'choice' | 'properties'>): {
  readonly isSearch: boolean;
  readonly isNarrowed: boolean;
} {
  const params = new Params();
  const { filters } = narrowing(choice, { params, properties });
  return { isSearch: searchSql(choice.search, params) !== null, isNarrowed: filters !== null };
}

/** What a statement finds users by. Placeholders are made once, by the statement that uses them. */
function findOf(
  { choice, properties }: Pick<PageRequest, 'choice' | 'properties'>,
  o: { readonly params: Params; readonly approximate: boolean; readonly atMost: string },
): Find {
  const made: { search?: SearchSql | null } = {};
  return {
    approximate: o.approximate,
    atMost: o.atMost,
    search: () => (made.search ??= searchSql(choice.search, o.params)),
    narrowed: () => narrowing(choice, { params: o.params, properties }),
  };
}

async function select(
  db: Queryable,
  o: PageRequest & {
    readonly cursor: Cursor | null;
    readonly limit: number;
    readonly atMost: string;
    readonly sql: (parts: PageParts) => string;
  },
): Promise<readonly Row[]> {
  const { properties, cursor, limit, atMost } = o;
  const { search: _, ...choice } = o.choice;
  const { from, sql: where, params, reach } = choiceSql(choice, properties);
  const order = sortOf(o.page.sort ?? 'id', properties, params);
  const joins = userJoins(reach);
  const approximate = o.page.approximate === true;
  const find = findOf(o, { params, approximate, atMost });
  const page = o.sql({ from, joins, where, params, order, cursor, limit, find });
  const { rows } = await db.query<Row>(
    `with page as materialized (
       select row_number() over () as n, listed.* from (${page}) listed
     )
     select page.key::text as sort_key, ${VIEW_COLUMNS} from page join "user" u on u.id = page.id
     ${joins}
     order by page.n`,
    params.values,
  );
  return rows;
}

/** How many users the choice has. */
export async function countUsers(
  db: Queryable,
  o: {
    readonly choice: UserChoice;
    readonly properties: readonly PropertyDefinition[];
    readonly approximate?: boolean;
  },
): Promise<number> {
  const { properties, approximate = false } = o;
  const { isSearch, isNarrowed } = ofIndex(o);
  const usesIndex =
    approximate || ((isSearch || isNarrowed) && (await unindexedUsers(db)) <= MAX_UNINDEXED);
  const { search: _, ...choice } = o.choice;
  const { from, sql, params, reach } = choiceSql(usesIndex ? choice : o.choice, properties);
  const tables = (): string => {
    const find = findOf(o, { params, approximate, atMost: 'null' });
    return `(${foundIds(find)}) found join "user" u on u.id = found.id ${userJoins(reach)}`;
  };
  const { rows } = await db.query<{ n: string }>(
    `select count(*) as n from ${usesIndex ? tables() : from} where ${sql}`,
    params.values,
  );
  return Number(rows[0]?.n ?? 0);
}
