import { DELIMITER_NAMES, delimiterOf } from '../../domain/files/delimiters';
import { keyIn, keyOf, sameKey, type ListKey } from '../../domain/files/listKey';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { databaseFault, isPassing } from '../../domain/passing';
import { requirePermission } from '../../domain/permissions';
import { RAISABLE, type Gate } from '../../domain/runs/gates';
import type { RunKind } from '../../domain/runs/run';
import {
  ESCAPES,
  IMPORT_DEFAULTS,
  twoRowsOf,
  type ImportOptions,
  type TwoRows,
} from '../../domain/runs/runOptions';
import { isSourceName, SOURCE_NAME_RULE } from '../../domain/sources/sourceName';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { knowsPeople, otherKey } from '../../store/lifecycle/lists';
import { storeFile } from '../../store/reads/files';
import { createRun, findRun, runOfFile, type RunRow } from '../../store/runs/runs';
import {
  createListSource,
  CSV_SOURCE_ID,
  findSource,
  type SourceRow,
} from '../../store/sources/sources';
import type { OperationContext } from '../context';
import { resolveMap, type ResolvedMap, withNullWords } from '../sources/mappings';
import { refuseForgotten } from './forgotten';

/** A recorded run whose workflow has yet to be started. */
export interface StartedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
}

/** What an actor may set for an import; every absent option has its default. */
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
  /** The run whose failed rows this file fixes. */
  readonly retryOf?: string;
}

export interface ImportFile {
  /** The name that reports show, without its folder. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly maxBytes: number;
}

/** A request that was checked: from here on only its file can be refused. */
export interface PreparedImport {
  readonly source: SourceRow | { readonly id: null; readonly name: string };
  readonly options: ImportOptions;
  readonly retryOfId: string | null;
}

/** Checks a request before any byte of its file is read. */
export async function prepareImport(
  context: OperationContext,
  request: ImportRequest,
): Promise<PreparedImport> {
  requirePermission(context.level, 'imports.create');
  const retryOf = request.retryOf === undefined ? null : await retried(context, request.retryOf);
  const source = await chooseSource(context, request, retryOf);
  const named = source.id === null || source.kind === 'list';
  if (request.missing === 'deactivate' && retryOf !== null) {
    throw usage('A retry holds some rows only: nobody is absent from it. Leave --missing out.');
  }
  if (request.missing === 'deactivate' && !named) {
    throw usage('Absence needs a named list: an unnamed upload does not say who should be in it.', {
      do: 'importAbsence',
    });
  }
  if (request.missing === 'deactivate' && request.partial === true) {
    throw usage(
      'A file that is partial holds some people only: nobody is absent from it. Leave --missing or --partial out.',
    );
  }
  checkGates(request);
  checkFormat(request);
  const rule = request.twoRows ?? (source.id === null ? null : twoRowsOf(source.settings));
  checkTwoRows(rule);
  const options = await optionsOf(
    context,
    rule === null ? request : { ...request, twoRows: rule },
    retryOf,
  );
  return {
    source,
    options: { ...options, ...(await keyFor(context, { request, source, options, named })) },
    retryOfId: retryOf?.id ?? null,
  };
}

/** The key by which a list is read, unless it is the code. @throws Fault for a key that it cannot have. */
async function keyFor(
  context: OperationContext,
  o: {
    readonly request: ImportRequest;
    readonly source: PreparedImport['source'];
    readonly options: ImportOptions;
    readonly named: boolean;
  },
): Promise<Pick<ImportOptions, 'key'>> {
  const { request, source, options, named } = o;
  const known = source.id === null ? null : keyOf(source.settings);
  if (request.key !== undefined && !named) {
    throw usage('A key belongs to a named list: an unnamed upload knows people by their code.', {
      do: 'importAbsence',
    });
  }
  const wanted = keyIn(request.key ?? known ?? keyOf({}), options.columns);
  if (source.id !== null && known !== null && named && !sameKey(known, wanted)) {
    if (await knowsPeople(context.db.pool, source.id)) {
      throw otherKey({ list: source.name, known, wanted });
    }
  }
  return wanted === 'code' ? {} : { key: wanted };
}

/**
 * Stores the file, then records the run. Records nothing when the file could not be read.
 * @throws Fault unavailable when the database went away and nothing was recorded.
 */
export async function createImport(
  context: OperationContext,
  o: { readonly prepared: PreparedImport; readonly file: ImportFile },
): Promise<StartedRun> {
  requirePermission(context.level, 'imports.create');
  const state: { fileId: string | undefined } = { fileId: undefined };
  try {
    const { fileId } = await storeFile(context.db, o.file);
    state.fileId = fileId;
    return await record(context, { prepared: o.prepared, fileId });
  } catch (error) {
    if (!isPassing(error) && !(error instanceof Fault && error.kind === 'unavailable')) throw error;
    // The connection may have broken between the commit and its answer.
    const run = state.fileId === undefined ? null : await recorded(context, state.fileId);
    if (run !== null) return { ...run, kind: 'import' };
    throw nothingImported(error);
  }
}

/** How long to wait for a restarting database that knows whether a run was recorded. */
const LEARN_MS = 30_000;

async function recorded(
  context: OperationContext,
  fileId: string,
): Promise<{ runId: string; workflowId: string } | null> {
  const until = Date.now() + LEARN_MS;
  for (;;) {
    try {
      return await runOfFile(context.db, fileId);
    } catch (error) {
      if (!isPassing(error) || Date.now() > until) throw error;
    }
    await sleep(250);
  }
}

function nothingImported(cause: unknown): Fault {
  const fault = cause instanceof Fault ? cause : databaseFault(cause);
  if (fault !== undefined && fault.code !== 'database_unavailable') {
    const message = `${fault.message} The import was not recorded: nothing was imported.`;
    return new Fault(fault.kind, { code: fault.code, message, next: fault.next, cause });
  }
  return new Fault('unavailable', {
    code: 'database_unavailable',
    message: 'The database went away before the import was recorded: nothing was imported.',
    next: { do: 'importOnceUp' },
    cause,
  });
}

async function record(
  context: OperationContext,
  o: { readonly prepared: PreparedImport; readonly fileId: string },
): Promise<StartedRun> {
  const { prepared, fileId } = o;
  return transaction(context.db, async (tx) => {
    const { source } = prepared;
    const sourceId = source.id ?? (await createListSource(tx, source.name)).id;
    if (source.id === null) {
      await audit(tx, {
        actorId: context.actorId,
        action: 'source.create',
        subjectType: 'source',
        subjectId: sourceId,
      });
    }
    const run = await createRun(tx, {
      kind: 'import',
      sourceId,
      actorId: context.actorId,
      options: prepared.options,
      dryRun: prepared.options.dryRun,
      fileId,
      ...(prepared.retryOfId === null ? {} : { retryOfId: prepared.retryOfId }),
    });
    await audit(tx, {
      actorId: context.actorId,
      action: 'run.import',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
    });
    return { ...run, kind: 'import' };
  });
}

/** True when a source of this name exists. */
export async function sourceExists(context: OperationContext, name: string): Promise<boolean> {
  return (await findSource(context.db.pool, name)) !== null;
}

async function retried(context: OperationContext, prefix: string): Promise<RunRow> {
  const run = await findRun(context.db, prefix);
  refuseForgotten(run);
  if (run.kind === 'import') return run;
  throw new Fault('state', {
    code: 'not_an_import',
    message: `Run ${run.id} is no import: it has no rows to mend.`,
    next: { do: 'listRuns' },
  });
}

async function chooseSource(
  context: OperationContext,
  request: ImportRequest,
  retryOf: RunRow | null,
): Promise<PreparedImport['source']> {
  const name = request.source ?? retryOf?.source ?? 'csv';
  if (retryOf !== null && name !== retryOf.source) {
    throw usage(
      `Run ${retryOf.id} belongs to the source "${retryOf.source}"; its rows are mended there.`,
    );
  }
  const found = await findSource(context.db.pool, name);
  if (found !== null && (found.kind === 'list' || found.id === CSV_SOURCE_ID)) return found;
  if (found !== null) {
    throw new Fault('state', {
      code: 'not_a_list',
      message: `The source "${name}" takes no files.`,
      next: 'Choose another name for this list.',
    });
  }
  if (!isSourceName(name)) {
    throw usage(`"${name}" is no name for a list: ${SOURCE_NAME_RULE}.`);
  }
  if (request.createSource === true) return { id: null, name };
  throw new Fault('usage', {
    code: 'unknown_source',
    message: `There is no list "${name}" yet; --yes makes it.`,
    next: { do: 'importNewList', source: name },
  });
}

function checkFormat({ headerLine, escape }: ImportRequest): void {
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

function checkGates({ gates = {}, reason }: ImportRequest): void {
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

async function optionsOf(
  context: OperationContext,
  request: ImportRequest,
  retryOf: RunRow | null,
): Promise<ImportOptions> {
  const map = await resolveMap(context, request.map ?? [], request.dateFormat);
  return readingOptions(request, map, retryOf);
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
  ...['nullWords', 'columns', 'values', 'twoRows'],
];

/** The members of `names` that have a value. */
function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
}

function requireDelimiter(given: string): string {
  const delimiter = delimiterOf(given);
  if (delimiter !== undefined) return delimiter;
  throw usage(`"${given}" is no delimiter: ${DELIMITER_NAMES}.`);
}

function usage(message: string, next: Next = { do: 'helpImport' }): Fault {
  return new Fault('usage', { code: 'usage', message, next });
}
