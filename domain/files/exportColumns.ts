import { columnOfField, EXPORTED_COLUMN, fieldOfName, USER_COLUMN_PREFIX } from './columns';
import { Fault } from '../faults';
import { nearestName } from '../nearest';
import {
  isUserField,
  USER_FIELD_NAMES,
  type FieldName,
  type PropertyDefinition,
  type UserField,
} from '../users/fields';
import type { PropertyValue, UserView } from '../users/userView';

/** What a user has besides fields and properties. */
const ATTRIBUTES = [
  'id',
  'organizationId',
  'managerId',
  'managerOutside',
  'sticky',
  'protected',
  'version',
  'createdAt',
  'updatedAt',
  'deactivatedAt',
  'deactivatedReason',
  'mergedIntoId',
  'identities',
] as const satisfies readonly Exclude<keyof UserView, UserField | 'properties'>[];
type ExportAttribute = (typeof ATTRIBUTES)[number];

/** For whom a CSV file is. */
export const EXPORT_READERS = ['people', 'programs'] as const;
export type ExportReader = (typeof EXPORT_READERS)[number];

/** What a complete user has, by name. */
export const WHOLE_USER: readonly string[] = [...USER_FIELD_NAMES, 'properties', ...ATTRIBUTES];

/** A column of an export: a field, by its name, or another attribute of the user. */
export type ExportColumn = FieldName | ExportAttribute;

/** A user, with the key by which an import finds the manager: code, else login, else e-mail. */
export interface ExportedUser extends UserView {
  readonly managerKey: string | null;
}

/** Every column that an import reads, properties last. */
export function importableColumns(properties: readonly PropertyDefinition[]): ExportColumn[] {
  return [...USER_FIELD_NAMES, ...properties.map(({ key }) => `properties.${key}` as const)];
}

/**
 * The columns of these names: names of a user's JSON in any case, or of columns of an import;
 * `properties` stands for all of them.
 *
 * @throws Fault `usage`: `unknown_field`, `given_twice`.
 */
export function exportColumns(
  names: readonly string[],
  properties: readonly PropertyDefinition[],
): ExportColumn[] {
  const columns = names.flatMap((name) =>
    name.toLowerCase() === 'properties'
      ? properties.map(({ key }) => `properties.${key}` as const)
      : [columnOf(name, properties)],
  );
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice === undefined) return columns;
  throw new Fault('usage', { code: 'given_twice', message: `The column ${twice} is named twice.` });
}

function columnOf(name: string, properties: readonly PropertyDefinition[]): ExportColumn {
  // `id` is a user's own id here; in a file that is imported it is another name of the code.
  const attribute = ATTRIBUTES.find((known) => known.toLowerCase() === name.toLowerCase());
  const column = attribute ?? fieldOfName(name, properties);
  if (column !== undefined) return column;
  const known = [...importableColumns(properties), ...ATTRIBUTES];
  const near = nearestName(name, known);
  throw new Fault('usage', {
    code: 'unknown_field',
    message: `There is no column "${name}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: `Columns: ${known.join(', ')}`,
  });
}

/**
 * The header of a CSV file: fields as an import names them, other attributes with a prefix that an
 * import passes over. `safe`: with the column by which an import knows that cells were made safe.
 */
export function exportHeader(columns: readonly ExportColumn[], safe: boolean): string[] {
  const names = columns.map((column) =>
    isAttribute(column) ? `${USER_COLUMN_PREFIX}${column}` : columnOfField(column),
  );
  return safe ? [...names, EXPORTED_COLUMN] : names;
}

/**
 * What a cell of CSV holds, as a function of the user. A file asks once for each of its columns: to look a column's
 * kind up again for every cell took two fifths of the time in which lines are written.
 */
export function cellReader(
  column: ExportColumn,
): (user: ExportedUser) => string | number | boolean | null {
  if (column === 'manager') return (user) => user.managerKey;
  if (column === 'sticky') return (user) => user.sticky.join(' ');
  if (column === 'identities') return (user) => JSON.stringify(user.identities);
  if (isAttribute(column) || isUserField(column)) return (user) => user[column] ?? null;
  const key = column.slice('properties.'.length);
  return ({ properties }) => properties[key] ?? null;
}

/** What a line of JSON holds; without columns the complete user. */
export function exportDocument(
  { managerKey: _, ...user }: ExportedUser,
  columns: readonly ExportColumn[] | null,
): object {
  if (columns === null) return user;
  const document: Record<string, unknown> = {};
  const properties: Record<string, PropertyValue> = {};
  for (const column of columns) {
    if (isAttribute(column) || isUserField(column)) {
      document[column] = user[column];
      continue;
    }
    const value = propertyOf(user, column);
    if (value !== undefined) properties[column.slice('properties.'.length)] = value;
    document['properties'] = properties;
  }
  return document;
}

function isAttribute(column: ExportColumn): column is ExportAttribute {
  return ATTRIBUTES.some((name) => name === column);
}

function propertyOf(user: UserView, column: string): PropertyValue | undefined {
  return user.properties[column.slice('properties.'.length)];
}
