/**
 * The user fields that a source may have an opinion on, in the order in which they are shown. Staged
 * columns, filters, the printed user and what is written are made from this table. A new field is a line
 * here, its column of CSV in domain/files/columns.ts, and its columns in prisma/schema.prisma with a
 * migration, which also names the field in `staged_row.record_hash`: a field that is not in that hash never
 * counts as changed.
 *
 * `column` is the column of table `user` (and of `staged_row`, where the kind is not a reference).
 * Kinds:
 * - `key`: unique in the platform (`code` compared as given, `login` and `email` by their key);
 * - `text`, `date` (ISO 8601 day), `status`;
 * - `organization`, `manager`: references, written in sources as codes.
 */
export const USER_FIELDS = {
  code: { column: 'code', kind: 'key' },
  login: { column: 'login', kind: 'key' },
  email: { column: 'email', kind: 'key' },
  firstName: { column: 'first_name', kind: 'text' },
  lastName: { column: 'last_name', kind: 'text' },
  displayName: { column: 'display_name', kind: 'text' },
  status: { column: 'status', kind: 'status' },
  organization: { column: 'organization_id', kind: 'organization' },
  jobTitle: { column: 'job_title', kind: 'text' },
  department: { column: 'department', kind: 'text' },
  location: { column: 'location', kind: 'text' },
  manager: { column: 'manager_id', kind: 'manager' },
  locale: { column: 'locale', kind: 'text' },
  timeZone: { column: 'time_zone', kind: 'text' },
  phone: { column: 'phone', kind: 'text' },
  hireDate: { column: 'hire_date', kind: 'date' },
  leaveDate: { column: 'leave_date', kind: 'date' },
} as const satisfies Record<string, { column: string; kind: FieldKind }>;

export type FieldKind = 'key' | 'text' | 'date' | 'status' | 'organization' | 'manager';
export type UserField = keyof typeof USER_FIELDS;

type OfKind<K extends FieldKind> = {
  [F in UserField]: (typeof USER_FIELDS)[F]['kind'] extends K ? F : never;
}[UserField];
export type DateField = OfKind<'date'>;
/** Fields whose value is a text of its own, days included. */
export type PlainField = OfKind<'key' | 'text' | 'date'>;
/**
 * Fields that refer to another thing by its code. Each has an id beside it, such as `managerId`.
 */
export type ReferenceField = OfKind<'organization' | 'manager'>;
export type ReferenceId = `${ReferenceField}Id`;

/** All user fields, in display order. */
export const USER_FIELD_NAMES = Object.keys(USER_FIELDS).filter((name): name is UserField =>
  Object.hasOwn(USER_FIELDS, name),
);

const RANKS: ReadonlyMap<string, number> = new Map(USER_FIELD_NAMES.map((name, at) => [name, at]));

/** Compares names in display order: fields, then properties, then the other names of a change. */
export function compareFields(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : Number(a > b));
}

function rank(name: string): number {
  return RANKS.get(name) ?? RANKS.size + Number(!name.startsWith('properties.'));
}

/** Changes by field, in display order. */
export function inFieldOrder<T>(changes: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(changes).sort(([a], [b]) => compareFields(a, b)));
}

/** True when `name` is one of {@link USER_FIELDS}. */
export function isUserField(name: string): name is UserField {
  return Object.hasOwn(USER_FIELDS, name);
}

/** A field of a plan entry: a user field, or `properties.<key>` of a declared property. */
export type FieldName = UserField | `properties.${string}`;

/** True for a field that people can have: a user field, or a declared property. */
export function isFieldName(name: string): name is FieldName {
  return isUserField(name) || name.startsWith('properties.');
}

export type UserStatus = 'active' | 'inactive' | 'merged';
/** Statuses that a source may give. */
export type SourceStatus = 'active' | 'inactive';

export const PROPERTY_TYPES = ['text', 'number', 'boolean', 'date'] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];
/** A declared custom property: `properties.<key>` of a user is of this type. */
export interface PropertyDefinition {
  readonly key: string;
  readonly name: string;
  readonly type: PropertyType;
}
