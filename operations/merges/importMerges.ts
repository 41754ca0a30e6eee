import { requirePermission } from '../../domain/permissions';
import type { MergeOptions } from '../../domain/runs/runOptions';
import { transaction } from '../../store/database/db';
import type { OperationContext } from '../context';
import { checkFormat, givenFormat, type ImportRequest } from '../runs/importOptions';
import { storeAndRecord, type ImportFile, type StartedRun } from '../runs/imports';
import { recordMergeRun } from './recordMergeRun';

/** How a file of pairs is read, and how its merges are carried out. */
export interface MergesRequest extends Pick<
  ImportRequest,
  'dryRun' | 'delimiter' | 'encoding' | 'headerLine' | 'escape' | 'reason'
> {
  /** The number of merges that the actor confirmed; without one the gate `expect` holds. */
  readonly expect?: number | null;
}

/**
 * Stores a file of pairs, then records the run that merges them. Records nothing when the file could not be
 * read. Faults: `forbidden`, `usage`, `refused_file`, `unavailable`.
 */
export async function createMergesImport(
  context: OperationContext,
  o: { readonly request: MergesRequest; readonly file: ImportFile },
): Promise<StartedRun> {
  const options = optionsOf(context, o.request);
  return storeAndRecord(context, o.file, (fileId) =>
    transaction(context.db, (tx) =>
      recordMergeRun(tx, context, { action: 'run.merge', options, fileId }),
    ),
  );
}

/** Refuses what {@link createMergesImport} refuses of a request, before a byte of its file is read. */
export function checkMergesImport(context: OperationContext, request: MergesRequest): void {
  optionsOf(context, request);
}

function optionsOf(context: OperationContext, request: MergesRequest): MergeOptions {
  requirePermission(context.level, 'users.merge');
  checkFormat(request);
  const { reason } = request;
  return {
    dryRun: request.dryRun === true,
    expect: request.expect ?? null,
    ...givenFormat(request),
    ...(reason === undefined ? {} : { reason }),
  };
}
