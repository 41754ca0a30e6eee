import {
  columnOfField,
  fieldOfName,
  isBareName,
  isReportColumn,
  nearestColumn,
  nearestHeader,
  normalName,
  type NearColumn,
} from '../../domain/files/columns';
import { factText } from '../../domain/files/rowFaults';
import type { NewMessage } from '../../domain/runs/messages';
import { Fault } from '../../domain/faults';
import type { NextOf } from '../../domain/next';
import type { FieldName, PropertyDefinition } from '../../domain/users/fields';
import { mapArgument } from '../../domain/runs/offers';
import { isPasteable, listed, shortened, shown } from '../../domain/shown';

/** A column of a file: the field that it fills, or null when it is passed over. */
export interface ReadColumn {
  /** 0-based place in the row. */
  readonly index: number;
  readonly header: string;
  readonly field: FieldName | null;
}

/** What the import's options say about columns: header → field, or `-` to pass it over. */
export type ColumnMap = Readonly<Record<string, FieldName | '-'>>;

export interface HeaderInput {
  readonly header: readonly string[];
  /** Physical line of the header. */
  readonly line: number;
  readonly columns: ColumnMap | undefined;
  /** Headers of `columns` that the file must have; those of a saved mapping may be missing. */
  readonly requiredColumns?: readonly string[];
  readonly ignoreUnknown: boolean;
  /** True when a column that fills no field says who a row is. */
  readonly hasKey?: boolean;
  /** A later line that looks more like a header; `null`: none does. */
  readonly likelyLine?: number | null;
  readonly properties: readonly PropertyDefinition[];
}

/** Columns that one message names; the others are counted. */
const MAX_NAMED = 12;

/**
 * What each column of a header means. An explicit map goes before names and aliases.
 *
 * @throws Fault `refused_file`: `unknown_column` (all of them in one fault),
 * `mapped_column_absent`, `repeated_column`, `no_key_column`, `unknown_field`.
 */
export function resolveHeader(input: HeaderInput): {
  columns: ReadColumn[];
  messages: NewMessage[];
} {
  const mapped = columnMap(input);
  const unknown: ReadColumn[] = [];
  const named = input.header.map((cell, index): Named => {
    const header = cell.trim();
    const wanted = mapped.take(header, index);
    const field = wanted ?? (isReportColumn(header) ? '-' : fieldOfName(header, input.properties));
    const column = { index, header, field: field === undefined || field === '-' ? null : field };
    // A column without a name may be there as long as it is empty; the rows decide about that.
    if (field === undefined && (header !== '' || input.ignoreUnknown)) unknown.push(column);
    return { ...column, mapped: wanted !== undefined };
  });
  const columns = withLastName(named);
  const absent = mapped.unused();
  refuseAbsent(input, absent);
  if (unknown.length > 0 && !input.ignoreUnknown) throw unknownColumns(input, columns, unknown);
  refuseRepeated(columns, input.line);
  refuseKeyless(columns, input);
  return {
    columns,
    messages: [
      ...unknown.map((column) => ignoredColumn(column, input.line)),
      ...absent.map((header) => absentColumn(header, input.line)),
    ],
  };
}

interface Named extends ReadColumn {
  /** True when the explicit map gives the meaning. */
  readonly mapped: boolean;
}

/** A bare `Name` is the full name; beside first names without a last name it is the last name. */
function withLastName(columns: readonly Named[]): ReadColumn[] {
  const fields = new Set(columns.map(({ field }) => field));
  const isLast = fields.has('firstName') && !fields.has('lastName');
  return columns.map(({ mapped, ...column }) =>
    isLast && !mapped && isBareName(column.header) ? { ...column, field: 'lastName' } : column,
  );
}

/**
 * Looks a header up in the explicit map: by its place (`#3`), where no header is written so; as
 * written; then by its normal form.
 */
function columnMap(input: HeaderInput): {
  take: (header: string, index: number) => FieldName | '-' | undefined;
  /** Headers of the map that no column matched. */
  unused: () => string[];
} {
  const entries = Object.entries(input.columns ?? {});
  for (const [header, field] of entries) requireField(header, field, input.properties);
  const exact = new Map(entries.map(([header, field]) => [header.trim(), { header, field }]));
  const there = new Set(input.header.map((cell) => cell.trim()));
  // A header that the file has as written means that column alone, not another similar spelling.
  const loose = entries.filter(
    ([header]) => !there.has(header.trim()) && !/^#\d+$/.test(header.trim()),
  );
  const byName = new Map(loose.map(([header, field]) => [normalName(header), { header, field }]));
  const used = new Set<string>();
  return {
    take: (header, index) => {
      const name = normalName(header);
      const place = `#${String(index + 1)}`;
      const found =
        (there.has(place) ? undefined : exact.get(place)) ??
        exact.get(header) ??
        (name === '' ? undefined : byName.get(name));
      if (found !== undefined) used.add(found.header);
      return found?.field;
    },
    unused: () => entries.map(([header]) => header).filter((header) => !used.has(header)),
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
    next: { do: 'declareField', field },
  });
}

function ignoredColumn({ index, header }: ReadColumn, line: number): NewMessage {
  const facts = { place: index + 1, header: factText(header) };
  return { line, column: shortened(header), code: 'ignored_column', facts };
}

function absentColumn(header: string, line: number): NewMessage {
  const facts = { header: factText(header) };
  return { line, column: shortened(header), code: 'mapped_column_absent', facts };
}

/** A column that the request itself names must be in the file; otherwise it is a slip. */
function refuseAbsent(input: HeaderInput, absent: readonly string[]): void {
  const headers = input.header.map((cell) => cell.trim());
  const wrong = absent
    .filter((header) => input.requiredColumns?.includes(header))
    .map((header) => ({ header, near: nearestHeader(header, headers) }));
  if (wrong.length === 0) return;
  const reported = wrong.map(
    ({ header, near }) =>
      shown(header) + (near === undefined ? '' : ` (nearest: ${place(near, headers[near] ?? '')})`),
  );
  const nearOf = new Map(wrong.map(({ header, near = -1 }) => [header, headers[near]]));
  const meant = writtenMap(input).map(([header, column]) => [
    nearOf.has(header) ? nearOf.get(header) : header,
    column,
  ]);
  const offered = meant.filter((entry): entry is [string, string] => isOffer(entry[0]));
  throw new Fault('refused_file', {
    code: 'mapped_column_absent',
    message:
      `The map names ${wrong.length === 1 ? 'a column' : `${String(wrong.length)} columns`} ` +
      `that the file does not have: ${listed(reported, MAX_NAMED)}. Line ${String(input.line)} has: ` +
      `${listed(headers.map(shown), MAX_NAMED)}.`,
    next:
      offered.length === meant.length
        ? { do: 'mapNearest', map: offered }
        : 'Write the column in --map as the file does, or leave it out of --map.',
  });
}

/** The columns that the request itself maps, as it would write them. */
function writtenMap({ columns = {}, requiredColumns = [] }: HeaderInput): [string, string][] {
  const fields = new Map(Object.entries(columns));
  return requiredColumns.flatMap((header): [string, string][] => {
    const field = fields.get(header);
    return field === undefined ? [] : [[header, field === '-' ? field : columnOfField(field)]];
  });
}

function isOffer(header: string | undefined): boolean {
  return header !== undefined && header !== '' && isPasteable(header);
}

/** A column by its number, from 1, and its name. */
function place(index: number, header: string): string {
  return `${String(index + 1)} ${header === '' ? 'without a name' : shown(header)}`;
}

interface Unknown {
  readonly column: ReadColumn;
  /** The known column that is probably meant and that no other column of the file already is. */
  readonly near: NearColumn | undefined;
}

/** All unknown columns at once, and one `--map` with a place for each. */
function unknownColumns(
  input: HeaderInput,
  columns: readonly ReadColumn[],
  unknown: readonly ReadColumn[],
): Fault {
  const taken = new Set(
    columns.flatMap(({ field }) => (field === null ? [] : [columnOfField(field)])),
  );
  const reported = unknown.slice(0, MAX_NAMED).map((column): Unknown => {
    const near = nearestColumn(column.header, input.properties, taken);
    if (near?.sure === true) taken.add(near.column);
    return { column, near };
  });
  const keyless =
    input.hasKey !== true && !['code', 'login', 'email'].some((column) => taken.has(column));
  return new Fault('refused_file', {
    code: 'unknown_column',
    message:
      `Line ${String(input.line)}: ${whichAreUnknown(reported, unknown.length)}` +
      (keyless ? ' Nor does a column say who a row is: code, login or email.' : ''),
    next:
      input.likelyLine == null
        ? whatToDoAboutUnknown(input, { reported, count: unknown.length, keyless })
        : { do: 'importFromLine', line: input.likelyLine },
  });
}

function whichAreUnknown(reported: readonly Unknown[], count: number): string {
  const [only] = reported;
  if (count === 1 && only !== undefined) {
    const { column, near } = only;
    return (
      `column ${place(column.index, column.header)} is not known` +
      (near === undefined ? '.' : `; the nearest known name is ${near.column}.`)
    );
  }
  const names = reported.map(
    ({ column, near }) =>
      place(column.index, column.header) + (near === undefined ? '' : ` (nearest: ${near.column})`),
  );
  const more = count - reported.length;
  return (
    `${String(count)} columns are not known: ${names.join(', ')}` +
    (more > 0 ? ` and ${String(more)} more.` : '.')
  );
}

function whatToDoAboutUnknown(
  input: HeaderInput,
  o: { readonly reported: readonly Unknown[]; readonly count: number; readonly keyless: boolean },
): NextOf<'placeColumns'> {
  const { reported, count, keyless } = o;
  const written = writtenMap(input).filter(([header]) => isOffer(header));
  const mapped = reported
    .filter(({ column: { header } }) => isOffer(header))
    .map(({ column: { header }, near }) => [header, nameOf(near)] as const);
  const kept = reported.find(({ column, near }) => near?.sure !== true && isOffer(column.header));
  return {
    do: 'placeColumns',
    map: mapped.length === 0 ? [] : [...written, ...mapped],
    columns: count,
    keyless,
    property: (kept ?? reported[0])?.column.header ?? null,
  };
}

function nameOf(near: NearColumn | undefined): string | null {
  return near?.sure === true ? near.column : null;
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
          'Take one of them out, or pass it over: --map ' +
          mapArgument([
            first.header === column.header || !isPasteable(column.header)
              ? [`#${String(column.index + 1)}`, '-']
              : [column.header, '-'],
          ]),
      });
    }
    seen.set(column.field, column);
  }
}

function refuseKeyless(columns: readonly ReadColumn[], input: HeaderInput): void {
  if (input.hasKey === true) return;
  if (columns.some(({ field }) => field === 'code' || field === 'login' || field === 'email')) {
    return;
  }
  const { line, likelyLine: likely = null } = input;
  throw new Fault('refused_file', {
    code: 'no_key_column',
    message: `Line ${String(line)}: no column says who a row is: code, login or email.`,
    next:
      likely === null
        ? 'Add one, or map the one that does: --map HEADER=code.'
        : { do: 'importFromLine', line: likely },
  });
}

/** The refusal of a file with a value in a column that has no name. `place`: of the column, from 0. */
export function unnamedValue(place: number, line: number): Fault {
  return new Fault('refused_file', {
    code: 'unknown_column',
    message: `Line ${String(line)}: column ${String(place + 1)} has a value, but no name in the header.`,
    next: { do: 'placeColumns', map: [], columns: 1, keyless: false, property: null },
  });
}

/** A column of a file that an option names, such as `--key` and `--two-rows`. */
export interface OptionColumn {
  /** Its place, from 0; -1: the file does not have it. */
  readonly at: number;
  /** The map of columns, in which the column may be one that is not imported. */
  readonly columns: ColumnMap | undefined;
}

/** Finds a column by its header as written, then by its normal form. */
export function optionColumn(
  column: string,
  o: {
    readonly columns: ColumnMap | undefined;
    readonly header: readonly string[];
    readonly properties: readonly PropertyDefinition[];
  },
): OptionColumn {
  const exact = o.header.findIndex((cell) => cell.trim() === column.trim());
  const name = normalName(column);
  const at = exact >= 0 ? exact : o.header.findIndex((cell) => normalName(cell) === name);
  const mapped = Object.keys(o.columns ?? {}).some((header) => normalName(header) === name);
  const isKnown = mapped || fieldOfName(column, o.properties) !== undefined;
  return { at, columns: isKnown && at >= 0 ? o.columns : { ...o.columns, [column]: '-' } };
}
