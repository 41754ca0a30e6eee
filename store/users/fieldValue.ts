import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';

/** Written beside a field in `changes` of an entry, never shown. */
export const BESIDE = {
  loginKey: 'login_key',
  loginOwn: 'login_own',
  emailKey: 'email_key',
  deactivatedAt: 'deactivated_at',
  deactivatedReason: 'deactivated_reason',
} as const;
/** Of a merge: the hash of what was shown, and what its application goes by. */
export const MERGE_KEYS = ['shown', 'merging'] as const;
/** Written beside fields, and the day or the merge that an entry is about: never shown. */
export const HIDDEN_FIELDS: readonly string[] = [...Object.keys(BESIDE), 'due', ...MERGE_KEYS];

const COLUMNS: readonly (readonly [name: string, column: string])[] = [
  ...USER_FIELD_NAMES.map((name) => [name, USER_FIELDS[name].column] as const),
  ...Object.entries(BESIDE),
  ['sticky', 'sticky'],
];

/**
 * SQL: the value that the user (alias u) has of a field of `changes` (alias e of `jsonb_each`), as
 * jsonb. `identity` and `due` are not columns of the user: parameters say how to find them.
 */
export function fieldValue(o: { readonly identity: string; readonly due: string }): string {
  return `case e.key
  ${COLUMNS.map(([name, column]) => `when '${name}' then to_jsonb(u.${column})`).join('\n  ')}
  when 'identity' then ${o.identity}
  when 'due' then ${o.due}
  else u.properties -> substr(e.key, 12) end`;
}
