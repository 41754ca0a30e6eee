import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import type { MergeOptions } from '../../domain/runs/runOptions';
import { transaction } from '../../store/database/db';
import { findRun, type RunRow } from '../../store/runs/runs';
import type { OperationContext } from '../context';
import { refuseForgotten } from '../runs/forgotten';
import { checkFormat, givenFormat, type ImportRequest } from '../runs/importOptions';
import { storeAndRecord, type ImportFile, type StartedRun } from '../runs/imports';
import { recordMergeRun } from './recordMergeRun';

/** How a file of pairs is read, and how its merges are carried out. */
export interface MergesRequest extends Pick<
  ImportRequest,
  'dryRun' | 'delimiter' | 'encoding' | 'headerLine' | 'escape' | 'reason' | 'retryOf'
> {
  /** The number of merges that the actor confirmed; without one the gate `expect` holds. */
  readonly expect?: number | null;
}

/** A request that was checked: from here on only its file can be refused. */
export interface PreparedMerges {
  readonly options: MergeOptions;
  readonly retryOfId: string | null;
}

/**
 * Checks a request before a byte of its file is read. Faults: `forbidden`, `usage`, `not_found`, `state` (of
 * the run whose failed pairs the file fixes).
 */
export async function prepareMerges(
  context: OperationContext,
  request: MergesRequest,
): Promise<PreparedMerges> {
  requirePermission(context.level, 'users.merge');
  checkFormat(request);
  const { reason } = request;
  const retryOf = request.retryOf === undefined ? null : await retried(context, request.retryOf);
  return {
    options: {
      dryRun: request.dryRun === true,
      expect: request.expect ?? null,
      ...givenFormat(request),
      ...(reason === undefined ? {} : { reason }),
      ...(retryOf === null ? {} : { retryOf: retryOf.id }),
    },
    retryOfId: retryOf?.id ?? null,
  };
}

async function retried(context: OperationContext, prefix: string): Promise<RunRow> {
  const run = await findRun(context.db, prefix);
  refuseForgotten(run);
  if (run.kind === 'merge' && run.fileId !== null) return run;
  throw new Fault('state', {
    code: 'not_an_import',
    message: `Run ${run.id} is no import of pairs: it has no such rows to fix.`,
    next: { do: 'listRuns' },
  });
}

/**
 * Stores a file of pairs, then records the run that merges them. Records nothing when the file could not be
 * read. Faults: `forbidden`, `refused_file`, `unavailable`.
 */
export async function createMergesImport(
  context: OperationContext,
  o: { readonly prepared: PreparedMerges; readonly file: ImportFile },
): Promise<StartedRun> {
  requirePermission(context.level, 'users.merge');
  const { options, retryOfId } = o.prepared;
  return storeAndRecord(context, o.file, (fileId) =>
    transaction(context.db, (tx) =>
      recordMergeRun(tx, context, {
        action: 'run.merge',
        options,
        fileId,
        ...(retryOfId === null ? {} : { retryOfId }),
      }),
    ),
  );
}
