import { columnOfField, fieldOfName, nearestColumn } from './columns';
import { Fault } from '../faults';
import type { FieldName, PropertyDefinition } from '../users/fields';
import { userKey } from '../keys';
import { isPasteable, shown } from '../shown';

/** One entry of `--map`: a column (`Name=display_name`, `Notes=-`) or a value. */
export type MapEntry =
  | { readonly kind: 'column'; readonly header: string; readonly field: FieldName | '-' }
  | {
      readonly kind: 'value';
      readonly field: FieldName;
      readonly given: string;
      readonly canonical: string;
    };

/**
 * Parses one entry of `--map`: `header=field`, `header=-`, or `field:value=canonical`, each part in
 * double quotes where it holds `=`, `:` or a comma.
 *
 * @throws Fault `usage`/`bad_map`.
 */
export function parseMapEntry(text: string, properties: readonly PropertyDefinition[]): MapEntry {
  const part = '("(?:[^"]|"")*"|[^"=:]*)';
  const match = new RegExp(
    `^\\s*${part}\\s*(?::\\s*${part}\\s*)?=\\s*("(?:[^"]|"")*"|[^"=]*)$`,
  ).exec(text);
  if (match === null) throw badMap(text, 'it is not header=field or field:value=canonical');
  const [left, given, right] = [bare(match[1] ?? ''), match[2], bare(match[3] ?? '')];
  if (given === undefined) {
    if (left === '') throw badMap(text, 'it names no column');
    const field = right === '-' ? right : fieldOfName(right, properties);
    if (field === undefined) throw noField(text, { name: right, header: left, properties });
    return { kind: 'column', header: left, field };
  }
  const field = fieldOfName(left, properties);
  if (field === undefined) throw noField(text, { name: left, properties });
  return { kind: 'value', field, given: bare(given), canonical: right };
}

/** The entries of one `--map` argument, split at commas outside quotes. */
export function splitMapEntries(text: string): string[] {
  const entries = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

/** The value map of one field, ready for look-ups: source values by {@link userKey}. */
export function valueMap(
  values: Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, string> | undefined {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return undefined;
  return new Map(entries.map(([given, canonical]) => [userKey(given), canonical.trim()]));
}

function badMap(text: string, why: string): Fault {
  return new Fault('usage', {
    code: 'bad_map',
    message: `The map entry ${shown(text)} is not understood: ${why}.`,
    next: 'Write --map "Known as=display_name", --map Notes=-, or --map \'status:"On leave"=active\'.',
  });
}

/**
 * The fault of an entry that names an unknown field. It offers the nearest field, the command that
 * declares a property, or the entry with its sides swapped.
 */
function noField(
  text: string,
  o: {
    readonly name: string;
    /** The other side of a column's entry. */
    readonly header?: string;
    readonly properties: readonly PropertyDefinition[];
  },
): Fault {
  const near = nearestColumn(o.name, o.properties)?.column;
  const swapped = o.header === undefined ? undefined : fieldOfName(o.header, o.properties);
  return new Fault('usage', {
    code: 'bad_map',
    message:
      `The map entry ${shown(text)} is not understood: ${shown(o.name)} is no field` +
      (near === undefined ? '.' : `; the nearest is ${near}.`),
    next: {
      do: 'mapToField',
      name: o.name,
      ...(swapped !== undefined && isPasteable(o.name) ? { swapped: columnOfField(swapped) } : {}),
    },
  });
}

function bare(part: string): string {
  const text = part.trim();
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}
