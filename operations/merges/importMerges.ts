import { requirePermission } from '../../domain/permissions';
import type { MergeOptions } from '../../domain/runs/runOptions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { createRun } from '../../store/runs/runs';
import { MERGES_SOURCE_ID } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { checkFormat, requireDelimiter, type ImportRequest } from '../runs/importOptions';
import { storeAndRecord, type ImportFile, type StartedRun } from '../runs/imports';

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
  const run = await storeAndRecord(context, o.file, (fileId) =>
    transaction(context.db, async (tx) => {
      const created = await createRun(tx, {
        kind: 'merge',
        subject: 'merges',
        sourceId: MERGES_SOURCE_ID,
        actorId: context.actorId,
        options,
        dryRun: options.dryRun,
        fileId,
      });
      await audit(tx, {
        ...actorOf(context),
        action: 'run.merge',
        subjectType: 'run',
        subjectId: created.runId,
        runId: created.runId,
      });
      return { ...created, kind: 'merge' };
    }),
  );
  return { ...run, kind: 'merge' };
}

/** Refuses what {@link createMergesImport} refuses of a request, before a byte of its file is read. */
export function checkMergesImport(context: OperationContext, request: MergesRequest): void {
  optionsOf(context, request);
}

function optionsOf(context: OperationContext, request: MergesRequest): MergeOptions {
  requirePermission(context.level, 'users.merge');
  checkFormat(request);
  const { delimiter, encoding, headerLine, escape, reason } = request;
  return {
    dryRun: request.dryRun === true,
    expect: request.expect ?? null,
    ...(delimiter === undefined ? {} : { delimiter: requireDelimiter(delimiter) }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(headerLine === undefined ? {} : { headerLine }),
    ...(escape === undefined ? {} : { escape }),
    ...(reason === undefined ? {} : { reason }),
  };
}
