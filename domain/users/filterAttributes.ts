import {
  USER_FIELDS,
  USER_FIELD_NAMES,
  type PropertyDefinition,
  type PropertyType,
  type ReferenceId,
  type UserField,
} from './fields';

/**
 * What a filter or a sort can name, and how its values compare:
 * - `text`: any case; `key`: by the platform's key (login, e-mail, organization code);
 * - `exact`: as given (ids, codes); `status`, `enrollment status`: one of a few words;
 * - `date`: an ISO day; `time`: an instant; `number`; `boolean`; `strings`: a list of names.
 */
export type AttributeKind =
  | 'text'
  | 'key'
  | 'exact'
  | 'status'
  | 'enrollment status'
  | 'date'
  | 'time'
  | 'number'
  | 'boolean'
  | 'strings';

/** Attributes of a user that are not user fields. */
const OTHER_ATTRIBUTES = {
  sticky: 'strings',
  protected: 'boolean',
  version: 'number',
  createdAt: 'time',
  updatedAt: 'time',
  deactivatedAt: 'time',
  deactivatedReason: 'text',
  mergedIntoId: 'exact',
} as const satisfies Record<string, AttributeKind>;
type OtherAttribute = keyof typeof OTHER_ATTRIBUTES;
export type UserAttribute = 'id' | UserField | ReferenceId | OtherAttribute;

interface Named {
  readonly name: UserAttribute;
  readonly kind: AttributeKind;
}

/** Attributes of a user, by the name under which its JSON shows them, in display order. */
const USER_ATTRIBUTES: readonly Named[] = [
  { name: 'id', kind: 'exact' },
  ...USER_FIELD_NAMES.flatMap(attributesOf),
  ...Object.keys(OTHER_ATTRIBUTES)
    .filter((name): name is OtherAttribute => Object.hasOwn(OTHER_ATTRIBUTES, name))
    .map((name) => ({ name, kind: OTHER_ATTRIBUTES[name] })),
];

function attributesOf(name: UserField): Named[] {
  const { kind } = USER_FIELDS[name];
  switch (kind) {
    case 'key':
      return [{ name, kind: name === 'code' ? 'exact' : 'key' }];
    case 'organization':
      return [
        { name, kind: 'key' },
        { name: 'organizationId', kind: 'exact' },
      ];
    case 'manager':
      return [
        { name, kind: 'exact' },
        { name: 'managerId', kind: 'exact' },
      ];
    case 'text':
    case 'date':
    case 'status':
      return [{ name, kind }];
  }
}

/**
 * What a user has several of, and the attributes of one of them: `enrollments.course`,
 * `enrollments[course eq "SAFETY" and status eq "completed"]`. The brackets are true when one of them fits
 * all of it.
 */
export const PARTS = {
  identities: { source: 'exact', externalId: 'exact' },
  enrollments: {
    course: 'key',
    status: 'enrollment status',
    progress: 'number',
    score: 'number',
    enrolledAt: 'time',
    completedAt: 'date',
  },
  credits: {
    title: 'text',
    provider: 'text',
    credits: 'number',
    earnedOn: 'date',
    evidenceUrl: 'text',
  },
} as const satisfies Record<string, Readonly<Record<string, AttributeKind>>>;
export type Part = keyof typeof PARTS;

const PART_NAMES = Object.keys(PARTS).filter((name): name is Part => Object.hasOwn(PARTS, name));

/** The part of this name, in any case. */
export function findPart(name: string): Part | undefined {
  return PART_NAMES.find((part) => part === name.toLowerCase());
}

/** The names of the attributes of a part. */
export function partAttributeNames(part: Part): string[] {
  return Object.keys(PARTS[part]);
}

/** An attribute that a filter names, looked up. */
export type Attribute =
  | { readonly of: 'user'; readonly name: UserAttribute; readonly kind: AttributeKind }
  | {
      readonly of: 'part';
      readonly part: Part;
      readonly name: string;
      readonly kind: AttributeKind;
    }
  | { readonly of: 'property'; readonly name: string; readonly kind: AttributeKind };

const PROPERTY_KINDS = {
  text: 'text',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
} as const satisfies Record<PropertyType, AttributeKind>;

/** Attribute names are case-insensitive (RFC 7643, section 2.1); property keys too, if unambiguous. */
export function findAttribute(
  path: string,
  properties: readonly PropertyDefinition[],
): Attribute | undefined {
  const wanted = path.toLowerCase();
  const own = USER_ATTRIBUTES.find(({ name }) => name.toLowerCase() === wanted);
  if (own !== undefined) return { of: 'user', ...own };
  const dot = wanted.indexOf('.');
  const part = findPart(wanted.slice(0, Math.max(dot, 0)));
  if (part !== undefined) return findPartAttribute(part, wanted.slice(dot + 1));
  if (!wanted.startsWith('properties.')) return undefined;
  const key = path.slice('properties.'.length);
  const found = findProperty(key, properties);
  return found && { of: 'property', name: found.key, kind: PROPERTY_KINDS[found.type] };
}

/** The attribute of a part, inside `identities[…]` and its like. */
export function findPartAttribute(part: Part, name: string): Attribute | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries(PARTS[part]).find(([known]) => known.toLowerCase() === wanted);
  return found && { of: 'part', part, name: found[0], kind: found[1] };
}

/** Every name that a filter may use, in display order. */
export function attributeNames(properties: readonly PropertyDefinition[]): string[] {
  return [
    ...USER_ATTRIBUTES.map(({ name }) => name),
    ...PART_NAMES.flatMap((part) => partAttributeNames(part).map((n) => `${part}.${n}`)),
    ...properties.map((p) => `properties.${p.key}`),
  ];
}

function findProperty(
  key: string,
  properties: readonly PropertyDefinition[],
): PropertyDefinition | undefined {
  const exact = properties.find((p) => p.key === key);
  if (exact) return exact;
  const loose = properties.filter((p) => p.key.toLowerCase() === key.toLowerCase());
  return loose.length === 1 ? loose[0] : undefined;
}
