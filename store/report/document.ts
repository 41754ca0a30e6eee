import type {
  MatchedBy,
  RunCounts,
  RunDecision,
  RunDocument,
  RunMessage,
  RunParts,
  RunSummary,
} from '../../domain/run';
import type { Db } from '../db';
import { getRun, selectRuns, type RunRow } from '../runs';
import { messages } from './messages';
import { partsOf } from './parts';

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
  const told = (await factsOf(db, [run])).get(runId) ?? NO_FACTS;
  return {
    ...summary(run, told),
    messages: shown,
    decisions: await decisionsOf(db, runId),
  };
}

/** Runs, newest first, without their messages and decisions. */
export async function listRuns(
  db: Pick<Db, 'pool'>,
  o: Parameters<typeof selectRuns>[1],
): Promise<RunSummary[]> {
  const runs = await selectRuns(db, o);
  const facts = await factsOf(db, runs);
  return runs.map((run) => summary(run, facts.get(run.id) ?? NO_FACTS));
}

/** What the row of a run does not tell about it. */
interface Facts {
  readonly messages: number;
  readonly undoneBy: string | null;
  readonly partly: RunParts | null;
}

const NO_FACTS: Facts = { messages: 0, undoneBy: null, partly: null };

async function factsOf(db: Pick<Db, 'pool'>, runs: readonly RunRow[]): Promise<Map<string, Facts>> {
  const parts = await partsOf(db, runs);
  const { rows } = await db.pool.query<Omit<Facts, 'partly'> & { id: string }>(
    `with asked as (
       select unnest($1::uuid[]) as id
     ), said as (
       select run_id as id, count(*) as n from run_message where run_id = any ($1) group by run_id
     ), faulty as (
       select run_id as id, sum(jsonb_array_length(faults)) as n from staged_row
       where run_id = any ($1) and faults is not null group by run_id
     ), undone as (
       select distinct on (undo_of_id) undo_of_id as id, id as by from run
       where undo_of_id = any ($1) and state = 'done' order by undo_of_id, run.id desc
     )
     select a.id, (coalesce(s.n, 0) + coalesce(f.n, 0))::int as messages, u.by as "undoneBy"
     from asked a
     left join said s on s.id = a.id left join faulty f on f.id = a.id
     left join undone u on u.id = a.id`,
    [runs.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, ...facts }) => [id, { ...facts, partly: parts.get(id) ?? null }]));
}

interface DecisionRow {
  readonly kind: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string | null;
  readonly only: readonly string[] | null;
  readonly entries: number | null;
  readonly taken: boolean;
}

/** Who decided what about a run, oldest first. */
async function decisionsOf(db: Pick<Db, 'pool'>, runId: string): Promise<RunDecision[]> {
  const { rows } = await db.pool.query<DecisionRow>(
    `select d.kind, a.name as by, d.created_at as at, d.reason, d.detail -> 'only' as only,
       jsonb_array_length(d.detail -> 'entries') as entries, d.taken_at is not null as taken
     from decision d join admin a on a.id = d.actor_id
     where d.run_id = $1 order by d.created_at, d.id`,
    [runId],
  );
  return rows.map(({ at, only, entries, ...decision }) => ({
    ...decision,
    at: at.toISOString(),
    ...(only === null ? {} : { only }),
    ...(entries === null ? {} : { entries }),
  }));
}

function summary(run: RunRow, told: Facts): RunSummary {
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
    messageCount: told.messages,
    undoableUntil: told.undoneBy === null ? (run.undoableUntil?.toISOString() ?? null) : null,
    next: nextStep(run, told),
    reason: reasonOf(run, told),
    ...errorOf(run),
    undoOf: run.undoOfId,
    undoneBy: told.undoneBy,
    partly: told.partly,
  };
}

/** Why it failed; what else than `next` may be done about a held one. */
function reasonOf(run: RunRow, told: Facts): string | null {
  if (run.state !== 'held') return run.failure?.message ?? null;
  const rest = told.partly === null ? 'it' : 'the rest';
  return `Look at ${rest} first: rollcall runs diff ${run.id}. Or turn ${rest} down: rollcall runs reject ${run.id}`;
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
function nextStep(run: RunRow, told: Facts): string | null {
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
        ? // Shows the count, and ends with the command that confirms it.
          `rollcall runs undo ${run.id} --dry-run`
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
