import { Fault } from '../../domain/faults';
import type { FieldName, PropertyDefinition } from '../../domain/users/fields';
import { userKey } from '../../domain/keys';
import { parseMapEntry, splitMapEntries } from '../../domain/files/mapping';
import { shown } from '../../domain/shown';

/** What `--map` holds: names of saved mappings, and columns and values of its own. */
export interface MapSpec {
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, FieldName | '-'>>;
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Parses `--map` arguments: comma lists of saved mappings' names, `column=field`, `column=-` and
 * `field:"given"=canonical`. Faults: `usage`/`bad_map`, also for a column or value that is named
 * twice.
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
    if (entry.kind === 'column') {
      if (columns.has(entry.header)) throw twice(`column ${shown(entry.header)}`);
      columns.set(entry.header, entry.field);
    } else {
      const map = values.get(entry.field) ?? new Map<string, string>();
      const same = [...map.keys()].some((given) => userKey(given) === userKey(entry.given));
      if (same) throw twice(`value ${shown(entry.given)} of ${entry.field}`);
      values.set(entry.field, map.set(entry.given, entry.canonical));
    }
  }
  return {
    names,
    columns: Object.fromEntries(columns),
    values: Object.fromEntries([...values].map(([name, map]) => [name, Object.fromEntries(map)])),
  };
}

function twice(what: string): Fault {
  return new Fault('usage', {
    code: 'bad_map',
    message: `The map names the ${what} twice.`,
    next: 'Name each column and each value once in --map.',
  });
}

/** Names of mappings contain none of the signs of an entry. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text);
}
