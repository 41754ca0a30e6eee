import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { readStackFile, type StackFile } from '../config/stackFile';
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
    connectionString: file.databaseUrl,
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

/**
 * Empties the store: people, runs, files; sources and admins stay. Without the triggers that refuse it,
 * and the runs row by row: a truncate of them would go on to the sources.
 */
export async function emptyStore(db: Client): Promise<void> {
  await db.query('set session_replication_role = replica');
  await db.query(`truncate "user", identity, run_file_chunk, staged_row, plan_entry, entry_outcome,
    run_message, decision, audit_event`);
  await db.query(
    `update source set last_good_run_id = null, last_absence_run_id = null, coverage = '{}'`,
  );
  await db.query('delete from run');
  await db.query('delete from run_file');
  await db.query('reset session_replication_role');
}

/** The worker's process id, of now: a worker that ended was started again under another one. */
export function workerPid(home: string): number | undefined {
  return readStackFile(home)?.services.find(({ name }) => name === 'worker')?.pid;
}

/** Forgets how much memory a process held at most; false where the system can't. */
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
