import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import { BESIDE } from '../users/fieldValue';
import { pairPrint } from './prints';

/** Column of a user → its name in `changes` of an entry. */
const NAMES: readonly (readonly [column: string, name: string])[] = [
  ...USER_FIELD_NAMES.map((name) => [USER_FIELDS[name].column, name] as const),
  ...Object.entries(BESIDE).map(([name, column]) => [column, name] as const),
  ['sticky', 'sticky'],
  ['protected', 'protected'],
];

/** SQL: the columns of a user that people know, as a jsonb {column: name of the field}. */
export const COLUMN_NAMES = `'${JSON.stringify(
  Object.fromEntries([
    ...USER_FIELD_NAMES.map((name) => [USER_FIELDS[name].column, name]),
    ['sticky', 'sticky'],
    ['protected', 'protected'],
  ]),
)}'::jsonb`;

/**
 * SQL: `changes` of a merge's entry, as far as they are known before it has a number: fields of the survivor
 * and properties as [old, new], keys of enrollments, credits and identities, and `shown`. From the aliases p
 * (`pair`), f (`survivor_patch`, `survivor_row`) and r (`changes` of its records).
 */
export const PLANNED_CHANGES = `
  (select coalesce(jsonb_object_agg(n.name, jsonb_build_array(f.survivor_row -> k.key, k.value)), '{}')
    from jsonb_each(f.survivor_patch) k
    join (values ${NAMES.map(([column, name]) => `('${column}', '${name}')`).join(', ')}) n(col, name)
      on n.col = k.key)
  || coalesce((select jsonb_object_agg('properties.' || key, jsonb_build_array(old, next)) from (
      select key, f.survivor_row -> 'properties' -> key as old, f.survivor_patch -> 'properties' -> key as next
      from (select jsonb_object_keys(f.survivor_patch -> 'properties') as key
        union select jsonb_object_keys(f.survivor_row -> 'properties')) k) v
    where f.survivor_patch ? 'properties' and old is distinct from next), '{}')
  || coalesce(r.changes, '{}')
  || jsonb_build_object('shown', jsonb_build_array(null, ${pairPrint('p')}))`;
