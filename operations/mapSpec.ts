import type { FieldName, PropertyDefinition } from '../domain/fields';
import { parseMapEntry, splitMapEntries } from '../domain/mapping';

/** What `--map` says: names of saved mappings, columns and values of its own. */
export interface MapSpec {
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, FieldName | '-'>>;
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Reads `--map` arguments: comma lists of saved mappings' names, `column=field`, `column=-` and
 * `field:"given"=canonical`. Later ones win. Faults: `usage`/`bad_map`.
 */
export function parseMap(
  given: readonly string[],
  properties: readonly PropertyDefinition[],
): MapSpec {
  const names: string[] = [];
  const columns = new Map<string, FieldName | '-'>();
  const values = new Map<string, Map<string, string>>();
  for (const text of given.flatMap(splitMapEntries)) {
    if (isName(text)) {
      names.push(text);
      continue;
    }
    const entry = parseMapEntry(text, properties);
    if (entry.kind === 'column') columns.set(entry.header, entry.field);
    else {
      const map = values.get(entry.field) ?? new Map<string, string>();
      values.set(entry.field, map.set(entry.given, entry.canonical));
    }
  }
  return {
    names,
    columns: Object.fromEntries(columns),
    values: Object.fromEntries([...values].map(([name, map]) => [name, Object.fromEntries(map)])),
  };
}

/** Names of mappings have none of the signs of an entry. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text);
}
