import { Fault } from '../../../domain/faults';
import type { PropertyDefinition } from '../../../domain/users/fields';
import {
  attributeNames,
  findAttribute,
  findPart,
  type Attribute,
} from '../../../domain/users/filterAttributes';
import { nearestName } from '../../../domain/nearest';
import { attributeSql } from '../filter';
import { isSorted, SORTED } from '../index/columns';
import type { Params } from '../params';

export interface Order {
  /** As the cursor stores it: `lastName`, `-hireDate`. */
  readonly name: string;
  /** Of a user `u`. */
  readonly sql: string;
  readonly type: string;
  readonly descending: boolean;
  readonly orderBy: string;
  /**
   * What has the users in this order: an index of the table of users, or a column of the index of users; `null`:
   * nothing, so that all of them are sorted.
   */
  readonly from: 'user' | { readonly column: string } | null;
}

/** Attributes in whose order an index of the table of users is, by the collation of the database. */
const OWN: Readonly<Record<string, string>> = {
  code: 'u.code',
  login: 'u.login_key',
  email: 'u.email_key',
};

/** Users without a value come last in both directions; the id decides between equals, in the same direction. */
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
    const orderBy = `u.id ${direction}`;
    return { name, sql: 'u.id', type: 'uuid', descending, orderBy, from: 'user' };
  }
  const { sql, type, from } = keySql(attribute, params);
  const orderBy = `${sql} ${direction} nulls last, u.id ${direction}`;
  return { name, sql, type, descending, orderBy, from };
}

/** Text in the order of ICU's root collation, in which é follows e; case decides last. */
function keySql(
  attribute: Attribute,
  params: Params,
): { readonly sql: string; readonly type: string; readonly from: Order['from'] } {
  const type = typeOf(attribute);
  const { name } = attribute;
  if (attribute.of === 'user') {
    const own = OWN[name];
    if (own !== undefined) return { sql: own, type, from: 'user' };
    if (isSorted(name)) {
      const { sql, column } = SORTED[name];
      return { sql: collated(sql, type), type, from: { column } };
    }
  }
  const sql = attributeSql(attribute, params);
  const plain = attribute.of === 'property' && attribute.kind === 'date';
  return { sql: plain ? sql : collated(sql, type), type, from: null };
}

const collated = (sql: string, type: string): string =>
  type === 'text' ? `${sql} collate "und-x-icu"` : sql;

function typeOf(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    case 'time':
      return 'timestamptz';
    case 'date':
      return attribute.of === 'property' ? 'text' : 'date';
    default:
      return 'text';
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
