import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import {
  STAGED_COLUMNS,
  stagedAt,
  type ReadSummary,
  type StagedRow,
} from '../../domain/files/staged';
import { userKey } from '../../domain/keys';
import type { RecordRow } from '../../domain/files/recordRows';
import type { Db, Tx } from '../database/db';
import { writing } from '../database/fence';
import { analyzeRowsOf, ensurePartitions, partitionOf } from '../database/partitions';
import { moveRun } from '../runs/runs';

export interface StageInput {
  readonly runId: string;
  readonly fence: bigint;
  readonly batches: AsyncIterable<readonly StagedRow[]>;
  /** Columns of `staged_row` that each row has behind those of every row. */
  readonly tail?: readonly string[];
  /** Called after the last batch. */
  readonly summary: () => ReadSummary;
  readonly onProgress?: (rows: number) => void;
}

const CODE = stagedAt('code');
const LOGIN = stagedAt('login');
const EMAIL = stagedAt('email');

/**
 * Stages a complete read in one transaction: killed anywhere, nothing of it is stored, and the read is
 * repeated from the stored file (a million rows cost about five seconds). Rows go in by COPY,
 * straight into the run's partition.
 */
export async function stageRows(db: Pick<Db, 'pool'>, o: StageInput): Promise<{ rows: number }> {
  return stageRead(db, o, (tx) => copyRows(tx, o));
}

/** Stages the rows of a file of another subject than users; as {@link stageRows}. */
export async function stageRecords(
  db: Pick<Db, 'pool'>,
  o: Omit<StageInput, 'batches' | 'tail'> & {
    readonly batches: AsyncIterable<readonly RecordRow[]>;
  },
): Promise<{ rows: number }> {
  return stageRead(db, o, async (tx) => {
    const columns = `run_id, line, user_ref, other_ref, record, faults`;
    const copy = tx.query(
      copyFrom(`copy ${partitionOf('staged_row', o.runId)} (${columns}) from stdin`),
    );
    const text = Readable.from(encodeRecords(o), { objectMode: true, highWaterMark: 2 });
    await pipeline(text, copy);
  });
}

async function* encodeRecords(o: {
  readonly runId: string;
  readonly batches: AsyncIterable<readonly RecordRow[]>;
  readonly onProgress?: (rows: number) => void;
}): AsyncGenerator<Buffer> {
  let rows = 0;
  for await (const batch of o.batches) {
    let text = '';
    for (const { line, userRef, otherRef, record, faults } of batch) {
      const cells = [userRef, otherRef, json(record), json(faults)];
      text += `${o.runId}\t${String(line)}`;
      for (const cell of cells) text += cell === null ? '\t\\N' : `\t${escape(cell)}`;
      text += '\n';
    }
    rows += batch.length;
    o.onProgress?.(rows);
    yield Buffer.from(text, 'utf8');
  }
}

function json(value: RecordRow['record'] | RecordRow['faults']): string | null {
  return value === null ? null : JSON.stringify(value);
}

async function stageRead(
  db: Pick<Db, 'pool'>,
  o: Pick<StageInput, 'runId' | 'fence' | 'summary'>,
  copy: (tx: Tx) => Promise<void>,
): Promise<{ rows: number }> {
  await ensurePartitions(db.pool, o.runId);
  return writing(db, { ...o, once: true }, async (tx) => {
    await copy(tx);
    const summary = o.summary();
    await writeMessages(tx, o.runId, summary);
    await tx.query(
      `update run set staged_at = now(), rows = $2, coverage = $3, headers = $4,
         findings = $5
       where id = $1`,
      [
        o.runId,
        summary.rows,
        JSON.stringify(summary.coverage),
        JSON.stringify(summary.headers ?? {}),
        summary.findings === undefined ? null : JSON.stringify(summary.findings),
      ],
    );
    await moveRun(tx, { runId: o.runId, to: 'running' });
    if (summary.rows > 0) await analyzeRows(tx, o.runId);
    return { rows: summary.rows };
  });
}

/** A tenth of a second at any size; with every column and the default sample it took 0.66. */
export async function analyzeRows(tx: Tx, runId: string): Promise<void> {
  await tx.query('set local default_statistics_target = 30');
  await analyzeRowsOf(tx, runId);
}

/** The values that only a polled source has, as Postgres reads them: {@link STAGED_TAIL}. */
export type RowTail = readonly (string | null)[];
export const STAGED_TAIL = [
  'source_status',
  'due_on',
  'due_zone',
  'due_status',
  'due_then',
  'aliases',
  'merged_into',
  'status_by',
  'days_known',
] as const;

interface RowCopy {
  readonly runId: string;
  readonly tail?: readonly string[];
  readonly batches: AsyncIterable<readonly StagedRow[]>;
  readonly onProgress?: (rows: number) => void;
}

/** Copies rows straight into the run's partition. */
async function copyRows(tx: Tx, o: RowCopy): Promise<void> {
  await copyText(tx, { runId: o.runId, text: encode(o), columns: o.tail ?? [] });
}

async function* encode(o: RowCopy): AsyncGenerator<Buffer> {
  let rows = 0;
  for await (const batch of o.batches) {
    let text = '';
    for (const row of batch) text += encodeRow(o.runId, row) + '\n';
    rows += batch.length;
    o.onProgress?.(rows);
    yield Buffer.from(text, 'utf8');
  }
}

/** Rows of a polled source in COPY's form; {@link copyTailed} stores them. */
export function encodeTailed<Row>(
  runId: string,
  rows: readonly Row[],
  o: { readonly row: (row: Row) => StagedRow; readonly tail: (row: Row) => RowTail },
): Buffer {
  let text = '';
  for (const row of rows) text += encodeRow(runId, o.row(row), o.tail(row)) + '\n';
  return Buffer.from(text, 'utf8');
}

/** Copies rows that {@link encodeTailed} encoded for this run into its partition. */
export async function copyTailed(
  tx: Tx,
  o: { readonly runId: string; readonly text: readonly Buffer[] },
): Promise<void> {
  await copyText(tx, { ...o, columns: STAGED_TAIL });
}

async function copyText(
  tx: Tx,
  o: {
    readonly runId: string;
    readonly text: AsyncIterable<Buffer> | Iterable<Buffer>;
    /** In addition to the columns of every row. */
    readonly columns: readonly string[];
  },
): Promise<void> {
  const columns = ['run_id', ...STAGED_COLUMNS, 'code_key', ...o.columns].join(', ');
  const copy = tx.query(
    copyFrom(`copy ${partitionOf('staged_row', o.runId)} (${columns}) from stdin`),
  );
  await pipeline(Readable.from(o.text, { objectMode: true, highWaterMark: 2 }), copy);
}

const NO_TAIL: RowTail = [];

/** The values of a row, the key of its code behind the columns of every row, and the tail. */
function encodeRow(runId: string, row: StagedRow, tail = NO_TAIL): string {
  const own = row.length;
  let text = runId;
  let nulls = 0;
  for (let i = 0; i <= own + tail.length; i++) {
    const value =
      i < COLUMNS
        ? row[i]
        : i === COLUMNS
          ? keyOfCode(row)
          : i <= own
            ? row[i - 1]
            : tail[i - own - 1];
    if (value === null || value === undefined) {
      nulls++;
      continue;
    }
    // Nulls that follow each other are one text, because each concatenation costs as much as a cell.
    text += NULLS[nulls] ?? '';
    text += escape(value);
    nulls = 0;
  }
  return text + '\t\\N'.repeat(nulls);
}

/** The key of the login that a new user gets from its code. */
function keyOfCode(row: StagedRow): string | null {
  if (row[LOGIN] !== null || row[EMAIL] !== null) return null;
  const code = row[CODE];
  return typeof code === 'string' ? userKey(code) : null;
}

const COLUMNS = STAGED_COLUMNS.length;
/** So many nulls, and the tab before the value that follows them. */
const NULLS = Array.from({ length: COLUMNS * 2 }, (_, n) => '\t\\N'.repeat(n) + '\t');

const SPECIAL = /[\\\t\n\r\b\f\v]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

function escape(value: string): string {
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r\b\f\v]/g, (c) => ESCAPES[c] ?? c) : value;
}

async function writeMessages(tx: Tx, runId: string, summary: ReadSummary): Promise<void> {
  if (summary.messages.length === 0) return;
  const m = summary.messages;
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, n, line, col, code, facts
     from unnest($2::int[], $3::text[], $4::text[], $5::jsonb[]) with ordinality
       as t(line, col, code, facts, n)`,
    [
      runId,
      m.map((x) => x.line),
      m.map((x) => x.column),
      m.map((x) => x.code),
      m.map((x) => JSON.stringify(x.facts)),
    ],
  );
}
