import type { Attribute, UserAttribute } from '../../../domain/users/filterAttributes';
import { folded } from '../filterTerms';

/** Longest sort key in characters: Postgres indexes at most 2,704 bytes. Longer values sort by their beginning. */
const MAX_SORT_CHARS = 200;

const text = (column: string): string => `left(u.${column}, ${String(MAX_SORT_CHARS)})`;

/** Attributes that a list is sorted by through the index of users: its column, and the same value of a user `u`. */
export const SORTED = {
  lastName: { column: 'last_name', sql: text('last_name') },
  firstName: { column: 'first_name', sql: text('first_name') },
  displayName: { column: 'display_name', sql: text('display_name') },
  department: { column: 'department', sql: text('department') },
  location: { column: 'location', sql: text('location') },
  jobTitle: { column: 'job_title', sql: text('job_title') },
  hireDate: { column: 'hire_date', sql: 'u.hire_date' },
  leaveDate: { column: 'leave_date', sql: 'u.leave_date' },
  createdAt: { column: 'created_at', sql: 'u.created_at' },
  deactivatedAt: { column: 'deactivated_at', sql: 'u.deactivated_at' },
} as const satisfies Partial<Record<UserAttribute, { column: string; sql: string }>>;
export type SortedAttribute = keyof typeof SORTED;

export function isSorted(name: string): name is SortedAttribute {
  return Object.hasOwn(SORTED, name);
}

/** Attributes of text for which the index answers `eq`, with the column of a user. */
export const EQUAL_TEXTS: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  displayName: 'display_name',
  department: 'department',
  location: 'location',
  jobTitle: 'job_title',
};

/** SQL: names and values of a user `u` as rows of `values`, of which the index keeps a gram each. */
export const EQUAL_VALUES = [
  ...Object.entries(EQUAL_TEXTS).map(([name, column]) => `('${name}', ${folded(`u.${column}`)})`),
  `('organizationId', u.organization_id::text)`,
].join(', ');

/** SQL: the text of a number, the same for equal numbers. */
export const numberText = (value: string): string => `trim_scale((${value})::numeric)::text`;

/** SQL: the grams of the properties of a user `u`. A number has one as a text, too. */
export const PROPERTY_GRAMS = `
  select rollcall_equal_gram('properties.' || p.key, t.text)
  from jsonb_each(u.properties) p, lateral (
    select ${folded(`p.value #>> '{}'`)} as text
    union all select ${numberText(`p.value #>> '{}'`)} where jsonb_typeof(p.value) = 'number'
  ) t`;

/** Attributes for which an index of another table answers `eq`. */
const OWN_INDEX: readonly string[] = [
  ...['id', 'code', 'login', 'email', 'organization', 'organizationId', 'manager', 'managerId'],
  ...['hireDate', 'leaveDate', 'mergedIntoId'],
];

/** True when an index answers `eq`. */
export function isQuick(attribute: Attribute): boolean {
  switch (attribute.of) {
    case 'property':
      return true;
    case 'part':
      return attribute.part === 'identities' && attribute.name === 'externalId';
    case 'user':
      return OWN_INDEX.includes(attribute.name) || Object.hasOwn(EQUAL_TEXTS, attribute.name);
  }
}
