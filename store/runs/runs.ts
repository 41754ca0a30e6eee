import { Fault } from '../../domain/faults';
import { workflowIdOf } from '../../domain/installation';
import { byPrefix } from '../../domain/ids';
import { storedNext, type Next } from '../../domain/next';
import type { HeldGate } from '../../domain/runs/gates';
import {
  RUN_TRANSITIONS,
  WORKING_STATES,
  isFinal,
  type RunKind,
  type StoredRunState,
} from '../../domain/runs/run';
import type { RunProgress } from '../../domain/runs/runDocument';
import type { RunSubject } from '../../domain/runs/subject';
import { NAMED_SOURCE_KINDS, type SourceKind } from '../../domain/sources/sourceKind';
import { newId, type Db, type Queryable } from '../database/db';
import { appliedCount } from '../apply/applied';
import type { Attempt } from '../database/fence';
import { installationId } from '../installation/installation';
import { ADMIN_SOURCE_ID } from '../sources/sources';
import { ensurePartitions } from '../database/partitions';
import { sqlList } from '../database/sqlList';

/** What the plan of a read found out about presence. */
export interface Presence {
  /**
   * Its rows with a readable key, each person once: a row counts as the first row with its external
   * id, and a row without such an id as the first that shares any of its keys.
   */
  readonly people: number;
  /** It says who is absent. */
  readonly saysAbsent: boolean;
  /** It has a person that the source had missed before. */
  readonly seenAgain: boolean;
  /** Some rows name their manager by e-mail or login, which may get another holder. */
  readonly managersByKey?: boolean;
}

/** One row of `run`, with the source's name. */
export interface RunRow {
  readonly id: string;
  readonly kind: RunKind;
  readonly subject: RunSubject;
  readonly sourceId: string;
  readonly source: string;
  readonly sourceKind: SourceKind;
  readonly state: StoredRunState;
  readonly active: boolean;
  readonly blocking: boolean;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly actorId: string;
  /** The name of the admin who started it. */
  readonly actor: string;
  readonly undoOfId: string | null;
  readonly retryOfId: string | null;
  readonly fileId: string | null;
  readonly fileName: string | null;
  readonly workflowId: string;
  readonly createdAt: Date;
  readonly stagedAt: Date | null;
  readonly plannedAt: Date | null;
  readonly approvedAt: Date | null;
  readonly appliedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly undoableUntil: Date | null;
  /** When its rows, plan and messages were removed (store/lifecycle/retention.ts). */
  readonly forgottenAt: Date | null;
  readonly rows: number;
  readonly entries: number;
  readonly pass: number;
  /** How many entries are applied, in this pass. */
  readonly applied: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly matchedBy: Readonly<Record<string, number>>;
  readonly held: readonly HeldGate[];
  readonly presence: Presence | null;
  readonly progress: RunProgress | Record<string, never>;
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly next?: Next;
  } | null;
}

/** A run's row as it is stored: an older build stored the next step of a failure as words. */
interface StoredRow extends Omit<RunRow, 'failure'> {
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly next?: unknown;
  } | null;
}

function asRead({ failure, ...run }: StoredRow): RunRow {
  if (failure === null) return { ...run, failure };
  const { code, message } = failure;
  const next = storedNext(failure.next);
  return { ...run, failure: { code, message, ...(next === undefined ? {} : { next }) } };
}

/** False before the first step wrote any. */
export function isProgress(progress: RunRow['progress']): progress is RunProgress {
  return typeof progress.phase === 'string';
}

const SELECT = `
  select r.id, r.kind, r.subject, r.source_id as "sourceId", s.name as source, s.kind as "sourceKind", r.state,
    r.active, r.blocking, r.dry_run as "dryRun", r.options, r.actor_id as "actorId",
    (select a.name from admin a where a.id = r.actor_id) as actor,
    r.undo_of_id as "undoOfId", r.retry_of_id as "retryOfId", r.file_id as "fileId",
    f.name as "fileName", r.workflow_id as "workflowId", r.created_at as "createdAt",
    r.staged_at as "stagedAt", r.planned_at as "plannedAt", r.approved_at as "approvedAt",
    r.applied_at as "appliedAt", r.finished_at as "finishedAt",
    r.undoable_until as "undoableUntil", r.forgotten_at as "forgottenAt", r.rows, r.entries, r.pass,
    ${appliedCount('r')} as applied, r.counts, r.matched_by as "matchedBy", r.held,
    r.presence, r.progress, r.failure
  from run r join source s on s.id = r.source_id left join run_file f on f.id = r.file_id`;

export interface NewRun {
  readonly kind: RunKind;
  /** By default users. */
  readonly subject?: RunSubject;
  readonly sourceId: string;
  readonly actorId: string;
  readonly options: object;
  readonly dryRun: boolean;
  readonly fileId?: string;
  readonly undoOfId?: string;
  readonly retryOfId?: string;
  /** Of a sync: what it reads. */
  readonly readMode?: 'full' | 'changes';
  /** Of a workflow that is there already; by default that of the run itself. */
  readonly workflowId?: string;
  /** The moment in its id, which decides the day that its rows are kept with; by default now. */
  readonly at?: Date;
}

/** Records a run that has not started. */
export async function createRun(
  tx: Queryable,
  run: NewRun,
): Promise<{ runId: string; workflowId: string }> {
  const runId = newId(run.at);
  const workflowId =
    run.workflowId ??
    workflowIdOf({ installation: await installationId(tx), kind: run.kind, runId });
  await ensurePartitions(tx, runId);
  await tx.query(
    `insert into run (id, kind, source_id, actor_id, options, dry_run, file_id, undo_of_id,
       retry_of_id, workflow_id, read_mode, subject, progress)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '{"phase":"waiting","done":0,"total":null}')`,
    [
      runId,
      run.kind,
      run.sourceId,
      run.actorId,
      JSON.stringify(run.options),
      run.dryRun,
      run.fileId ?? null,
      run.undoOfId ?? null,
      run.retryOfId ?? null,
      workflowId,
      run.readMode ?? null,
      run.subject ?? 'users',
    ],
  );
  return { runId, workflowId };
}

/** @throws Fault not_found */
export async function getRun(db: Pick<Db, 'pool'> | Queryable, runId: string): Promise<RunRow> {
  const { rows } = await queryable(db).query<StoredRow>(`${SELECT} where r.id = $1`, [runId]);
  const [row] = rows;
  if (row === undefined) throw runNotFound(runId);
  return asRead(row);
}

/** The run that reads a stored file; null when none was recorded. */
export async function runOfFile(
  db: Pick<Db, 'pool'>,
  fileId: string,
): Promise<(Pick<RunRow, 'workflowId' | 'kind'> & { readonly runId: string }) | null> {
  const { rows } = await db.pool.query<{ runId: string; workflowId: string; kind: RunKind }>(
    `select id as "runId", workflow_id as "workflowId", kind from run
     where file_id = $1 order by id limit 1`,
    [fileId],
  );
  return rows[0] ?? null;
}

/** Only the bulk changes of this admin, and that admin's undos of bulk changes. */
export interface OwnRuns {
  readonly actorId: string;
}

/** True when the run is one of these. */
export function isOwn(run: Pick<RunRow, 'actorId' | 'sourceId'>, { actorId }: OwnRuns): boolean {
  return run.actorId === actorId && run.sourceId === ADMIN_SOURCE_ID;
}

/** SQL: as {@link isOwn}, for a run by its alias; `actor`: the id as a parameter, null for all runs. */
export function ownRuns(run: string, actor: string): string {
  return `(${actor}::uuid is null or ${run}.actor_id = ${actor} and ${run}.source_id = '${ADMIN_SOURCE_ID}')`;
}

/** Finds a run by its id or by a prefix that only it has. @throws Fault not_found | usage */
export async function findRun(
  db: Pick<Db, 'pool'>,
  prefix: string,
  own: OwnRuns | null = null,
): Promise<RunRow> {
  const row = await byPrefix(prefix, {
    find: async (text) => {
      const { rows } = await db.pool.query<StoredRow>(
        `${SELECT} where r.id::text like $1 and ${ownRuns('r', '$2')}
         order by r.id desc limit ${String(MAX_CANDIDATES + 1)}`,
        [`${text}%`, own?.actorId ?? null],
      );
      return rows;
    },
    missing: () => runNotFound(prefix),
    several: (rows) => ambiguous(prefix.trim().toLowerCase(), rows),
  });
  return asRead(row);
}

const MAX_CANDIDATES = 10;

function ambiguous(prefix: string, runs: readonly StoredRow[]): Fault {
  const shown = runs.slice(0, MAX_CANDIDATES).map(({ id, kind, state, dryRun, createdAt }) => {
    const at = createdAt.toISOString().slice(0, 16).replace('T', ' ');
    return `  ${id}  ${kind}${dryRun ? ' (dry run)' : ''}  ${state}  ${at}`;
  });
  const more = runs.length > shown.length ? ['  and older ones'] : [];
  return new Fault('usage', {
    code: 'run_ambiguous',
    message: [`More than one run begins with ${prefix}:`, ...shown, ...more].join('\n'),
    next: 'Give more of the id, or all of it.',
  });
}

/** Runs, newest first. `before`: a run id to continue after. */
export async function selectRuns(
  db: Pick<Db, 'pool'>,
  o: {
    source?: string;
    state?: StoredRunState;
    limit: number;
    before?: string;
    own?: OwnRuns | null;
  },
): Promise<RunRow[]> {
  const { rows } = await db.pool.query<StoredRow>(
    `${SELECT} where ($1::text is null or s.name = $1) and ($2::run_state is null or r.state = $2)
       and ($3::uuid is null or r.id < $3) and ${ownRuns('r', '$5')} order by r.id desc limit $4`,
    [o.source ?? null, o.state ?? null, o.before ?? null, o.limit, o.own?.actorId ?? null],
  );
  return rows.map(asRead);
}

/** The runs of these ids, in the order of the ids. */
export async function selectRunsOf(
  db: Pick<Db, 'pool'>,
  ids: readonly string[],
): Promise<RunRow[]> {
  const { rows } = await db.pool.query<StoredRow>(
    `${SELECT} where r.id = any ($1) order by array_position($1::uuid[], r.id)`,
    [ids],
  );
  return rows.map(asRead);
}

/**
 * Moves a run to another state, along {@link RUN_TRANSITIONS}, under a lock on its row.
 * @throws Fault state when there is no way there from its present state.
 */
export async function moveRun(
  tx: Queryable,
  o: { readonly runId: string; readonly to: StoredRunState; readonly failure?: RunRow['failure'] },
): Promise<StoredRunState> {
  const { rows } = await tx.query<{ state: StoredRunState }>(
    `select state from run where id = $1 for update`,
    [o.runId],
  );
  const from = rows[0]?.state;
  if (from === undefined) throw runNotFound(o.runId);
  if (from === o.to) return from;
  const allowed: readonly StoredRunState[] = RUN_TRANSITIONS[from];
  if (!allowed.includes(o.to)) {
    throw new Fault('state', {
      code: `run_is_${from}`,
      message: `Run ${o.runId} is ${from}; it can't become ${o.to}.`,
      next: { do: 'showRun', run: o.runId },
    });
  }
  const final = isFinal(o.to);
  await tx.query(
    `update run set state = $2::run_state,
       failure = case when $2::run_state = 'retrying' then coalesce($3, failure) else $3 end,
       finished_at = case when $4 then now() end,
       active = active and $2::run_state in ${sqlList(WORKING_STATES)},
       blocking = $2::run_state = 'held' and (select kind in ${sqlList(NAMED_SOURCE_KINDS)} from source where id = source_id),
       started_at = coalesce(started_at, case when $2::run_state = 'running' then now() end)
     where id = $1`,
    [o.runId, o.to, o.failure === undefined ? null : JSON.stringify(o.failure), final],
  );
  return o.to;
}

/**
 * Stores why the last attempt of a step failed, for people who look at the run while it is retried.
 */
export async function storeTrouble(
  db: Pick<Db, 'pool'>,
  runId: string,
  trouble: { readonly code: string; readonly message: string },
): Promise<void> {
  await db.pool.query(
    `update run set failure = $2 where id = $1 and state in ${sqlList(WORKING_STATES)}`,
    [runId, JSON.stringify(trouble)],
  );
}

/**
 * Shown by the progress bar and the Temporal UI; not part of any transaction of the run. An attempt that
 * was replaced writes nothing: it may wake after the run's end.
 */
export async function saveProgress(
  db: Pick<Db, 'pool'>,
  { runId, fence }: Attempt,
  progress: RunProgress,
): Promise<void> {
  // Skips the update when another transaction holds the row; the next update carries the progress.
  await db.pool.query(
    `update run set progress = $2
     where id = (select id from run where id = $1 and fence = $3 and finished_at is null
       for update skip locked)`,
    [runId, JSON.stringify(progress), fence],
  );
}

function queryable(db: Pick<Db, 'pool'> | Queryable): Queryable {
  return 'pool' in db ? db.pool : db;
}

/** There is no such run, or it is not for the actor to see. */
export function runNotFound(id: string): Fault {
  return new Fault('not_found', {
    code: 'run_not_found',
    message: `There is no run ${id}.`,
    next: { do: 'listRuns' },
  });
}
