import { similarTo, type Narrowing } from '../index/narrow';
import type { Params } from '../params';
import type { Cursor } from './cursors';
import { SEARCHED, type SearchSql } from './search';
import type { Order } from './sorts';

/** What the statement of a page is made of; `u`, `o` and `m` as in `userFrom`. */
export interface PageParts {
  readonly from: string;
  readonly joins: string;
  /** The condition of the choice, without its search. */
  readonly where: string;
  readonly params: Params;
  readonly order: Order;
  readonly cursor: Cursor | null;
  readonly limit: number;
  readonly find: Find;
}

/** How the index of users finds users. */
export interface Find {
  /** Words of a search that have their placeholders; only a statement that uses them asks for them. */
  readonly search: () => SearchSql | null;
  /** True: users whose names are similar to the words of the search are found, too. */
  readonly approximate: boolean;
  readonly narrowed: () => Narrowing;
  /** The bound of `rollcall_unindexed`: SQL of a number, or null. */
  readonly atMost: string;
}

/**
 * A page of users in the order of an index. Users whose row in the index of users is missing or old are left out
 * of it and come from the table instead, all as of one moment.
 * `part`: users with a value, or those without. `walked`: only so many rows of the index are looked at.
 */
export function orderedSql(
  o: PageParts,
  { part, walked }: { readonly part: 'values' | 'nulls'; readonly walked?: number },
): string {
  const { order, limit, find } = o;
  const search = find.search();
  const bound = walked === undefined ? '' : `limit ${String(walked)}`;
  const column = indexColumn(o);
  if (column === null) {
    const after = afterOf(o, { key: order.sql, id: 'u.id', part });
    const by = orderOf(order, { key: order.sql, id: 'u.id', part });
    const from =
      walked === undefined
        ? `"user" u`
        : `(select u.* from "user" u where ${after} order by ${by} ${bound}) u`;
    return `select u.id, ${order.sql} as key from ${from} ${o.joins}
      where ${o.where} and ${after} order by ${by} limit ${String(limit)}`;
  }
  const inIndex = `${afterOf(o, { key: column, id: 's.user_id', part })}
    and s.user_id not in (select id from unindexed)`;
  const byIndex = orderOf(order, { key: column, id: 's.user_id', part });
  const index =
    walked === undefined
      ? 'user_index s'
      : `(select s.* from user_index s where ${inIndex} order by ${byIndex} ${bound}) s`;
  const found = search === null ? ['true', 'true'] : ['s.searched', SEARCHED].map(search.in);
  return `with unindexed as materialized (${unindexed(find)})
    select id, key from (
    (select u.id, ${column} as key from ${index} join "user" u on u.id = s.user_id ${o.joins}
     where ${o.where} and ${found[0] ?? ''} ${walked === undefined ? `and ${inIndex}` : ''}
     order by ${byIndex} limit ${String(limit)})
    union all
    (select u.id, ${order.sql} as key from unindexed x join "user" u on u.id = x.id ${o.joins}
     where ${o.where} and ${found[1] ?? ''} and ${afterOf(o, { key: order.sql, id: 'u.id', part })}
     order by ${orderOf(order, { key: order.sql, id: 'u.id', part })} limit ${String(limit)})) either
    order by ${keyOrder(order)} limit ${String(limit)}`;
}

/** The column of the index of users that has the order; `null`: the table of users has it. */
function indexColumn({ order, find }: PageParts): string | null {
  if (order.from !== 'user' && order.from !== null) return `s.${order.from.column}`;
  // The index has the texts that a search looks in.
  return order.sql === 'u.id' && find.search() !== null ? 's.user_id' : null;
}

const unindexed = ({ atMost }: Find): string => `select id from rollcall_unindexed(${atMost}) id`;

/** SQL: the ids of the users that the index finds, and of those whom it does not have and who are searched one by one. */
export function foundIds(find: Find): string {
  const search = find.search();
  const inIndex =
    find.approximate && search !== null
      ? `select id from (${similarTo(search.words)}) alike where id not in (select id from unindexed)`
      : `select s.user_id as id from user_index s where ${conditions(find.narrowed(), search).join(' and ')}`;
  return `with unindexed as materialized (${unindexed(find)})
    ${inIndex}
    union all
    select u.id from unindexed x join "user" u on u.id = x.id
    where ${search === null ? 'true' : search.in(SEARCHED)}`;
}

function conditions({ filters, words }: Narrowing, search: SearchSql | null): string[] {
  return [
    's.user_id not in (select id from unindexed)',
    ...[filters, words].filter((condition) => condition !== null),
    ...(search === null ? [] : [search.in('s.searched')]),
  ];
}

/**
 * A page of the users that the index finds, sorted. They are found before they are sorted: with a limit in sight
 * the planner reads the table in its order and looks for each user among those who were found (0.7 s of a million).
 */
export function foundSql(o: PageParts): string {
  const found = `(${foundIds(o.find)}) found join "user" u on u.id = found.id ${o.joins}`;
  return `select id, key from (${chosenSql(o, found)} offset 0) found
    order by ${keyOrder(o.order)} limit ${String(o.limit)}`;
}

/** A page of all users, sorted. */
export function sortedSql(o: PageParts): string {
  return `${chosenSql(o, o.from)} order by ${o.order.orderBy} limit ${String(o.limit)}`;
}

/** The users after the cursor, with and without a value. */
function chosenSql(o: PageParts, from: string): string {
  const { order } = o;
  const at = { key: order.sql, id: 'u.id' };
  const after =
    o.cursor === null
      ? 'true'
      : o.cursor.key === null
        ? afterOf(o, { ...at, part: 'nulls' })
        : `(${afterOf(o, { ...at, part: 'values' })} or ${order.sql} is null)`;
  return `select u.id, ${order.sql} as key from ${from} where ${o.where} and ${after}`;
}

/** The order of rows with `key` and `id`; users without a value come last. */
function keyOrder({ type, descending }: Order): string {
  const direction = descending ? 'desc' : 'asc';
  const key = type === 'text' ? 'key collate "und-x-icu"' : 'key';
  return `${key} ${direction} nulls last, id ${direction}`;
}

interface At {
  readonly key: string;
  readonly id: string;
  readonly part: 'values' | 'nulls';
}

/** The users of a part that come after the cursor, as one comparison of rows. */
function afterOf({ order, cursor, params }: PageParts, { key, id, part }: At): string {
  const after = order.descending ? '<' : '>';
  const lastId = (): string => `${params.add(cursor?.id)}::uuid`;
  if (order.sql === 'u.id') return cursor === null ? 'true' : `${id} ${after} ${lastId()}`;
  const has = `${key} is ${part === 'nulls' ? '' : 'not '}null`;
  if (cursor === null) return has;
  if (cursor.key === null)
    return part === 'nulls' ? `(${has} and ${id} ${after} ${lastId()})` : 'false';
  if (part === 'nulls') return has;
  const lastKey = `${params.add(cursor.key)}::${order.type}`;
  return `(${has} and (${key}, ${id}) ${after} (${lastKey}, ${lastId()}))`;
}

function orderOf(order: Order, { key, id, part }: At): string {
  const direction = order.descending ? 'desc' : 'asc';
  return key === id || part === 'nulls'
    ? `${id} ${direction}`
    : `${key} ${direction}, ${id} ${direction}`;
}
