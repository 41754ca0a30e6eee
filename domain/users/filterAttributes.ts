import type { PropertyDefinition, PropertyType } from './fields';

/**
 * What a filter or a sort can name, and how its values compare:
 * - `text`: any case; `key`: by the platform's key (login, e-mail, organization code);
 * - `exact`: as given (ids, codes); `status`: one of the three;
 * - `date`: an ISO day; `time`: an instant; `number`; `boolean`; `strings`: a list of names.
 */
export type AttributeKind =
  'text' | 'key' | 'exact' | 'status' | 'date' | 'time' | 'number' | 'boolean' | 'strings';

/** Attributes of a user, by the name under which its JSON shows them. */
export const USER_ATTRIBUTES = {
  id: 'exact',
  code: 'exact',
  login: 'key',
  email: 'key',
  firstName: 'text',
  lastName: 'text',
  displayName: 'text',
  status: 'status',
  organization: 'key',
  organizationId: 'exact',
  jobTitle: 'text',
  department: 'text',
  location: 'text',
  manager: 'exact',
  managerId: 'exact',
  locale: 'text',
  timeZone: 'text',
  phone: 'text',
  hireDate: 'date',
  leaveDate: 'date',
  sticky: 'strings',
  protected: 'boolean',
  version: 'number',
  createdAt: 'time',
  updatedAt: 'time',
  deactivatedAt: 'time',
  deactivatedReason: 'text',
  mergedIntoId: 'exact',
} as const satisfies Record<string, AttributeKind>;
export type UserAttribute = keyof typeof USER_ATTRIBUTES;

/** Attributes of one of a user's identities: `identities.source`, `identities[source eq "hr"]`. */
export const IDENTITY_ATTRIBUTES = {
  source: 'exact',
  externalId: 'exact',
} as const satisfies Record<string, AttributeKind>;
export type IdentityAttribute = keyof typeof IDENTITY_ATTRIBUTES;

/** An attribute that a filter names, found. */
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
  for (const name of USER_ATTRIBUTE_NAMES) {
    if (name.toLowerCase() === wanted) return { of: 'user', name, kind: USER_ATTRIBUTES[name] };
  }
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
    ...USER_ATTRIBUTE_NAMES,
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

const USER_ATTRIBUTE_NAMES = Object.keys(USER_ATTRIBUTES).filter((name): name is UserAttribute =>
  Object.hasOwn(USER_ATTRIBUTES, name),
);
export const IDENTITY_ATTRIBUTE_NAMES = Object.keys(IDENTITY_ATTRIBUTES).filter(
  (name): name is IdentityAttribute => Object.hasOwn(IDENTITY_ATTRIBUTES, name),
);
