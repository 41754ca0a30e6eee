import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { launch } from '../../embedded/launch';
import { freePorts } from '../../embedded/ports';
import {
  initialize,
  POSTGRES_USER,
  postgresProgram,
  postgresUrl,
  waitForPostgres,
} from '../../embedded/postgres';
import { end, isAlive, refOf } from '../../embedded/processes';
import { runAs } from '../../embedded/runAs';

export type PoolMode = 'transaction' | 'session';

/** A server of the rehearsal. */
export interface Served {
  readonly port: number;
  /** The URL of one of its databases. */
  url(database: string): string;
  stop(): Promise<void>;
}

const PASSWORD = 'rehearsal';
const START_MS = 30_000;

/** A Postgres in `folder`, whose sessions begin in New York. */
export async function startPostgres(folder: string): Promise<Served> {
  const [port = 0] = await freePorts(1);
  const options = {
    folder: join(folder, 'postgres'),
    port,
    password: PASSWORD,
    logFile: join(folder, 'postgres.log'),
  };
  await initialize(options);
  const program = postgresProgram(options);
  const zone = ['-c', 'timezone=America/New_York', '-c', 'datestyle=SQL, MDY'];
  const server = refOf(launch({ ...program, args: [...program.args, ...zone] }).pid ?? 0);
  const url = (database: string): string => postgresUrl({ port, password: PASSWORD, database });
  await waitForPostgres(url('postgres'), { timeoutMs: START_MS, alive: () => isAlive(server) });
  return { port, url, stop: () => end(server, [['SIGQUIT', 10_000]]) };
}

/** The version of a PgBouncer; undefined: there is no such program. */
export function versionOf(program: string): string | undefined {
  try {
    return /PgBouncer (\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

/** A PgBouncer before a Postgres, with nothing set that it does not need. */
export async function startPgBouncer(o: {
  readonly program: string;
  readonly folder: string;
  readonly mode: PoolMode;
  readonly postgresPort: number;
}): Promise<Served> {
  const [port = 0] = await freePorts(1);
  const folder = join(o.folder, `pgbouncer-${o.mode}`);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  writeFileSync(users, `"${POSTGRES_USER}" "${PASSWORD}"\n`);
  writeFileSync(
    settings,
    [
      '[databases]',
      `* = host=127.0.0.1 port=${String(o.postgresPort)}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${String(port)}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      `pool_mode = ${o.mode}`,
      // A worker has up to 16 connections; in session mode each needs one of its own.
      `default_pool_size = ${o.mode === 'session' ? '40' : '8'}`,
      '',
    ].join('\n'),
  );
  const user = runAs([folder, dirname(o.program)]);
  if (user !== undefined) {
    for (const path of [folder, users, settings]) chownSync(path, user.uid, user.gid);
  }
  const child = launch({
    command: o.program,
    args: [settings],
    env: {},
    cwd: folder,
    logFile: join(o.folder, `pgbouncer-${o.mode}.log`),
    runAs: user,
    deathSignal: 'KILL',
  });
  const server = refOf(child.pid ?? 0);
  const url = (database: string): string => postgresUrl({ port, password: PASSWORD, database });
  await waitForPostgres(url('postgres'), { timeoutMs: START_MS, alive: () => isAlive(server) });
  return {
    port,
    url,
    stop: () => end(server, [['SIGTERM', 5_000]]),
  };
}
