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
 * - `exact`: as given (ids, codes); `status`: one of the three;
 * - `date`: an ISO day; `time`: an instant; `number`; `boolean`; `strings`: a list of names.
 */
export type AttributeKind =
  'text' | 'key' | 'exact' | 'status' | 'date' | 'time' | 'number' | 'boolean' | 'strings';

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

/** Attributes of one of a user's identities: `identities.source`, `identities[source eq "hr"]`. */
export const IDENTITY_ATTRIBUTES = {
  source: 'exact',
  externalId: 'exact',
} as const satisfies Record<string, AttributeKind>;
export type IdentityAttribute = keyof typeof IDENTITY_ATTRIBUTES;

/** An attribute that a filter names, looked up. */
export type Attribute =
  | { readonly of: 'user'; readonly name: UserAttribute; readonly kind: AttributeKind }
  | { readonly of: 'identity'; readonly name: IdentityAttribute; readonly kind: AttributeKind }
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
  if (wanted.startsWith('identities.')) return findIdentityAttribute(wanted.slice(11));
  if (!wanted.startsWith('properties.')) return undefined;
  const key = path.slice('properties.'.length);
  const found = findProperty(key, properties);
  return found && { of: 'property', name: found.key, kind: PROPERTY_KINDS[found.type] };
}

/** The attribute of an identity, inside `identities[…]`. */
export function findIdentityAttribute(name: string): Attribute | undefined {
  const wanted = name.toLowerCase();
  const found = IDENTITY_ATTRIBUTE_NAMES.find((n) => n.toLowerCase() === wanted);
  return found && { of: 'identity', name: found, kind: IDENTITY_ATTRIBUTES[found] };
}

/** Every name that a filter may use, in display order. */
export function attributeNames(properties: readonly PropertyDefinition[]): string[] {
  return [
    ...USER_ATTRIBUTES.map(({ name }) => name),
    ...IDENTITY_ATTRIBUTE_NAMES.map((n) => `identities.${n}`),
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

export const IDENTITY_ATTRIBUTE_NAMES = Object.keys(IDENTITY_ATTRIBUTES).filter(
  (name): name is IdentityAttribute => Object.hasOwn(IDENTITY_ATTRIBUTES, name),
);
