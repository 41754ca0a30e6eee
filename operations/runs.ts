import { Fault } from '../domain/faults';
import {
  ACTIONS,
  GATES,
  type Action,
  type DiffEntry,
  type Gate,
  type RunDocument,
  type RunKind,
  type RunMessage,
  type RunProgress,
  type StoredRunState,
} from '../domain/run';
import * as report from '../store/report';
import { decisionTaken } from '../store/requests';
import { findRun, getRun, isFinal, type RunRow } from '../store/runs';
import type { OperationContext } from './context';

/** Where a run stands, cheap enough to ask four times a second. */
export interface RunStatus {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
  readonly state: StoredRunState;
  /** Nothing more happens by itself (a held run waits for a decision). */
  readonly settled: boolean;
  readonly progress: RunProgress;
}

/** Faults: `not_found`, `usage` (the prefix fits several). */
export async function runStatus(context: OperationContext, prefix: string): Promise<RunStatus> {
  return statusOf(await (prefix.length === 36 ? getRun : findRun)(context.db, prefix));
}

/** True once the decision was carried out. */
export async function isDecided(context: OperationContext, decisionId: string): Promise<boolean> {
  return decisionTaken(context.db, decisionId);
}

/** The whole document of a run, as the store knows it. */
export async function readRun(context: OperationContext, prefix: string): Promise<RunDocument> {
  const { id } = await findRun(context.db, prefix);
  return report.runDocument(context.db, id);
}

export interface ListRuns {
  readonly source?: string;
  readonly state?: StoredRunState;
  readonly limit: number;
  /** Goes on after this run; what `next` of the last page was. */
  readonly cursor?: string;
}

/** Newest first. `next` continues, null at the end. */
export async function listRuns(
  context: OperationContext,
  { cursor, limit, ...where }: ListRuns,
): Promise<{ runs: RunDocument[]; next: string | null }> {
  const found = await report.listRuns(context.db, {
    ...where,
    limit: limit + 1,
    ...(cursor === undefined ? {} : { before: cursor }),
  });
  const runs = found.slice(0, limit);
  return { runs, next: found.length > limit ? (runs.at(-1)?.runId ?? null) : null };
}

export interface DiffInput {
  readonly run: string;
  readonly action?: Action;
  readonly gate?: Gate;
  readonly field?: string;
}

/** What the plan of a run changes, entry by entry. Managers see only their own people: refused. */
export async function diffRun(
  context: OperationContext,
  { run: prefix, ...where }: DiffInput,
): Promise<AsyncIterable<DiffEntry>> {
  refuseManagers(context);
  const run = await findRun(context.db, prefix);
  refuseUnplanned(run);
  return report.diffEntries(context.db, { runId: run.id, ...where });
}

/** Every message of a run, row faults and conflicts among them, in the order of lines. */
export async function runMessages(
  context: OperationContext,
  prefix: string,
): Promise<AsyncIterable<RunMessage & { readonly entry?: number | null }>> {
  refuseManagers(context);
  const run = await findRun(context.db, prefix);
  return report.messages(context.db, { runId: run.id });
}

/** Reads `--action`. */
export function parseAction(text: string): Action {
  return oneOf(ACTIONS, text, 'action');
}

/** Reads the name of a gate. */
export function parseGate(text: string): Gate {
  return oneOf(GATES, text.replaceAll('-', '_'), 'gate');
}

function oneOf<T extends string>(names: readonly T[], text: string, what: string): T {
  const found = names.find((name) => name === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new Fault('usage', {
    code: 'usage',
    message: `"${text}" is no ${what}; there are ${names.join(', ')}.`,
    next: 'rollcall runs --help',
  });
}

function refuseManagers({ level }: OperationContext): void {
  if (level !== 'manager') return;
  throw new Fault('forbidden', {
    code: 'forbidden',
    message: 'A manager sees only the people of some organizations; a run may hold others.',
    next: 'Ask an admin of this platform.',
  });
}

function refuseUnplanned(run: RunRow): void {
  if (run.plannedAt !== null) return;
  throw new Fault('state', {
    code: 'no_plan',
    message: `Run ${run.id} is ${run.state} and has no plan${isFinal(run.state) ? '' : ' yet'}.`,
    next: `rollcall runs show ${run.id}`,
  });
}

function statusOf(run: RunRow): RunStatus {
  return {
    runId: run.id,
    workflowId: run.workflowId,
    kind: run.kind,
    state: run.state,
    settled: isFinal(run.state) || run.state === 'held',
    progress: isProgress(run.progress) ? run.progress : NO_PROGRESS,
  };
}

const NO_PROGRESS: RunProgress = { phase: 'waiting', done: 0, total: null };

function isProgress(progress: RunRow['progress']): progress is RunProgress {
  return typeof progress.phase === 'string';
}
