import { isId } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import { nearestName } from '../../domain/nearest';
import type { Gate } from '../../domain/runs/gates';
import {
  RUN_KINDS,
  isApproved,
  isFinal,
  isPartly,
  type Action,
  type RunKind,
  type StoredRunState,
} from '../../domain/runs/run';
import {
  type DiffEntry,
  type EntryState,
  type RunProgress,
  type RunSummary,
} from '../../domain/runs/runDocument';
import type { FailedRow, StoredMessage } from '../../domain/runs/messages';
import type { PropertyDefinition } from '../../domain/users/fields';
import { getFile, readFile } from '../../store/reads/files';
import { diffEntries } from '../../store/report/diff';
import {
  listRuns as selectDocuments,
  runDocument,
  type StoredDocument,
} from '../../store/report/document';
import { entriesOf } from '../../store/report/gated';
import { failedRows as failedRowsOf, messages } from '../../store/report/messages';
import { asksForSlot, inTheWay, type InTheWay } from '../../store/runs/requests';
import { isProgress, type RunRow } from '../../store/runs/runs';
import { ADMIN_SOURCE_ID, listSources } from '../../store/sources/sources';
import { selectProperties } from '../../store/users/properties';
import type { OperationContext } from '../context';
import { fieldOf } from '../users/userFields';
import { refuseForgotten } from './forgotten';
import { documentWithin, entriesWithin, messagesWithin } from './peopleWithin';
import { reachedRun, runsFor } from './runReach';

/** The state of a run, cheap enough to read four times a second. */
export interface RunStatus {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
  readonly state: StoredRunState;
  /** True when nothing more happens by itself (a held run waits for a decision). */
  readonly settled: boolean;
  readonly progress: RunProgress;
}

/** Faults: `not_found`, `usage` (several runs begin like this). */
export async function runStatus(context: OperationContext, prefix: string): Promise<RunStatus> {
  return statusOf(await reachedRun(context, 'runs.read', prefix));
}

/** The complete document of a run, as the store knows it. */
export async function readRun(context: OperationContext, prefix: string): Promise<StoredDocument> {
  const run = await reachedRun(context, 'runs.read', prefix);
  const document = await documentWithin(context, await runDocument(context.db, run.id));
  return isApproved(run)
    ? { ...document, state: 'waiting', next: { do: 'showRun', run: run.id }, reason: null }
    : document;
}

export interface ListRuns {
  readonly source?: string;
  readonly state?: StoredRunState;
  /** 20 by default. */
  readonly limit?: number;
  /** The `next` of the last page: goes on after that run. */
  readonly cursor?: string;
}

/** Newest first. `next` continues; `null` at the end. Faults: `usage`, `not_found` (the source). */
export async function listRuns(
  context: OperationContext,
  { cursor, limit = 20, ...where }: ListRuns,
): Promise<{ runs: RunSummary[]; next: string | null }> {
  const own = runsFor(context, 'runs.read');
  if (cursor !== undefined && !isId(cursor)) throw noCursor();
  if (where.source !== undefined) await requireSource(context, where.source);
  const found = await selectDocuments(context.db, {
    ...where,
    own,
    limit: limit + 1,
    ...(cursor === undefined ? {} : { before: cursor }),
  });
  const runs = found.slice(0, limit);
  return { runs, next: found.length > limit ? (runs.at(-1)?.runId ?? null) : null };
}

async function requireSource(context: OperationContext, name: string): Promise<void> {
  const names = (await listSources(context.db.pool))
    .filter(({ id }) => runsFor(context, 'runs.read') === null || id === ADMIN_SOURCE_ID)
    .map((source) => source.name);
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  throw new Fault('not_found', {
    code: 'source_not_found',
    message: `There is no source "${name}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: { do: 'listSources' },
  });
}

function noCursor(): Fault {
  return new Fault('usage', {
    code: 'bad_cursor',
    message: 'This is no cursor of a list of runs.',
    next: 'Take "next" of the page before, whole.',
  });
}

export interface DiffInput {
  readonly run: string;
  /** `kept`: people with a field that stays as it was set by hand. */
  readonly action?: Action | 'kept';
  readonly gate?: Gate;
  readonly field?: string;
  /** All states by default; of a run that is applied in part, only what is still open. */
  readonly state?: EntryState | 'all';
}

/**
 * What the plan of a run changes, entry by entry; with `field`, that field alone. Faults:
 * `not_found`, `usage` (no such field; a gate that counts no entries), `state` (no plan).
 */
export async function diffRun(
  context: OperationContext,
  { run: prefix, field: given, state, ...where }: DiffInput,
): Promise<AsyncIterable<DiffEntry>> {
  const run = await reachedRun(context, 'runs.read', prefix);
  refuseUnplanned(run);
  if (where.gate !== undefined) refuseUncounted(run, where.gate);
  const field = given === undefined ? undefined : await diffField(context, given);
  const shown = state ?? (isPartly(run) ? 'open' : 'all');
  const entries = diffEntries(context.db, {
    runId: run.id,
    subject: run.subject,
    ...where,
    ...(shown === 'all' ? {} : { state: shown }),
    ...(field === undefined ? {} : { field }),
  });
  return entriesWithin(context, entries);
}

/**
 * A gate that judges the complete read, or is no gate of this kind of run, has no entries to show.
 */
function refuseUncounted(run: RunRow, gate: Gate): void {
  const confirmed = RUN_KINDS[run.kind].confirmsCount;
  if (confirmed ? gate === 'expect' : entriesOf(gate) !== undefined && gate !== 'expect') return;
  const why =
    confirmed || gate === 'expect'
      ? `is no gate of ${confirmed ? 'a bulk change, an undo or a merge' : 'an import'}`
      : 'judges the read as a whole and counts no entries';
  throw new Fault('usage', {
    code: 'no_entries_of_gate',
    message: `The gate ${gate} ${why}.`,
    next: { do: 'diff', run: run.id },
  });
}

/** Changes of a plan other than the fields of a user. */
const BESIDES = ['sticky', 'identity'] as const;

async function diffField(context: OperationContext, given: string): Promise<string> {
  const besides = BESIDES.find((name) => name === given.trim().toLowerCase());
  return besides ?? fieldOf(given, await selectProperties(context.db.pool));
}

/** Every message of a run, row faults and conflicts among them, in the order of lines. */
export async function runMessages(
  context: OperationContext,
  prefix: string,
): Promise<AsyncIterable<StoredMessage & { readonly entry: number | null }>> {
  const run = await reachedRun(context, 'runs.read', prefix);
  refuseForgotten(run);
  return messagesWithin(context, messages(context.db, { runId: run.id }));
}

/** What the file of failed rows is made of. */
export interface FailedRows {
  readonly runId: string;
  /** What is wrong with each row, by physical line. */
  readonly failed: AsyncIterable<FailedRow>;
  /** Reads the stored file from its start; may be called again. */
  readonly chunks: () => AsyncIterable<Buffer>;
  readonly options: RunRow['options'];
  readonly properties: readonly PropertyDefinition[];
}

/** The failed rows of an import. Faults: `not_found` when its file is gone. */
export async function failedRows(context: OperationContext, prefix: string): Promise<FailedRows> {
  const run = await reachedRun(context, 'runs.read', prefix);
  refuseUnplanned(run);
  const { fileId } = run;
  if (fileId === null) {
    throw new Fault('state', {
      code: 'no_file',
      message: `Run ${run.id} read no file: it has no rows.`,
      next: { do: 'report', run: run.id },
    });
  }
  await getFile(context.db.pool, fileId);
  return {
    runId: run.id,
    failed: failedRowsOf(context.db, run.id),
    chunks: () => readFile(context.db.pool, fileId),
    options: run.options,
    properties: await selectProperties(context.db.pool),
  };
}

/** The run that a waiting run waits for; `null` when none is in its way that the actor reaches. */
export async function waitsFor(context: OperationContext, runId: string): Promise<InTheWay | null> {
  await reachedRun(context, 'runs.read', runId);
  const other = await inTheWay(context.db, runId);
  const own = runsFor(context, 'runs.read');
  return own === null || other?.actorId === own.actorId ? other : null;
}

/** True when a waiting run has a worker and only waits for its turn, which comes by itself. */
export async function awaitsTurn(context: OperationContext, runId: string): Promise<boolean> {
  await reachedRun(context, 'runs.read', runId);
  return asksForSlot(context.db, runId);
}

function refuseUnplanned(run: RunRow): void {
  refuseForgotten(run);
  if (run.plannedAt !== null) return;
  throw new Fault('state', {
    code: 'no_plan',
    message: `Run ${run.id} is ${run.state} and has no plan${isFinal(run.state) ? '' : ' yet'}.`,
    next: { do: 'showRun', run: run.id },
  });
}

function statusOf(run: RunRow): RunStatus {
  return {
    runId: run.id,
    workflowId: run.workflowId,
    kind: run.kind,
    state: run.state,
    settled: isFinal(run.state) || (run.state === 'held' && !isApproved(run)),
    progress: isProgress(run.progress) ? run.progress : NO_PROGRESS,
  };
}

const NO_PROGRESS: RunProgress = { phase: 'waiting', done: 0, total: null };
