import { ID_PATTERN } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import {
  attributeNames,
  findAttribute,
  findPart,
  type Attribute,
} from '../../domain/users/filterAttributes';
import type { PropertyDefinition, UserStatus } from '../../domain/users/fields';
import { userKey } from '../../domain/keys';
import { nearestName } from '../../domain/nearest';
import type { UserScope } from '../../domain/permissions';
import type { UserView } from '../../domain/users/userView';
import type { Queryable } from '../database/db';
import { Params } from './params';
import { attributeSql, compileFilter, userFrom, userJoins } from './filter';
import { folded, isDay } from './filterTerms';
import { reachOf, type Reach } from './reach';
import { VIEW_COLUMNS, viewOf, type ViewRow } from './userView';

/** A choice of users: for a list to show, or for a bulk change. */
export interface UserChoice {
  readonly scope: UserScope;
  /**
   * `all` includes merged users. Absent: active ones, or any but merged when the filter names the status.
   */
  readonly status?: UserStatus | 'all';
  /** Words, each in a name, login, e-mail or code. */
  readonly search?: string;
  /** SCIM filters; all of them hold. */
  readonly filters?: readonly string[];
}

/** A sort: an attribute's name, `-` before it for the other direction. */
export interface UserPage {
  readonly sort?: string;
  readonly limit: number;
  readonly cursor?: string;
}

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
    ...searchSql(choice.search ?? '', params),
    ...filters.map(({ sql }) => sql),
  ];
  return conditions.join('\n  and ') || 'true';
}

function statusSql(status: UserStatus | undefined, params: Params): string {
  if (status === undefined) return `u.status <> 'merged'`;
  return `u.status = ${params.add(status)}::user_status`;
}

const SEARCHED = ['u.first_name', 'u.last_name', 'u.display_name', 'u.code'] as const;
const MAX_WORDS = 8;

/**
 * Quick search: each word somewhere in a name, login, e-mail or code. No index: a trigram index
 * over these columns makes the insert of a million users 2.6 times as long (28.3 s against 10.8 s);
 * without it a search that finds nobody reads a million rows in about a second, and a first page
 * of frequent hits comes in 10 to 90 ms (Postgres 18, 2 cores).
 */
function searchSql(search: string, params: Params): string[] {
  const words = search
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length > MAX_WORDS || search.length > 500) {
    throw new Fault('usage', {
      code: 'search_too_long',
      message: `A search takes at most ${String(MAX_WORDS)} words and 500 characters.`,
      next: { do: 'filterUsers' },
    });
  }
  return words.map((word) => {
    const clean = word.replaceAll('\0', '');
    const text = folded(`${params.add(clean)}::text`);
    const key = `${params.add(userKey(clean))}::text`;
    const inNames = SEARCHED.map((column) => `position(${text} in ${folded(column)}) > 0`);
    const inKeys = ['u.login_key', 'u.email_key'].map((c) => `position(${key} in ${c}) > 0`);
    return `(${[...inKeys, ...inNames].join(' or ')})`;
  });
}

/** One page of a list, in the order of (sort, id): every user once, however many share a value. */
export async function selectUsers(
  db: Queryable,
  o: { choice: UserChoice; page: UserPage; properties: readonly PropertyDefinition[] },
): Promise<{ users: UserView[]; next: string | null }> {
  const { from, sql, params, reach } = choiceSql(o.choice, o.properties);
  const order = sortOf(o.page.sort ?? 'id', o.properties, params);
  const after = o.page.cursor === undefined ? 'true' : afterSql(o.page.cursor, order, params);
  const { rows } = await db.query<ViewRow & { sort_key: string | null }>(
    `with page as materialized (
       select row_number() over () as n, found.* from (
         select u.id, (${order.sql})::text as sort_key from ${from}
         where ${sql}
           and ${after}
         order by ${order.orderBy} limit ${params.add(o.page.limit + 1)}
       ) found
     )
     select page.sort_key, ${VIEW_COLUMNS} from page join "user" u on u.id = page.id
     ${userJoins(reach)}
     order by page.n`,
    params.values,
  );
  const shown = rows.slice(0, o.page.limit);
  const last = shown.at(-1);
  const next =
    rows.length > shown.length && last !== undefined
      ? cursorOf({
          sort: order.name,
          key: order.sql === 'u.id' ? null : last.sort_key,
          id: last.id,
        })
      : null;
  return { users: shown.map(({ sort_key: _key, ...row }) => viewOf(row)), next };
}

/** How many users the choice has. */
export async function countUsers(
  db: Queryable,
  o: { choice: UserChoice; properties: readonly PropertyDefinition[] },
): Promise<number> {
  const { from, sql, params } = choiceSql(o.choice, o.properties);
  const { rows } = await db.query<{ n: string }>(
    `select count(*) as n from ${from} where ${sql}`,
    params.values,
  );
  return Number(rows[0]?.n ?? 0);
}

export interface Order {
  /** As the cursor stores it: `lastName`, `-hireDate`. */
  readonly name: string;
  readonly sql: string;
  readonly type: string;
  readonly descending: boolean;
  readonly orderBy: string;
}

/** Users without a value come last in both directions; the id decides between equals. */
export function sortOf(
  text: string,
  properties: readonly PropertyDefinition[],
  params: Params,
): Order {
  const descending = text.startsWith('-');
  const given = descending ? text.slice(1) : text;
  const attribute = findAttribute(given, properties);
  if (attribute === undefined || attribute.of === 'part' || attribute.kind === 'strings') {
    throw unknownSort(given, properties);
  }
  const direction = descending ? 'desc' : 'asc';
  const shown = attribute.of === 'property' ? `properties.${attribute.name}` : attribute.name;
  const name = `${descending ? '-' : ''}${shown}`;
  if (shown === 'id') {
    // The primary key's index gives the first page at once; ids are in the order of creation.
    return { name, sql: 'u.id', type: 'uuid', descending, orderBy: `u.id ${direction}` };
  }
  const { sql, type } = keySql(attribute, params);
  return { name, sql, type, descending, orderBy: `${sql} ${direction} nulls last, u.id` };
}

/** Text in the order of ICU's root collation, in which é follows e; case decides last. */
function keySql(attribute: Attribute, params: Params): { sql: string; type: string } {
  const sql = attributeSql(attribute, params);
  switch (attribute.kind) {
    case 'number':
      return { sql, type: 'numeric' };
    case 'boolean':
      return { sql, type: 'boolean' };
    case 'time':
      return { sql, type: 'timestamptz' };
    case 'date':
      return { sql, type: attribute.of === 'property' ? 'text' : 'date' };
    default:
      return { sql: `${sql} collate "und-x-icu"`, type: 'text' };
  }
}

function afterSql(cursor: string, order: Order, params: Params): string {
  const { key, id } = readCursor(cursor, order);
  const after = order.descending ? '<' : '>';
  const lastId = `${params.add(id)}::uuid`;
  if (order.sql === 'u.id') return `u.id ${after} ${lastId}`;
  if (key === null) return `(${order.sql} is null and u.id > ${lastId})`;
  const lastKey = `${params.add(key)}::${order.type}`;
  return `(${order.sql} ${after} ${lastKey} or ${order.sql} = ${lastKey} and u.id > ${lastId}
           or ${order.sql} is null)`;
}

interface Cursor {
  readonly sort: string;
  readonly key: string | null;
  readonly id: string;
}

function cursorOf({ sort, key, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url');
}

function readCursor(text: string, order: Order): Cursor {
  const parts = cursorParts(text);
  if (parts === undefined || !validKey(parts.key, order.type)) {
    throw new Fault('usage', {
      code: 'bad_cursor',
      message: 'This is no cursor of a list of users.',
      next: 'Take "next" of the page before, whole.',
    });
  }
  if (parts.sort !== order.name) {
    throw new Fault('usage', {
      code: 'cursor_of_another_sort',
      message: `The cursor belongs to a list sorted by ${parts.sort}, not by ${order.name}.`,
      next: `Add --sort=${parts.sort}, or begin without --cursor.`,
    });
  }
  return parts;
}

function cursorParts(text: string): Cursor | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return undefined;
  const [sort, key, id] = parsed.map((part: unknown) => part);
  if (typeof sort !== 'string' || typeof id !== 'string' || !LOWER_ID.test(id)) return undefined;
  return key === null || typeof key === 'string' ? { sort, key, id } : undefined;
}
const LOWER_ID = new RegExp(ID_PATTERN);

/**
 * True for text that Postgres can read as the type: an edited cursor is wrong usage, never a database error.
 */
function validKey(key: string | null, type: string): boolean {
  if (key === null) return true;
  switch (type) {
    case 'numeric':
      return /^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(key);
    case 'boolean':
      return key === 'true' || key === 'false';
    case 'date':
      return isDay(key);
    case 'timestamptz':
      return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(key);
    default:
      return !key.includes('\0');
  }
}

function unknownSort(given: string, properties: readonly PropertyDefinition[]): Fault {
  const known = attributeNames(properties).filter(
    (name) => name !== 'sticky' && findPart(name.split('.')[0] ?? '') === undefined,
  );
  const near = nearestName(given, known);
  return new Fault('usage', {
    code: 'unknown_sort',
    message: `Users can't be sorted by "${given}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: `Sort by one of ${known.join(', ')} (with - before it: the other way round).`,
  });
}
