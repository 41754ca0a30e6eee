import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { readStackFile, type StackFile } from '../config/stackFile';
import { superuserUrl } from '../embedded/services';
import { openDatabase, type Db } from '../store/database/db';
import { peakMemoryMb, rollcall, type Place } from './cli';

/** A stack of its own, in a temporary folder. */
export interface BenchStack {
  readonly place: Place;
  readonly file: StackFile;
  readonly db: Client;
  stop(): Promise<void>;
}

/** Starts a stack for measurements; Ctrl-C stops it. */
export async function startBenchStack(
  env: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  const abort = new AbortController();
  const place: Place = { folder, home: join(folder, 'data'), signal: abort.signal, env };
  const interrupted = (): void => {
    abort.abort();
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const down = async (): Promise<void> => {
    await rollcall({ folder, home: place.home, env }, ['down']);
    rmSync(folder, { recursive: true, force: true });
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  };
  const up = await rollcall(place, ['up', '--detach']);
  const file = readStackFile(place.home);
  if (up.exit !== 0 || file === undefined) {
    await down();
    throw new Error(`rollcall up failed:\n${up.stdout}${up.stderr}`);
  }
  const db = new Client({
    connectionString: superuserUrl(place.home),
    options: '-c jit=off -c work_mem=128MB',
  });
  await db.connect();
  return {
    place,
    file,
    db,
    async stop() {
      await db.end();
      await down();
    },
  };
}

/** The store of a bench, as the owner of its tables. */
export function benchDatabase(home: string, maxConnections: number): Db {
  return openDatabase({
    url: superuserUrl(home),
    applicationName: 'rollcall-bench',
    maxConnections,
  });
}

/** What is about people and runs. */
const TABLES = [
  ...['user', 'identity', 'list_person', 'rejection', 'run_file_chunk', 'staged_row', 'plan_entry'],
  ...['entry_outcome', 'run_message', 'decision', 'audit_event', 'audit_value'],
  ...['user_index', 'user_unindexed'],
];

/**
 * Empties the store: people, runs, files. Sources and admins stay. Works without the triggers that
 * refuse it, and deletes the runs row by row, because a truncate of them would reach the sources.
 */
export async function emptyStore(db: Client): Promise<void> {
  await db.query('set session_replication_role = replica');
  // An older build, beside which this one is measured, has fewer tables.
  const { rows } = await db.query<{ name: string }>(
    `select quote_ident(name) as name from unnest($1::text[]) name
     where to_regclass(quote_ident(name)) is not null`,
    [TABLES],
  );
  // Triggers that also fire for replicas refuse to empty the audit.
  const audit = rows.filter(({ name }) => name.startsWith('audit_'));
  for (const { name } of audit) await db.query(`alter table ${name} disable trigger user`);
  const [people, others] = [rows.filter(isPeople), rows.filter((row) => !isPeople(row))];
  await db.query(`truncate ${others.map(({ name }) => name).join(', ')}`);
  // Admins refer to users, and stay: a truncate would reach them.
  for (const { name } of people) await db.query(`delete from ${name}`);
  for (const { name } of audit) await db.query(`alter table ${name} enable trigger user`);
  await db.query(
    `update source set last_good_run_id = null, last_absence_run_id = null, coverage = '{}'`,
  );
  await db.query('delete from run');
  await db.query('delete from run_file');
  await db.query('reset session_replication_role');
}

function isPeople({ name }: { readonly name: string }): boolean {
  return name === '"user"';
}

/** The worker's current process id: a worker that ended was started again under another one. */
export function workerPid(home: string): number | undefined {
  return readStackFile(home)?.services.find(({ name }) => name === 'worker')?.pid;
}

/** Resets the highest memory of a process; false where the system cannot. */
export function resetPeak(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
    return true;
  } catch {
    return false;
  }
}

/** The most memory that the worker held since {@link resetPeak}, in MB. */
export function workerPeakMb(home: string): number | null {
  return peakMemoryMb(workerPid(home));
}
