import { columnOfField, fieldOfName, isReportColumn, nearestColumn, normalName } from './columns';
import { Fault } from './faults';
import type { FieldName, PropertyDefinition } from './fields';
import { userKey } from './keys';

/** A column of a file: the field it fills, or null when it is passed over. */
export interface ReadColumn {
  /** 0-based place in the row. */
  readonly index: number;
  readonly header: string;
  readonly field: FieldName | null;
}

/** A message about the file as a whole. */
export interface HeaderMessage {
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

/** What a person says about columns: header → field, or `-` to pass it over. */
export type ColumnMap = Readonly<Record<string, FieldName | '-'>>;

export interface HeaderInput {
  readonly header: readonly string[];
  /** Physical line of the header. */
  readonly line: number;
  readonly columns: ColumnMap | undefined;
  readonly ignoreUnknown: boolean;
  readonly properties: readonly PropertyDefinition[];
}

/**
 * What each column of a header means. An explicit map goes before names and aliases.
 *
 * @throws Fault `refused_file`: `unknown_column`, `repeated_column`, `no_key_column`, `unknown_field`.
 */
export function resolveHeader(input: HeaderInput): {
  columns: ReadColumn[];
  messages: HeaderMessage[];
} {
  const messages: HeaderMessage[] = [];
  const mapped = columnMap(input);
  const columns = input.header.map((cell, index): ReadColumn => {
    const header = cell.trim();
    const field = mapped.take(header) ?? (isReportColumn(header) ? '-' : undefined);
    const found = field ?? fieldOfName(header, input.properties);
    if (found === undefined) messages.push(unknownColumn(input, header, index));
    return { index, header, field: found === undefined || found === '-' ? null : found };
  });
  refuseRepeated(columns, input.line);
  refuseKeyless(columns, input.line);
  return { columns, messages: [...messages, ...mapped.unused()] };
}

/** Looks a header up in the explicit map: as written, then by its normal form. */
function columnMap(input: HeaderInput): {
  take: (header: string) => FieldName | '-' | undefined;
  unused: () => HeaderMessage[];
} {
  const entries = Object.entries(input.columns ?? {});
  for (const [header, field] of entries) requireField(header, field, input.properties);
  const exact = new Map(entries.map(([header, field]) => [header.trim(), { header, field }]));
  const byName = new Map(entries.map(([header, field]) => [normalName(header), { header, field }]));
  const used = new Set<string>();
  return {
    take: (header) => {
      const name = normalName(header);
      const found = exact.get(header) ?? (name === '' ? undefined : byName.get(name));
      if (found !== undefined) used.add(found.header);
      return found?.field;
    },
    unused: () =>
      entries
        .filter(([header]) => !used.has(header))
        .map(([header]) => ({
          line: input.line,
          column: header,
          code: 'mapped_column_absent',
          message: `The map names a column ${shown(header)} that the file does not have.`,
        })),
  };
}

function requireField(
  header: string,
  field: FieldName | '-',
  properties: readonly PropertyDefinition[],
): void {
  if (field === '-' || fieldOfName(field, properties) === field) return;
  throw new Fault('refused_file', {
    code: 'unknown_field',
    message: `The map sends column ${shown(header)} to ${shown(field)}, which is no field.`,
    next: 'See `rollcall import columns` for the fields, and `rollcall properties` to declare one.',
  });
}

/** @throws Fault unless unknown columns are to be passed over; then the message that says so. */
function unknownColumn(input: HeaderInput, header: string, index: number): HeaderMessage {
  if (input.ignoreUnknown) {
    return {
      line: input.line,
      column: header,
      code: 'ignored_column',
      message: `Column ${shown(header)} is not known and was passed over.`,
    };
  }
  if (header === '') {
    throw new Fault('refused_file', {
      code: 'unknown_column',
      message: `Line ${String(input.line)}: column ${String(index + 1)} has no name.`,
      next: 'Name it, take it out, or pass --ignore-unknown.',
    });
  }
  const near = nearestColumn(header, input.properties);
  throw new Fault('refused_file', {
    code: 'unknown_column',
    message:
      `Line ${String(input.line)}: column ${shown(header)} is not known` +
      (near === undefined ? '.' : `; the nearest known name is ${shown(near)}.`),
    next:
      (isPasteable(header)
        ? `Rename it, map it (--map ${mapArgument(header, near ?? 'FIELD')}), pass it over ` +
          `(--map ${mapArgument(header, '-')}, or --ignore-unknown for all); `
        : 'Rename it, or pass it over (--ignore-unknown); ') +
      '`rollcall import columns` lists the known names.',
  });
}

function refuseRepeated(columns: readonly ReadColumn[], line: number): void {
  const seen = new Map<FieldName, ReadColumn>();
  for (const column of columns) {
    if (column.field === null) continue;
    const first = seen.get(column.field);
    if (first !== undefined) {
      throw new Fault('refused_file', {
        code: 'repeated_column',
        message:
          `Line ${String(line)}: columns ${String(first.index + 1)} (${shown(first.header)}) and ` +
          `${String(column.index + 1)} (${shown(column.header)}) both are ` +
          `${columnOfField(column.field)}.`,
        next:
          first.header === column.header || !isPasteable(column.header)
            ? 'Take one of them out.'
            : `Take one of them out, or pass it over: --map ${mapArgument(column.header, '-')}.`,
      });
    }
    seen.set(column.field, column);
  }
}

function refuseKeyless(columns: readonly ReadColumn[], line: number): void {
  if (columns.some(({ field }) => field === 'code' || field === 'login' || field === 'email')) {
    return;
  }
  throw new Fault('refused_file', {
    code: 'no_key_column',
    message: `Line ${String(line)}: no column says who a row is: code, login or email.`,
    next: 'Add one, or map the one that does: --map HEADER=code.',
  });
}

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
 * Understands one entry of `--map`: `header=field`, `header=-`, or `field:value=canonical`, each
 * part in double quotes where it holds `=`, `:` or a comma.
 *
 * @throws Fault `usage`/`bad_map`.
 */
export function parseMapEntry(text: string, properties: readonly PropertyDefinition[]): MapEntry {
  const part = '("(?:[^"]|"")*"|[^"=:]*)';
  const match = new RegExp(
    `^\\s*${part}\\s*(?::\\s*${part}\\s*)?=\\s*("(?:[^"]|"")*"|[^"=]*)$`,
  ).exec(text);
  if (match === null) throw badMap(text, 'it is not header=field or field:value=canonical');
  const [left, given, right] = [match[1] ?? '', match[2], bare(match[3] ?? '')];
  if (given === undefined) {
    const field = right === '-' ? right : fieldOfName(right, properties);
    if (field === undefined) throw badMap(text, `${shown(right)} is no field`);
    return { kind: 'column', header: bare(left), field };
  }
  const field = fieldOfName(bare(left), properties);
  if (field === undefined) throw badMap(text, `${shown(bare(left))} is no field`);
  return { kind: 'value', field, given: bare(given), canonical: right };
}

/** A list of map entries as one argument writes it, split at commas outside quotes. */
export function splitMapEntries(text: string): string[] {
  const entries = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

/** A value map of one field as it is looked up: given values by {@link userKey}. */
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

function bare(part: string): string {
  const text = part.trim();
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}

/** Characters of a text that a message repeats. */
const MOST_SHOWN = 60;

/**
 * True for text of a file that may stand in a command which somebody copies: none that would end its
 * quotes and begin another command, none that cannot be seen or goes on and on.
 */
export function isPasteable(text: string): boolean {
  return text.length <= MOST_SHOWN && !/['\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function mapArgument(header: string, field: string): string {
  const plain = /^[\p{L}\p{N}._-]+$/u.test(header);
  return plain ? `${header}=${field}` : `'"${header.replaceAll('"', '""')}"=${field}'`;
}

/**
 * A text in quotes for a message: cut where it is long (between characters, as half of one is no
 * text), and with escapes for what cannot be seen, such as control characters, zero-width spaces and
 * turns of direction.
 */
export function shown(text: string): string {
  const cut =
    text.length > MOST_SHOWN
      ? `${text.slice(0, MOST_SHOWN - 1).replace(/[\ud800-\udbff]$/, '')}…`
      : text;
  return JSON.stringify(cut).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
}
