import { DELIMITER_NAMES, delimiterOf } from '../../domain/files/delimiters';
import { DEFAULT_KEY, keyIn, type ListKey } from '../../domain/files/listKey';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { RAISABLE, type Gate } from '../../domain/runs/gates';
import {
  ESCAPES,
  IMPORT_DEFAULTS,
  twoRowsOf,
  type ImportOptions,
  type TwoRows,
} from '../../domain/runs/runOptions';
import type { ListOption } from '../../domain/sources/listOptions';
import { keyOfList, requireKey } from '../../store/lifecycle/lists';
import type { RunRow } from '../../store/runs/runs';
import type { SourceRow } from '../../store/sources/sources';
import { selectProperties } from '../../store/users/properties';
import type { OperationContext } from '../context';
import { withKept } from '../sources/keptOptions';
import { resolveMap, type ResolvedMap, withNullWords } from '../sources/mappings';

/**
 * What an actor may set for an import. An absent option is as the list keeps it (`domain/sources/listOptions.ts`),
 * else it has its default.
 */
export interface ImportRequest {
  /** A named list; without it the upload is unnamed and belongs to the source `csv`. */
  readonly source?: string;
  /** Makes the named list when it does not exist. */
  readonly createSource?: boolean;
  readonly dryRun?: boolean;
  readonly missing?: ImportOptions['missing'];
  /** The file holds some people of the list only: a correction, no complete list. */
  readonly partial?: boolean;
  readonly blank?: ImportOptions['blank'];
  readonly create?: boolean;
  readonly update?: ImportOptions['update'];
  readonly delimiter?: string;
  readonly encoding?: string;
  /** Physical line of the header, from 1; without it, it is looked for in the first lines. */
  readonly headerLine?: number;
  /** A backslash makes what follows it text. */
  readonly escape?: ImportOptions['escape'];
  readonly dateFormat?: string;
  /** Words that mean no opinion, such as NULL and N/A, in any case. */
  readonly nullWords?: readonly string[];
  /** As `--map` takes them: names of mappings, `column=field`, `field:"given"=canonical`. */
  readonly map?: readonly string[];
  readonly ignoreUnknown?: boolean;
  /** Which of several rows about one person counts; a list remembers it once the import is applied. */
  readonly twoRows?: TwoRows;
  /** What says who a row of a named list is; the list remembers it once an import is applied. */
  readonly key?: ListKey;
  readonly days?: ImportOptions['days'];
  readonly gates?: Readonly<Partial<Record<Gate, number>>>;
  /** Required with gates. */
  readonly reason?: string;
  /** Options that the list keeps and that this import goes without; the list forgets them, too. */
  readonly without?: readonly ListOption[];
  /** The run whose failed rows this file fixes. */
  readonly retryOf?: string;
}

/**
 * The options of an import: as they are given, else as its list keeps them, else the defaults. A retry goes by
 * the run whose rows it brings again; neither a retry nor a partial file changes what the list keeps.
 */
export async function importOptions(
  context: OperationContext,
  request: ImportRequest,
  o: {
    readonly retryOf: RunRow | null;
    readonly list: { readonly settings: Readonly<Record<string, unknown>> } | null;
  },
): Promise<ImportOptions> {
  const { retryOf, list } = o;
  if (list === null || retryOf !== null) {
    const rule = request.twoRows ?? twoRowsOf(list?.settings ?? {});
    const map = await resolveMap(context, request.map ?? [], request.dateFormat);
    return readingOptions(rule === null ? request : { ...request, twoRows: rule }, map, retryOf);
  }
  const properties =
    (request.map ?? []).length === 0 ? [] : await selectProperties(context.db.pool);
  const kept = withKept(request, { settings: list.settings, properties });
  const { twoRows } = kept.fromList;
  const whole: ImportRequest = {
    ...request,
    ...kept.options,
    ...(twoRows === undefined ? {} : { twoRows }),
  };
  checkFormat(whole);
  const map = await resolveMap(context, whole.map ?? [], whole.dateFormat);
  const typed = await resolveMap(context, request.map ?? []);
  const options = readingOptions(whole, { ...map, written: typed.written }, null);
  return {
    ...options,
    ...(Object.keys(kept.fromList).length === 0 ? {} : { fromList: kept.fromList }),
    ...(request.partial === true || Object.keys(kept.keeps).length === 0
      ? {}
      : { keeps: kept.keeps }),
  };
}

/** The options of an import that a request leads to, its maps resolved. */
export function readingOptions(
  request: ImportRequest,
  map: ResolvedMap,
  retryOf: RunRow | null,
): ImportOptions {
  const { columns, values, dateFormat, nullWords } = withNullWords(
    map.content,
    request.nullWords ?? [],
  );
  const delimiter =
    request.delimiter === undefined ? undefined : requireDelimiter(request.delimiter);
  // A retry has the same columns as the file that it fixes, so it starts from that run's options.
  const before = retryOf === null ? {} : pick(retryOf.options, INHERITED);
  const given = {
    missing: request.partial === true ? 'ignore' : request.missing,
    partial: request.partial === true ? true : undefined,
    blank: request.blank,
    create: request.create,
    update: request.update,
    ignoreUnknown: request.ignoreUnknown,
    twoRows: request.twoRows,
    days: request.days,
    delimiter,
    encoding: request.encoding,
    headerLine: request.headerLine,
    escape: request.escape,
    dateFormat,
    nullWords,
    columns: Object.keys(columns).length > 0 ? columns : undefined,
    requiredColumns: map.written.length > 0 ? map.written : undefined,
    values: Object.keys(values).length > 0 ? values : undefined,
    gates: Object.keys(request.gates ?? {}).length > 0 ? request.gates : undefined,
    gateReason: request.reason,
    retryOf: retryOf?.id,
  };
  return {
    ...IMPORT_DEFAULTS,
    ...before,
    ...pick(given, Object.keys(given)),
    dryRun: request.dryRun === true,
  };
}

/** Not the line of the header: a file with the corrected rows has lines of its own. */
const INHERITED = [
  ...['blank', 'create', 'update', 'ignoreUnknown', 'escape', 'days', 'dateFormat'],
  ...['nullWords', 'columns', 'values', 'twoRows', 'key'],
];

/** The members of `names` that have a value. */
function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
}

/** Options that say how a file is written. */
export type WrittenOptions = Pick<
  ImportOptions,
  'delimiter' | 'encoding' | 'headerLine' | 'escape'
>;

/** Those of a request that were given. @throws Fault usage for a delimiter that is none. */
export function givenFormat(request: Pick<ImportRequest, keyof WrittenOptions>): WrittenOptions {
  const { delimiter, encoding, headerLine, escape } = request;
  return {
    ...(delimiter === undefined ? {} : { delimiter: requireDelimiter(delimiter) }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(headerLine === undefined ? {} : { headerLine }),
    ...(escape === undefined ? {} : { escape }),
  };
}

/** The character that `--delimiter` means. @throws Fault usage. */
function requireDelimiter(given: string): string {
  const delimiter = delimiterOf(given);
  if (delimiter !== undefined) return delimiter;
  throw usage(`"${given}" is no delimiter: ${DELIMITER_NAMES}.`);
}

/** The key by which a list is read, unless it is the code. @throws Fault for a key that it cannot have. */
export async function keyFor(
  context: OperationContext,
  o: {
    readonly request: ImportRequest;
    readonly source: SourceRow | { readonly id: null; readonly name: string };
    readonly options: ImportOptions;
    readonly named: boolean;
  },
): Promise<ImportOptions> {
  const { request, source, options, named } = o;
  const known = source.id === null ? null : await keyOfList(context.db.pool, source);
  if (request.key !== undefined && !named) {
    throw usage('A key belongs to a named list: an unnamed upload knows people by their code.', {
      do: 'importAbsence',
    });
  }
  const wanted = keyIn(request.key ?? options.key ?? known ?? DEFAULT_KEY, options.columns);
  if (source.id !== null && named) await requireKey(context.db.pool, source, wanted);
  const { key: _, ...others } = options;
  return wanted === 'code' ? others : { ...others, key: wanted };
}

export function checkFormat({ headerLine, escape }: ImportRequest): void {
  if (headerLine !== undefined && !(Number.isSafeInteger(headerLine) && headerLine > 0)) {
    throw usage('The line of the header is a whole number from 1.');
  }
  const known: readonly string[] = ESCAPES;
  if (escape !== undefined && !known.includes(escape)) {
    throw usage(`"${escape}" is no escape character: ${ESCAPES.join(', ')}.`);
  }
}

/** @throws Fault usage for a rule without a column or a value. */
export function checkTwoRows(rule: TwoRows | null): void {
  if (rule === null || typeof rule === 'string') return;
  if (rule.column.trim() !== '' && rule.value.trim() !== '') return;
  throw usage('A rule for two rows names a column and its value, such as Primary=yes.');
}

export function checkGates({ gates = {}, reason }: ImportRequest): void {
  const raisable: readonly string[] = RAISABLE;
  for (const [gate, limit] of Object.entries(gates)) {
    if (!raisable.includes(gate)) {
      throw usage(`No setting removes the gate ${gate}; a run that it holds can be approved.`);
    }
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw usage(`The gate ${gate} takes a whole number; it can be raised, not switched off.`);
    }
  }
  if (Object.keys(gates).length > 0 && (reason ?? '').trim() === '') {
    throw usage('Setting a gate needs a reason.', { do: 'importWithReason' });
  }
}

function usage(message: string, next: Next = { do: 'helpImport' }): Fault {
  return new Fault('usage', { code: 'usage', message, next });
}
