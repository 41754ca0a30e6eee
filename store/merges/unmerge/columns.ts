import { USER_FIELDS, USER_FIELD_NAMES } from '../../../domain/users/fields';
import { BESIDE } from '../../users/fieldValue';

/** Columns of a user that a merge may change, by the names that entries and the audit have for them. */
const NAMES: readonly (readonly [column: string, field: string])[] = [
  ...USER_FIELD_NAMES.map((field) => [USER_FIELDS[field].column, field] as const),
  ...Object.entries(BESIDE).map(([field, column]) => [column, field] as const),
  ['merged_into_id', 'mergedInto'],
  ['protected', 'protected'],
  ['sticky', 'sticky'],
];

/** All of them as columns; `properties` is one for all properties. */
export const WRITTEN_COLUMNS: readonly string[] = [
  ...NAMES.map(([column]) => column),
  'properties',
];

/** Columns whose values no two users share. */
export const KEY_COLUMNS = ['code', 'login_key', 'email_key'] as const;

/** SQL: the field of a column; properties are named alike. */
export function fieldOf(column: string): string {
  const whens = NAMES.filter(([name, field]) => name !== field).map(
    ([name, field]) => `when '${name}' then '${field}'`,
  );
  return `case ${column} ${whens.join(' ')} else ${column} end`;
}

/** SQL: the column that decides for columns which only go together: a value and its key, a status and its date. */
export function familyOf(column: string): string {
  return `case when ${column} in ('login_key', 'login_own') then 'login'
    when ${column} = 'email_key' then 'email'
    when ${column} in ('deactivated_at', 'deactivated_reason', 'merged_into_id') then 'status'
    else ${column} end`;
}
