import { NO_DELIVERIES } from '../domain/letters/deliveries';
import type { StoredMessage } from '../domain/runs/messages';
import type { Next } from '../domain/next';
import { nextOfCampaign } from '../domain/letters/campaignNext';
import { may, requirePermission } from '../domain/permissions';
import { CHANGED_COUNTS } from '../domain/runs/run';
import type {
  Todo,
  TodoCampaign,
  TodoConflict,
  TodoFailed,
  TodoHeld,
  TodoPlanned,
  TodoRows,
  TodoRun,
  TodoSource,
  TodoToken,
} from '../domain/todo';
import { endingTokens, type EndingToken } from '../store/admins/tokens';
import { waitingCampaigns, type WaitingCampaign } from '../store/letters/todo';
import { overdueSources } from '../store/lifecycle/overdue';
import { nextOf } from '../store/report/document';
import {
  blockedBehind,
  faultyRuns,
  openConflicts,
  openRuns,
  type FaultyRun,
  type OpenRuns,
} from '../store/report/todo';
import { selectRunsOf, type RunRow } from '../store/runs/runs';
import { troubledSources, type TroubledSource } from '../store/sources/troubled';
import type { OperationContext } from './context';
import { campaignsFor } from './letters/campaignReach';
import { runsFor } from './runs/runReach';

/** What waits, as the store knows it: conflicts are not yet worded, and no workflow was asked for. */
export type StoredTodo = Omit<Todo, 'count' | 'conflicts' | 'waiting'> & {
  readonly conflicts: {
    readonly count: number;
    readonly conflicts: readonly (Omit<TodoConflict, 'message'> & {
      readonly message: StoredMessage;
    })[];
  };
  /** Runs that have not ended since long. */
  readonly waiting: {
    readonly count: number;
    readonly runs: readonly (TodoRun & { readonly failure: string | null })[];
  };
};

/** What waits for a person: of an actor who reaches only their own runs, these. `limit`: how many things each part lists; each part counts all. */
export async function listTodo(
  context: OperationContext,
  o: { readonly limit: number; readonly now: Date },
): Promise<StoredTodo> {
  const own = runsFor(context, 'runs.read');
  if (own === null) requirePermission(context.level, 'sources.read');
  const { db } = context;
  const [open, faulty, sources, tokens, campaigns] = await Promise.all([
    openRuns(db, { limit: o.limit, own }),
    // Bulk changes have no rows, and no source that could be in trouble.
    own === null ? faultyRuns(db) : [],
    own === null ? sourcesOf(context, o.now) : [],
    tokensOf(context),
    waitingCampaigns(db, { limit: o.limit, reach: campaignsFor(context, 'campaigns.read') }),
  ]);
  const inError = faulty.filter(({ errors }) => errors > 0);
  const inConflict = faulty.filter(({ conflicts }) => conflicts > 0);
  const shown = [...open.values()].flatMap(({ ids }) => ids);
  const ids = [...new Set([...shown, ...faulty.map(({ id }) => id)])];
  const runs = new Map((await selectRunsOf(db, ids)).map((run) => [run.id, run]));
  const of = ({ count, ids: some }: OpenRuns = { count: 0, ids: [] }) => ({
    count,
    rows: some.flatMap((id) => runs.get(id) ?? []),
  });
  const [held, waiting, failed, planned] = [
    of(open.get('held')),
    of(open.get('waiting')),
    of(open.get('failed')),
    of(open.get('planned')),
  ];
  const blocks = await blockedBehind(
    db,
    held.rows.map(({ id }) => id),
  );
  return {
    held: { count: held.count, runs: held.rows.map((run) => heldRun(run, blocks)) },
    campaigns: { count: campaigns[0]?.total ?? 0, campaigns: campaigns.map(campaignOf) },
    sources: { count: sources.length, sources: sources.slice(0, o.limit) },
    failed: { count: failed.count, runs: failed.rows.map(failedRun) },
    conflicts: await conflictsOf(context, { inConflict, runs, limit: o.limit }),
    failedRows: {
      count: inError.reduce((sum, { errors }) => sum + errors, 0),
      runs: inError.slice(0, o.limit).flatMap((one) => rowsOf(one, runs.get(one.id))),
    },
    waiting: {
      count: waiting.count,
      runs: waiting.rows.map((run) => ({
        ...runOf(run, { do: 'showRun', run: run.id }),
        failure: run.failure?.message ?? null,
      })),
    },
    tokens: { count: tokens.length, tokens: tokens.slice(0, o.limit).map(endingToken) },
    planned: { count: planned.count, runs: planned.rows.map(plannedRun) },
  };
}

function runOf(run: RunRow, next: Next): TodoRun {
  const { id, kind, subject, source, fileName, undoOfId, state } = run;
  const { unmerge } = run.options;
  const since = run.finishedAt ?? run.appliedAt ?? run.plannedAt ?? run.createdAt;
  return {
    ...{ runId: id, kind, subject, source, file: fileName },
    ...(typeof unmerge === 'string' ? { unmergeOf: unmerge } : {}),
    ...{ undoOf: undoOfId, startedBy: run.actor, state },
    // A run that waits for its turn again has a plan of before.
    since: (state === 'waiting' ? run.createdAt : since).toISOString(),
    next,
  };
}

function heldRun(run: RunRow, blocks: ReadonlyMap<string, number>): TodoHeld {
  // Shows why it is on hold, and both ways out.
  const base = runOf(run, { do: 'showRun', run: run.id });
  return { ...base, held: run.held, blocks: blocks.get(run.id) ?? 0 };
}

function campaignOf({ total: _, since, ...campaign }: WaitingCampaign): TodoCampaign {
  const { campaignId, state, unknown } = campaign;
  const counts = { ...NO_DELIVERIES, unknown };
  const next = nextOfCampaign({ campaignId, state, counts });
  return {
    ...campaign,
    since: since.toISOString(),
    next: next ?? { do: 'showCampaign', campaign: campaignId },
  };
}

function failedRun(run: RunRow): TodoFailed {
  const { code = 'unknown', message = '' } = run.failure ?? {};
  return { ...runOf(run, nextOf(run) ?? { do: 'showRun', run: run.id }), code, message };
}

function plannedRun(run: RunRow): TodoPlanned {
  const changes = CHANGED_COUNTS.reduce((sum, name) => sum + (run.counts[name] ?? 0), 0);
  return { ...runOf(run, nextOf(run) ?? { do: 'diff', run: run.id }), changes };
}

/** Tokens that end soon: the actor's own; those of everybody for an owner. */
async function tokensOf({ db, level, actorId }: OperationContext): Promise<EndingToken[]> {
  return endingTokens(db.pool, { adminId: may(level, 'admins.write') ? null : actorId });
}

function endingToken({ prefix, name, admin, expiresAt }: EndingToken): TodoToken {
  const next = { do: 'createToken', admin } as const;
  return { prefix, name, admin, expiresAt: expiresAt.toISOString(), next };
}

function rowsOf({ errors }: FaultyRun, run: RunRow | undefined): TodoRows[] {
  if (run === undefined) return [];
  // Without a file there are no rows to fix: each message has its own command.
  const next = { do: run.fileName === null ? 'report' : 'writeFailedRows', run: run.id } as const;
  return [{ ...runOf(run, next), rows: errors }];
}

async function conflictsOf(
  { db }: OperationContext,
  o: {
    readonly inConflict: readonly FaultyRun[];
    readonly runs: ReadonlyMap<string, RunRow>;
    readonly limit: number;
  },
): Promise<StoredTodo['conflicts']> {
  const found = await openConflicts(db, {
    runs: o.inConflict.slice(0, o.limit).map(({ id }) => id),
    limit: o.limit,
  });
  return {
    count: o.inConflict.reduce((sum, { conflicts }) => sum + conflicts, 0),
    conflicts: found.map(({ runId, entry, message }) => {
      const { source = '', subject = 'users', fileName = null } = o.runs.get(runId) ?? {};
      const next = { do: 'diff', run: runId, action: 'conflict' } as const;
      const { line, code } = message;
      return { runId, subject, source, file: fileName, entry, line, code, message, next };
    }),
  };
}

/** The worst first. */
async function sourcesOf(context: OperationContext, now: Date): Promise<TodoSource[]> {
  const [troubled, overdue] = await Promise.all([
    troubledSources(context.db),
    overdueSources(context.db, { now }),
  ]);
  return [
    ...troubled.filter(({ polling }) => polling === 'disabled').flatMap(stopped),
    ...troubled.filter(({ polling }) => polling === 'quarantined').flatMap(stopped),
    ...overdue.map(({ name, since }): TodoSource => {
      const about = { code: null, message: null, nextTryAt: null, skipped: 0 };
      const next = { do: 'showSource', source: name } as const;
      return { name, trouble: 'overdue', since: since.toISOString(), ...about, next };
    }),
    ...troubled.flatMap(blocked),
  ];
}

function stopped({ name, polling, trouble }: TroubledSource): TodoSource[] {
  if (trouble === null || (polling !== 'disabled' && polling !== 'quarantined')) return [];
  const { code, message, since, nextTryAt } = trouble;
  const next = { do: 'showSource', source: name } as const;
  return [{ name, trouble: polling, since, code, message, nextTryAt, skipped: 0, next }];
}

function blocked({ name, polling, blockedBy, ...source }: TroubledSource): TodoSource[] {
  if (blockedBy === null || polling !== 'ready' || source.blockedSince === null) return [];
  const about = { code: null, message: null, nextTryAt: null, skipped: source.skippedSyncs };
  const since = source.blockedSince.toISOString();
  return [{ name, trouble: 'blocked', since, ...about, next: { do: 'showRun', run: blockedBy } }];
}
