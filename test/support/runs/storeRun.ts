import {
  STAGED_COLUMNS,
  stagedColumn,
  type StagedColumn,
  type StagedRow,
} from '../../../domain/files/staged';
import type { ListKey } from '../../../domain/files/listKey';
import { DAYS_COLUMNS, FileDays } from '../../../domain/files/fileDays';
import { daysAt } from '../../../domain/zones';
import { userKey } from '../../../domain/keys';
import type { Gate, HeldGate } from '../../../domain/runs/gates';
import type { RunKind, StoredRunState } from '../../../domain/runs/run';
import type { RunDocument } from '../../../domain/runs/runDocument';
import { isUserField } from '../../../domain/users/fields';
import { applyBatch } from '../../../store/apply';
import { newId, transaction, type Db } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { claim } from '../../../store/lifecycle/claim';
import { hold, takeDecision, type Taken } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { stageRows } from '../../../store/reads/staging';
import { runDocument } from './documents';
import { makeReal } from '../../../store/runs/requests';
import { createRun, getRun, moveRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import type { ReadRow } from '../oracle';

export interface ImportInput {
  readonly rows: readonly ReadRow[];
  readonly sourceId?: string;
  readonly dryRun?: boolean;
  readonly update?: 'all' | 'fill' | 'off';
  readonly create?: boolean;
  readonly missing?: 'ignore' | 'deactivate';
  readonly gates?: Readonly<Partial<Record<Gate, number>>>;
  readonly retryOf?: string;
  /** The file is no complete list. */
  readonly partial?: boolean;
  readonly twoRows?: 'first' | 'last';
  /** What the external ids of the rows are; by default codes. */
  readonly key?: ListKey;
  /** The moment at which the days of the rows decide, and the zone of the list; by default they do not. */
  readonly days?: FileClock | 'ignore';
  /** Fields of the read; by default all that a row sets or clears. */
  readonly columns?: readonly string[];
  /** Field → header, where the file uses another name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The clock of a file: what its days are compared with. */
export interface FileClock {
  readonly now: string;
  readonly zone?: string;
}

/** A planned run; nothing of it is applied. */
export interface PlannedRun {
  readonly runId: string;
  readonly fence: bigint;
  readonly held: readonly HeldGate[];
  readonly entries: number;
}

/** Records an import, takes its slot, stages its rows and plans it. */
export async function planImport(db: Db, input: ImportInput): Promise<PlannedRun> {
  const runId = await newRun(db, 'import', input);
  const fence = await start(db, runId);
  const { rows, columns, headers, days } = input;
  await stage(db, {
    ...{ runId, fence, rows, columns },
    ...(headers === undefined ? {} : { headers }),
    ...(days === undefined || days === 'ignore' ? {} : { days }),
  });
  return plan(db, { runId, fence, dryRun: input.dryRun === true });
}

/** Records an import that has not asked for its slot yet. */
export async function recordImport(
  db: Db,
  o: { readonly sourceId?: string; readonly dryRun?: boolean },
): Promise<string> {
  return newRun(db, 'import', { rows: [], ...o });
}

/** Plans an undo of a run. */
export async function planUndoOf(
  db: Db,
  o: { readonly runId: string; readonly dryRun?: boolean },
): Promise<PlannedRun> {
  const undone = await getRun(db, o.runId);
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'undo',
      subject: undone.subject,
      sourceId: undone.sourceId,
      actorId: OWNER_ID,
      options: { expect: null },
      dryRun: o.dryRun === true,
      undoOfId: o.runId,
    }),
  );
  return plan(db, { runId, fence: await start(db, runId), dryRun: o.dryRun === true });
}

/** Plans a bulk change of users. */
export async function planBulkOf(
  db: Db,
  o: {
    readonly users: readonly string[];
    readonly change: object;
    readonly expect?: number | null;
    readonly dryRun?: boolean;
  },
): Promise<PlannedRun> {
  const runId = await newRun(db, 'bulk', {
    rows: [],
    options: { change: o.change, expect: o.expect ?? null },
    dryRun: o.dryRun === true,
  });
  const fence = await start(db, runId);
  const rows = o.users.map((externalId, i) => ({
    line: i + 1,
    externalId,
    values: {},
    clears: [],
  }));
  await stage(db, { runId, fence, rows });
  return plan(db, { runId, fence, dryRun: o.dryRun === true });
}

async function newRun(
  db: Db,
  kind: RunKind,
  o: ImportInput & { readonly options?: object },
): Promise<string> {
  const fileId = kind === 'import' ? await anyFile(db) : undefined;
  const dryRun = o.dryRun === true;
  const options = o.options ?? {
    dryRun,
    missing: o.missing ?? 'ignore',
    blank: 'keep',
    create: o.create ?? true,
    update: o.update ?? 'all',
    ignoreUnknown: false,
    ...(o.gates === undefined ? {} : { gates: o.gates }),
    ...(o.twoRows === undefined ? {} : { twoRows: o.twoRows }),
    ...(o.partial === true ? { partial: true } : {}),
    ...(o.key === undefined ? {} : { key: o.key }),
    ...(o.days === 'ignore' ? { days: 'ignore' } : {}),
    ...(o.retryOf === undefined ? {} : { retryOf: o.retryOf }),
  };
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind,
      sourceId: o.sourceId ?? CSV_SOURCE_ID,
      actorId: OWNER_ID,
      options,
      dryRun,
      ...(fileId === undefined ? {} : { fileId }),
      ...(o.retryOf === undefined ? {} : { retryOfId: o.retryOf }),
    }),
  );
  return runId;
}

/** Every import has a file; these rows never were in one. */
async function anyFile(db: Db): Promise<string> {
  const id = '00000000-0000-7000-8000-00000000f11e';
  await db.pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'people.csv', 0, '', true)
     on conflict do nothing`,
    [id],
  );
  return id;
}

/** A new attempt: the fence, and the source's slot. */
export async function start(db: Db, runId: string): Promise<bigint> {
  const fence = await takeFence(db, runId);
  const claimed = await claim(db, { runId, fence });
  if (claimed !== 'claimed') throw new Error(`the slot of the source is ${claimed}`);
  return fence;
}

async function plan(
  db: Db,
  o: { readonly runId: string; readonly fence: bigint; readonly dryRun: boolean },
): Promise<PlannedRun> {
  const { held, entries } = await buildPlan(db, o);
  if (o.dryRun) await finish(db, { ...o, state: 'planned', undoDays: 90 });
  return { runId: o.runId, fence: o.fence, held, entries };
}

/** Stages rows as a reader would. */
export async function stage(
  db: Db,
  o: {
    readonly runId: string;
    readonly fence: bigint;
    readonly rows: readonly ReadRow[];
    readonly columns?: readonly string[] | undefined;
    /** Field → header, where the file uses another name. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly days?: FileClock;
  },
): Promise<void> {
  const columns = o.columns ?? o.rows.flatMap((row) => [...Object.keys(row.values), ...row.clears]);
  const days = fileDays(columns, o.days);
  await stageRows(db, {
    runId: o.runId,
    fence: o.fence,
    batches: batchesOf(o.rows, days),
    tail: days === null ? [] : DAYS_COLUMNS,
    summary: () => ({
      rows: o.rows.length,
      coverage: Object.fromEntries(
        columns.map((c) => [c, o.rows.filter((row) => row.values[c] !== undefined).length]),
      ),
      messages: days?.messages() ?? [],
      ...(o.headers === undefined ? {} : { headers: o.headers }),
      ...(o.rows.some(({ externalId, fault }) => externalId === null && fault !== true)
        ? { findings: { nameless: false, words: {}, unnumbered: true } }
        : {}),
    }),
  });
}

function fileDays(columns: readonly string[], clock: FileClock | undefined): FileDays | null {
  const [first = null, last = null] = ['hireDate', 'leaveDate'].map((column) =>
    columns.includes(column) ? column : null,
  );
  if (clock === undefined || (first === null && last === null)) return null;
  return new FileDays(daysAt(new Date(clock.now), clock.zone ?? 'UTC'), {
    first,
    last,
    emptySays: true,
  });
}

async function* batchesOf(
  rows: readonly ReadRow[],
  days: FileDays | null,
): AsyncGenerator<StagedRow[]> {
  await Promise.resolve();
  yield rows.map((row) => {
    if (days === null) return stagedRow(row);
    const staged = [...stagedRow(row), ...DAYS_COLUMNS.map(() => null)];
    days.decide(staged, row.line);
    return staged;
  });
}

/** A row in the positional form of {@link STAGED_COLUMNS}. */
export function stagedRow(row: ReadRow): StagedRow {
  const cells: Partial<Record<StagedColumn, string>> = {
    line: String(row.line),
    key_readable: row.keyReadable === false ? 'f' : 't',
  };
  if (row.externalId !== null) cells.external_id = row.externalId;
  if (row.clears.length > 0) cells.clears = `{${row.clears.map((f) => `"${f}"`).join(',')}}`;
  if (row.fault === true)
    cells.faults = JSON.stringify([['email', 'bad_email', 'Not an address.']]);
  const properties: string[] = [];
  for (const [field, value] of Object.entries(row.values)) {
    if (value === undefined) continue;
    if (isUserField(field)) cells[stagedColumn(field)] = value;
    else properties.push(`${JSON.stringify(field.slice('properties.'.length))}:${value}`);
  }
  if (cells.login !== undefined) cells.login_key = userKey(cells.login);
  if (cells.email !== undefined) cells.email_key = userKey(cells.email);
  if (properties.length > 0) cells.properties = `{${properties.join(',')}}`;
  return STAGED_COLUMNS.map((column) => cells[column] ?? null);
}

export interface ApproveInput {
  readonly only?: readonly string[];
  readonly entries?: readonly number[];
  readonly keepHeld?: boolean;
}

/** Records a decision on a run and carries it out. */
export async function decide(
  db: Db,
  o: {
    readonly runId: string;
    readonly fence: bigint;
    readonly kind: 'approve' | 'reject' | 'cancel';
    readonly detail?: ApproveInput & { readonly replaced?: boolean };
  },
): Promise<Taken> {
  const decisionId = newId();
  await db.pool.query(
    `insert into decision (id, run_id, actor_id, kind, detail) values ($1, $2, $3, $4, $5)`,
    [decisionId, o.runId, OWNER_ID, o.kind, JSON.stringify(o.detail ?? {})],
  );
  return takeDecision(db, { runId: o.runId, fence: o.fence, decisionId });
}

/** Takes a planned run to its end; what holds it is approved, completely or in part. */
export async function applyPlan(
  db: Db,
  run: PlannedRun,
  o: {
    readonly maxEntries?: number;
    readonly lanes?: number;
    readonly approve?: ApproveInput;
  } = {},
): Promise<StoredRunState> {
  const { runId, fence } = run;
  if (run.held.length > 0) {
    await hold(db, { runId, fence });
    const taken = await decide(db, { runId, fence, kind: 'approve', detail: o.approve ?? {} });
    if (taken !== 'apply') throw new Error(`the approval is ${taken}`);
    await claim(db, { runId, fence });
  }
  await applyBatches(db, { runId, fence, maxEntries: o.maxEntries ?? 1000, lanes: o.lanes ?? 1 });
  return (await finish(db, { runId, fence, state: 'done', undoDays: 90 })).state;
}

export async function applyBatches(
  db: Db,
  o: {
    readonly runId: string;
    readonly fence: bigint;
    readonly maxEntries: number;
    readonly lanes?: number;
  },
): Promise<void> {
  for (let step = 0; ; step++) {
    if ((await applyBatch(db, { ...o, undoDays: 90 })).done) return;
    if (step > 10_000) throw new Error('the run does not come to an end');
  }
}

/** Rejects a planned run as a whole. */
export async function rejectPlan(db: Db, run: PlannedRun): Promise<RunDocument> {
  const { runId, fence } = run;
  await hold(db, { runId, fence });
  const taken = await decide(db, { runId, fence, kind: 'reject' });
  if (taken !== 'rejected') throw new Error(`the rejection is ${taken}`);
  await finish(db, { runId, fence, state: 'rejected', undoDays: 90 });
  return runDocument(db, runId);
}

/** `runs apply` of a dry run: that same plan becomes a real run. */
export async function makeDryRunReal(db: Db, run: PlannedRun): Promise<PlannedRun> {
  await transaction(db, async (tx) => {
    await makeReal(tx, { runId: run.runId, options: {} });
    await moveRun(tx, { runId: run.runId, to: 'waiting' });
  });
  return { ...run, fence: await start(db, run.runId) };
}

/** Plans and applies an import; gates are approved. */
export async function importRows(
  db: Db,
  input: ImportInput & { readonly maxEntries?: number },
): Promise<RunDocument> {
  const run = await planImport(db, input);
  if (input.dryRun !== true) await applyPlan(db, run, { maxEntries: input.maxEntries ?? 1000 });
  return runDocument(db, run.runId);
}

/** Plans and applies an undo; its count is approved. */
export async function undoRun(db: Db, runId: string, maxEntries = 1000): Promise<RunDocument> {
  const run = await planUndoOf(db, { runId });
  await applyPlan(db, run, { maxEntries });
  return runDocument(db, run.runId);
}
