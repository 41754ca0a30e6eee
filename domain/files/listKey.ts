import type { FieldName } from '../users/fields';
import { fieldOfName, normalName } from './columns';

/** The fields that can be the key of a list, the default first. */
export const KEY_FIELDS = ['code', 'email', 'login'] as const;
export type KeyField = (typeof KEY_FIELDS)[number];

/** What says who a row of a list is: a field, or a column of its files. */
export type ListKey = KeyField | { readonly column: string };

export const DEFAULT_KEY: ListKey = KEY_FIELDS[0];

/** The key of a list, from the stored options of a run or the settings of a source. */
export function keyOf({ key }: Readonly<Record<string, unknown>>): ListKey {
  if (typeof key === 'object' && key !== null) {
    const { column } = { column: null, ...key };
    return typeof column === 'string' ? { column } : DEFAULT_KEY;
  }
  return KEY_FIELDS.find((field) => field === key) ?? DEFAULT_KEY;
}

/** The key as `--key` takes it. */
export function keyText(key: ListKey): string {
  return typeof key === 'string' ? key : key.column;
}

/** The key that a text of `--key` means: a field by any of its names, else a column. */
export function keyFrom(text: string): ListKey {
  return keyField(fieldOfName(text, [])) ?? { column: text.trim() };
}

/** The key as a map of columns has it: a column that the map makes a key field is that field. */
export function keyIn(
  key: ListKey,
  columns: Readonly<Record<string, FieldName | '-'>> | undefined,
): ListKey {
  if (typeof key === 'string') return key;
  const name = normalName(key.column);
  const mapped = Object.entries(columns ?? {}).find(([header]) => normalName(header) === name);
  return keyField(mapped === undefined ? fieldOfName(key.column, []) : mapped[1]) ?? key;
}

export function sameKey(one: ListKey, other: ListKey): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return normalName(one.column) === normalName(other.column);
}

function keyField(field: FieldName | '-' | undefined): KeyField | undefined {
  return KEY_FIELDS.find((name) => name === field);
}
