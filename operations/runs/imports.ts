import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { databaseFault, isPassing } from '../../domain/passing';
import { requirePermission } from '../../domain/permissions';
import type { RunKind } from '../../domain/runs/run';
import type { ImportOptions } from '../../domain/runs/runOptions';
import { shown } from '../../domain/shown';
import { isSourceName, SOURCE_NAME_RULE } from '../../domain/sources/sourceName';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { storeFile } from '../../store/reads/files';
import { createRun, findRun, runOfFile, type RunRow } from '../../store/runs/runs';
import {
  createListSource,
  CSV_SOURCE_ID,
  findSource,
  isOnlyTried,
  type SourceRow,
} from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { refuseForgotten } from './forgotten';
import {
  checkFormat,
  checkGates,
  checkTwoRows,
  importOptions,
  keyFor,
  type ImportRequest,
} from './importOptions';

export type { ImportRequest };

/** A recorded run whose workflow has yet to be started. */
export interface StartedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
}

export interface ImportFile {
  /** The name that reports show, without its folder. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly maxBytes: number;
}

/** A request that was checked: from here on only its file can be refused. */
export interface PreparedImport {
  readonly source:
    | SourceRow
    | {
        readonly id: null;
        readonly name: string;
        /** True where a dry run makes the list, and nobody said that the name is right. */
        readonly tried?: boolean;
      };
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
  checkTwoRows(request.twoRows ?? null);
  const list = source.id === null ? { settings: {} } : named ? source : null;
  const options = await importOptions(context, request, { retryOf, list });
  return {
    source,
    options: await keyFor(context, { request, source, options, named }),
    retryOfId: retryOf?.id ?? null,
  };
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
  return storeAndRecord(context, o.file, (fileId) =>
    record(context, { prepared: o.prepared, fileId }),
  );
}

/** Stores a file, then records its run; {@link createImport} says what is thrown. */
export async function storeAndRecord(
  context: OperationContext,
  file: ImportFile,
  recordRun: (fileId: string) => Promise<StartedRun>,
): Promise<StartedRun> {
  const state: { fileId: string | undefined } = { fileId: undefined };
  try {
    const { fileId } = await storeFile(context.db, file);
    state.fileId = fileId;
    return await recordRun(fileId);
  } catch (error) {
    if (!isPassing(error) && !(error instanceof Fault && error.kind === 'unavailable')) throw error;
    // The connection may have broken between the commit and its answer.
    const run = state.fileId === undefined ? null : await recorded(context, state.fileId);
    if (run !== null) return run;
    throw nothingImported(error);
  }
}

/** How long to wait for a restarting database that knows whether a run was recorded. */
const LEARN_MS = 30_000;

async function recorded(context: OperationContext, fileId: string): Promise<StartedRun | null> {
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
    const sourceId =
      source.id ?? (await createListSource(tx, source.name, { tried: source.tried === true })).id;
    if (source.id === null) {
      await audit(tx, {
        ...actorOf(context),
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
      ...actorOf(context),
      action: 'run.import',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
    });
    return { ...run, kind: 'import' };
  });
}

/** True when a source of this name exists, and not only because of dry runs. */
export async function sourceExists(context: OperationContext, name: string): Promise<boolean> {
  requirePermission(context.level, 'imports.create');
  const source = await findSource(context.db.pool, name);
  return source !== null && !(await isOnlyTried(context.db.pool, source));
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
  // A dry run changes nothing, so its list needs nobody's yes.
  const mayMake = request.createSource === true || request.dryRun === true;
  if (found !== null && (found.kind === 'list' || found.id === CSV_SOURCE_ID)) {
    if (mayMake || retryOf !== null || !(await isOnlyTried(context.db.pool, found))) return found;
    throw notMade(name, `The list "${name}" has had dry runs only; --yes makes it.`);
  }
  if (found !== null) {
    throw new Fault('state', {
      code: 'not_a_list',
      message: `The source "${name}" takes no files.`,
      next: 'Choose another name for this list.',
    });
  }
  refuseBadName(name);
  if (mayMake) return { id: null, name, tried: request.createSource !== true };
  throw notMade(name, `There is no list "${name}" yet; --yes makes it.`);
}

/** Refuses what can be no name of a list. */
export function refuseBadName(name: string): void {
  if (isSourceName(name)) return;
  throw usage(`${shown(name)} is no name for a list: ${SOURCE_NAME_RULE}.`);
}

function notMade(source: string, message: string): Fault {
  const next: Next = { do: 'importNewList', source };
  return new Fault('usage', { code: 'unknown_source', message, next });
}

function usage(message: string, next: Next = { do: 'helpImport' }): Fault {
  return new Fault('usage', { code: 'usage', message, next });
}
