import type { MatchedBy, RunCounts, RunDocument, RunMessage } from '../../domain/run';
import type { Db } from '../db';
import { getRun, selectRuns, type RunRow } from '../runs';
import { messages } from './messages';

const SHOWN_MESSAGES = 24;

/** The document that `import --json` and `runs show --json` print. @throws Fault not_found */
export async function runDocument(db: Pick<Db, 'pool'>, runId: string): Promise<RunDocument> {
  const run = await getRun(db, runId);
  const shown: RunMessage[] = [];
  for await (const { line, column, code, message } of messages(db, {
    runId,
    limit: SHOWN_MESSAGES,
  })) {
    shown.push({ line, column, code, message });
  }
  const { rows } = await db.pool.query<{ undone: string | null; n: number }>(
    `select (select id from run where undo_of_id = $1 and state = 'done' order by id desc limit 1) as undone,
       ((select count(*) from run_message where run_id = $1)
        + (select coalesce(sum(jsonb_array_length(faults)), 0) from staged_row
           where run_id = $1 and faults is not null))::int as n`,
    [runId],
  );
  return document(run, { shown, count: rows[0]?.n ?? 0, undoneBy: rows[0]?.undone ?? null });
}

/** Runs, newest first, without their messages. */
export async function listRuns(
  db: Pick<Db, 'pool'>,
  o: Parameters<typeof selectRuns>[1],
): Promise<RunDocument[]> {
  const runs = await selectRuns(db, o);
  return runs.map((run) => document(run, { shown: [], count: 0, undoneBy: null }));
}

interface Told {
  readonly shown: readonly RunMessage[];
  readonly count: number;
  readonly undoneBy: string | null;
}

function document(run: RunRow, told: Told): RunDocument {
  return {
    runId: run.id,
    kind: run.kind,
    source: run.source,
    state: run.state,
    dryRun: run.dryRun,
    file: run.fileName,
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    counts: countsOf(run),
    held: run.held,
    matchedBy: matchedByOf(run),
    messages: told.shown,
    messageCount: told.count,
    undoableUntil: told.undoneBy === null ? (run.undoableUntil?.toISOString() ?? null) : null,
    next: nextStep(run, told),
    reason: run.failure?.message ?? null,
    ...errorOf(run),
    undoOf: run.undoOfId,
    undoneBy: told.undoneBy,
  };
}

function errorOf(run: RunRow): Pick<RunDocument, 'error'> {
  if (run.state !== 'failed' || run.failure === null) return {};
  const { code, message, next } = run.failure;
  return { error: { code, message, next: next ?? null } };
}

function countsOf(run: RunRow): RunCounts {
  const n = (name: keyof RunCounts): number => run.counts[name] ?? 0;
  return {
    rows: run.plannedAt === null ? run.rows : n('rows'),
    absent: n('absent'),
    created: n('created'),
    updated: n('updated'),
    linked: n('linked'),
    unchanged: n('unchanged'),
    deactivated: n('deactivated'),
    reactivated: n('reactivated'),
    skipped: n('skipped'),
    keptByHand: n('keptByHand'),
    conflict: n('conflict'),
    duplicate: n('duplicate'),
    error: n('error'),
  };
}

function matchedByOf(run: RunRow): Record<MatchedBy, number> {
  const n = (name: MatchedBy): number => run.matchedBy[name] ?? 0;
  return {
    identity: n('identity'),
    code: n('code'),
    email: n('email'),
    login: n('login'),
    none: n('none'),
  };
}

/** The command to go on with. */
function nextStep(run: RunRow, told: Told): string | null {
  const faulty = (run.counts['error'] ?? 0) + (run.counts['conflict'] ?? 0) > 0;
  switch (run.state) {
    case 'held':
      return `rollcall runs approve ${run.id}`;
    case 'planned': {
      const asked = run.held.find(({ gate }) => gate === 'expect');
      const confirmed = asked === undefined ? '' : ` --expect ${String(asked.count)}`;
      return `rollcall runs apply ${run.id}${confirmed}`;
    }
    case 'failed':
      return run.failure?.next ?? `rollcall runs resume ${run.id}`;
    case 'done':
      if (faulty) return `rollcall runs report ${run.id} --failed-rows failed.csv`;
      return told.undoneBy === null && run.undoableUntil !== null
        ? `rollcall runs undo ${run.id}`
        : null;
    case 'waiting':
    case 'running':
    case 'retrying':
      return `rollcall runs show ${run.id}`;
    case 'rejected':
    case 'cancelled':
      return null;
  }
}
