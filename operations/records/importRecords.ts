import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import type { RecordSubject } from '../../domain/records/fileColumns';
import { recordMapOf } from '../../domain/records/fileMap';
import type { RecordImportOptions } from '../../domain/runs/runOptions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { createRun, findRun, type RunRow } from '../../store/runs/runs';
import { RECORDS_SOURCE_ID } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { refuseForgotten } from '../runs/forgotten';
import { checkFormat, checkGates, givenFormat, type ImportRequest } from '../runs/importOptions';
import { storeAndRecord, type ImportFile, type StartedRun } from '../runs/imports';

/** What an actor may set for an import of learner records. */
export interface RecordsRequest extends Pick<
  ImportRequest,
  | 'dryRun'
  | 'delimiter'
  | 'encoding'
  | 'headerLine'
  | 'escape'
  | 'dateFormat'
  | 'nullWords'
  | 'ignoreUnknown'
  | 'gates'
  | 'reason'
  | 'retryOf'
> {
  /** `HEADER=column` or `HEADER=-`. */
  readonly map?: readonly string[];
  /** Holds the run when it would change another number of records. */
  readonly expect?: number;
}

/** A request that was checked: from here on only its file can be refused. */
export interface PreparedRecords {
  readonly subject: RecordSubject;
  readonly options: RecordImportOptions;
  readonly retryOfId: string | null;
}

/**
 * Checks a request before any byte of its file is read. `today`: the day on which courses count as
 * completed that say no day. Faults: `usage`, `forbidden`, `not_found`, `state`.
 */
export async function prepareRecords(
  context: OperationContext,
  o: {
    readonly subject: RecordSubject;
    readonly request: RecordsRequest;
    readonly today: string;
  },
): Promise<PreparedRecords> {
  requirePermission(context.level, 'imports.create');
  const { subject, request } = o;
  checkGates(request);
  checkFormat(request);
  const retryOf = request.retryOf === undefined ? null : await retried(context, o);
  const { dryRun = false, map = [], ignoreUnknown = false, reason } = request;
  const given = recordMapOf(subject, map);
  const before = retryOf?.options['recordColumns'];
  return {
    subject,
    options: {
      ...givenFormat(request),
      ...asGiven(request),
      dryRun,
      ignoreUnknown: ignoreUnknown || retryOf?.options['ignoreUnknown'] === true,
      recordColumns: { ...(isMap(before) && map.length === 0 ? before : {}), ...given },
      ...(reason === undefined ? {} : { gateReason: reason }),
      ...(retryOf === null ? {} : { retryOf: retryOf.id }),
      today: o.today,
    },
    retryOfId: retryOf?.id ?? null,
  };
}

/** Stores the file, then records the run. Records nothing when the file could not be read. */
export async function createRecordsImport(
  context: OperationContext,
  o: { readonly prepared: PreparedRecords; readonly file: ImportFile },
): Promise<StartedRun> {
  requirePermission(context.level, 'imports.create');
  const { subject, options, retryOfId } = o.prepared;
  return storeAndRecord(context, o.file, (fileId) =>
    transaction(context.db, async (tx) => {
      const run = await createRun(tx, {
        kind: 'import',
        subject,
        sourceId: RECORDS_SOURCE_ID,
        actorId: context.actorId,
        options,
        dryRun: options.dryRun,
        fileId,
        ...(retryOfId === null ? {} : { retryOfId }),
      });
      await audit(tx, {
        ...actorOf(context),
        action: 'run.import',
        subjectType: 'run',
        subjectId: run.runId,
        runId: run.runId,
        fields: [subject],
      });
      return { ...run, kind: 'import' };
    }),
  );
}

async function retried(
  context: OperationContext,
  { subject, request }: { readonly subject: RecordSubject; readonly request: RecordsRequest },
): Promise<RunRow> {
  const run = await findRun(context.db, request.retryOf ?? '');
  refuseForgotten(run);
  if (run.kind === 'import' && run.subject === subject) return run;
  throw new Fault('state', {
    code: 'not_an_import',
    message: `Run ${run.id} is no import of ${subject}: it has no such rows to mend.`,
    next: { do: 'listRuns' },
  });
}

function isMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}

/** The options that are stored as they are given. */
function asGiven(request: RecordsRequest): Partial<RecordImportOptions> {
  const { dateFormat, nullWords, gates, expect } = request;
  return {
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(nullWords === undefined ? {} : { nullWords }),
    ...(gates === undefined ? {} : { gates }),
    ...(expect === undefined ? {} : { expect }),
  };
}
