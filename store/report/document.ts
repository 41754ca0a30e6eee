import { SOURCE_WAITS } from '../../domain/faults';
import { isCommand, type Next } from '../../domain/next';
import { NUMBER_GATES } from '../../domain/runs/gates';
import type { StoredMessage } from '../../domain/runs/messages';
import { listOptionTexts } from '../../domain/sources/listOptions';
import { CHANGED_COUNTS, type MatchedBy } from '../../domain/runs/run';
import type {
  RunCounts,
  RunDecision,
  RunDocument,
  RunParts,
  RunProgress,
  RunReason,
  RunSummary,
} from '../../domain/runs/runDocument';
import type { Db } from '../database/db';
import { OF_A_PERSON } from '../lifecycle/rejections';
import { getRun, isProgress, selectRuns, type RunRow } from '../runs/runs';
import { ENTRY_STATE, OUTCOME } from './counts';
import { messages } from './messages';
import { partsOf } from './parts';
import { NO_SEQUELS, sequelsOf, type Sequels } from './sequels';

const SHOWN_MESSAGES = 24;

/** A run as the store knows it: what happened is not yet worded. */
export type StoredDocument = Omit<RunDocument, 'messages'> & {
  readonly messages: readonly StoredMessage[];
};

/** The document of a run. @throws Fault not_found */
export async function runDocument(db: Pick<Db, 'pool'>, runId: string): Promise<StoredDocument> {
  const run = await getRun(db, runId);
  const shown: StoredMessage[] = [];
  for await (const message of messages(db, { runId, limit: SHOWN_MESSAGES })) shown.push(message);
  const told = (await factsOf(db, [run])).get(runId) ?? NO_FACTS;
  const shownRun = summary(run, told);
  const merged = run.subject === 'merges' ? await onlyMerge(db, runId) : {};
  const { mergeId } = merged;
  return {
    ...shownRun,
    // The command for one pair shows both people first.
    ...(mergeId !== undefined && run.kind === 'merge' && shownRun.next?.do === 'undo'
      ? { next: { do: 'unmerge', merge: mergeId } as const }
      : {}),
    messages: shown,
    decisions: await decisionsOf(db, runId),
    skippedFor: (run.counts['skipped'] ?? 0) === 0 ? {} : await skippedFor(db, runId),
    renumbered: run.counts['renumbered'] ?? 0,
    matchedRows: (run.counts['linked'] ?? 0) + (run.counts['alsoLinked'] ?? 0),
    listOptions: listOptionTexts(run.options),
    ...merged,
  };
}

/** The merge of a run that has one entry. */
async function onlyMerge(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<{ readonly mergeId?: string }> {
  const { rows } = await db.pool.query<{ id: string | null }>(
    `select min(object_id::text) as id from plan_entry where run_id = $1 having count(*) = 1`,
    [runId],
  );
  const id = rows[0]?.id ?? null;
  return id === null ? {} : { mergeId: id };
}

/** Why entries were skipped, the most frequent reason first. */
async function skippedFor(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.pool.query<{ reason: string; n: number }>(
    `select coalesce(o.reason, case ${ENTRY_STATE} when 'rejected' then 'rejected'
         when 'skipped' then 'not_reached' else p.reason end, 'skip') as reason, count(*)::int as n
     from run r
     join plan_entry p on p.run_id = r.id
     left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
     where r.id = $1 and ${OUTCOME} = 'skip' group by 1 order by n desc, reason`,
    [runId],
  );
  return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
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

/** Facts that the row of a run does not hold. */
interface Facts extends Sequels {
  readonly messages: number;
  readonly partly: RunParts | null;
  /** Deactivations that were rejected in it are remembered. */
  readonly rejects: boolean;
}

const NO_FACTS: Facts = { ...NO_SEQUELS, messages: 0, partly: null, rejects: false };

async function factsOf(db: Pick<Db, 'pool'>, runs: readonly RunRow[]): Promise<Map<string, Facts>> {
  const ids = runs.map(({ id }) => id);
  const parts = await partsOf(db, runs);
  const sequels = await sequelsOf(db, ids);
  const { rows } = await db.pool.query<{ id: string; messages: number; rejects: boolean }>(
    `with asked as (
       select unnest($1::uuid[]) as id
     ), said as (
       select run_id as id, count(*) as n from run_message where run_id = any ($1) group by run_id
     ), faulty as (
       select run_id as id, sum(jsonb_array_length(faults)) as n from staged_row
       where run_id = any ($1) and faults is not null group by run_id
     )
     select a.id, (coalesce(s.n, 0) + coalesce(f.n, 0))::int as messages,
       exists (select from rejection x where x.run_id = a.id and ${OF_A_PERSON}) as rejects
     from asked a
     left join said s on s.id = a.id left join faulty f on f.id = a.id`,
    [ids],
  );
  return new Map(
    rows.map(({ id, messages: n, rejects }) => [
      id,
      { ...(sequels.get(id) ?? NO_SEQUELS), messages: n, partly: parts.get(id) ?? null, rejects },
    ]),
  );
}

interface DecisionRow {
  readonly kind: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string | null;
  readonly only: readonly string[] | null;
  readonly entries: number | null;
  readonly resolved: RunDecision['resolved'] | null;
  readonly resolvedAll: RunDecision['resolvedAll'] | null;
  readonly taken: boolean;
  readonly late: boolean;
}

/** The decisions on a run, oldest first. */
async function decisionsOf(db: Pick<Db, 'pool'>, runId: string): Promise<RunDecision[]> {
  const { rows } = await db.pool.query<DecisionRow>(
    `select d.kind, a.name as by, d.created_at as at, d.reason, d.detail -> 'only' as only,
       jsonb_array_length(d.detail -> 'entries') as entries,
       case when d.kind = 'resolve' and d.detail ? 'by' then jsonb_build_object(
         'by', d.detail -> 'by', 'followUp', d.detail -> 'followUp') end as "resolvedAll",
       case when d.kind = 'resolve' and d.detail ? 'entry' then jsonb_build_object('entry', d.detail -> 'entry',
         'as', d.detail -> 'as', 'user', coalesce(u.code, d.detail ->> 'userId'),
         'followUp', d.detail -> 'followUp') end as resolved,
       d.taken_at is not null as taken, coalesce((d.detail ->> 'late')::boolean, false) as late
     from decision d join admin a on a.id = d.actor_id
     left join "user" u on u.id = (d.detail ->> 'userId')::uuid
     where d.run_id = $1 order by d.created_at, d.id`,
    [runId],
  );
  return rows.map(({ at, only, entries, resolved, resolvedAll, late, ...decision }) => ({
    ...decision,
    at: at.toISOString(),
    ...(only === null ? {} : { only }),
    ...(entries === null ? {} : { entries }),
    ...(late ? { late } : {}),
    ...(resolved === null || resolved === undefined ? {} : { resolved }),
    ...(resolvedAll === null || resolvedAll === undefined ? {} : { resolvedAll }),
  }));
}

function summary(run: RunRow, told: Facts): RunSummary {
  return {
    runId: run.id,
    kind: run.kind,
    subject: run.subject,
    source: run.source,
    state: run.state,
    dryRun: run.dryRun,
    file: run.fileName,
    startedBy: run.actor,
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    progress: progressOf(run),
    counts: countsOf(run),
    held: run.held,
    matchedBy: matchedByOf(run),
    messageCount: told.messages,
    undoableUntil: told.undoneBy === null ? (run.undoableUntil?.toISOString() ?? null) : null,
    next: nextStep(run, told),
    reason: reasonOf(run, told),
    ...errorOf(run),
    undoOf: run.undoOfId,
    ...(typeof run.options['unmerge'] === 'string' ? { unmergeOf: run.options['unmerge'] } : {}),
    undoneBy: told.undoneBy,
    retryOf: run.retryOfId,
    mendedBy: told.mendedBy,
    settled: told.settled,
    partly: told.partly,
  };
}

const FORGOTTEN = 'Its plan, rows and messages are not kept any more.';

/** Why it failed; for a held run, the choices besides `next`. */
function reasonOf(run: RunRow, told: Facts): RunReason | null {
  if (run.forgottenAt !== null && run.state !== 'failed') return { text: FORGOTTEN, next: null };
  // The failure of an attempt is hidden while the next attempt makes progress.
  if (run.state === 'running' && run.failure?.code !== SOURCE_WAITS) return null;
  if (run.state !== 'held') {
    if (run.failure === null) return null;
    const { message: text, next = null } = run.failure;
    return { text, next: next === null || isCommand(next) ? null : next };
  }
  const rest = told.partly !== null;
  const looks = stepOfHeld(run).do === 'diff';
  return { text: null, next: { do: looks ? 'decideAfterLook' : 'lookFirst', run: run.id, rest } };
}

function errorOf(run: RunRow): Pick<RunDocument, 'error'> {
  if (run.state !== 'failed' || run.failure === null) return {};
  const { code, message } = run.failure;
  const next: Next = run.failure.next ?? { do: 'resume', run: run.id };
  return { error: { code, message, next } };
}

/** The applied part is in the run itself: `run.progress` is written once a second. */
function progressOf(run: RunRow): RunProgress | null {
  if (run.finishedAt !== null) return null;
  if (run.approvedAt !== null && run.appliedAt === null) {
    return { phase: 'applying', done: run.applied, total: run.entries };
  }
  // Its last progress was about reading; nothing happens until a person decides.
  if (run.state === 'held') return null;
  return isProgress(run.progress) ? run.progress : null;
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

/** People that the run changed, or would change. */
function changed(run: RunRow): number {
  return CHANGED_COUNTS.reduce((sum, name) => sum + (run.counts[name] ?? 0), 0);
}

/** The step to go on with, of a run after which nothing came. */
export function nextOf(run: RunRow): Next | null {
  return nextStep(run, NO_FACTS);
}

/** The step to go on with. */
function nextStep(run: RunRow, told: Facts): Next | null {
  if (run.forgottenAt !== null) return null;
  switch (run.state) {
    case 'held':
      return stepOfHeld(run);
    case 'planned': {
      // Nothing to confirm and nothing to write.
      if (changed(run) === 0) return rowsToMend(run, told);
      const asked = run.held.find(({ gate }) => gate === 'expect');
      return { do: 'apply', run: run.id, ...(asked === undefined ? {} : { expect: asked.count }) };
    }
    case 'failed':
      return afterFailure(run);
    case 'done':
      return afterDone(run, told);
    case 'waiting':
    case 'running':
    case 'retrying':
      return { do: 'showRun', run: run.id };
    case 'rejected':
      // Who they are; the message says how a person is kept out of such deactivations.
      return told.rejects ? { do: 'diff', run: run.id, action: 'deactivate' } : null;
    case 'cancelled':
      return null;
  }
}

/** A plan is looked at first: what a gate counts, or all of it. Its report has the decisions, too. */
function stepOfHeld({ id: run, held }: Pick<RunRow, 'id' | 'held'>): Next {
  const gates = held.map(({ gate }) => gate);
  if (gates.includes('renumbered')) return { do: 'resolveRenumbered', run };
  if (gates.includes('rejected_before')) return { do: 'diff', run, gate: 'rejected_before' };
  const [only] = gates;
  const isCounted = gates.length === 1 && NUMBER_GATES.some((gate) => gate === only);
  return { do: 'diff', run, ...(isCounted && only !== undefined ? { gate: only } : {}) };
}

/** A next step that takes more words than a command is part of the reason. */
function afterFailure(run: RunRow): Next | null {
  const next: Next = run.failure?.next ?? { do: 'resume', run: run.id };
  return isCommand(next) ? next : null;
}

/** Rows to fix come first; then the undo, where something was changed. */
function afterDone(run: RunRow, told: Facts): Next | null {
  const mend = rowsToMend(run, told);
  if (mend !== null) return mend;
  // It is taken back by merging again.
  if (typeof run.options['unmerge'] === 'string') return null;
  const undoable = run.undoableUntil !== null && run.undoableUntil.getTime() > Date.now();
  return told.undoneBy === null && undoable && changed(run) > 0
    ? // Shows the count, and ends with the command that confirms it.
      { do: 'undo', run: run.id }
    : null;
}

function rowsToMend(run: RunRow, told: Facts): Next | null {
  const faulty = (run.counts['error'] ?? 0) + (run.counts['conflict'] ?? 0) - told.settled;
  if (faulty === 0 || told.mendedBy !== null) return null;
  // Without a file there are no rows to fix: each message has its own command.
  return { do: run.fileName === null ? 'report' : 'writeFailedRows', run: run.id };
}
