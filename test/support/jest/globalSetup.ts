import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdtemp, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DATABASE_ROLES, type DatabaseRole } from '../../../domain/databaseRoles';
import { launch } from '../../../embedded/launch';
import { freePorts } from '../../../embedded/ports';
import {
  initialize,
  postgresProgram,
  postgresUrl,
  waitForPostgres,
} from '../../../embedded/postgres';
import { end, isAlive, refOf, type ProcessRef } from '../../../embedded/processes';
import { ensureRoles, passwordOf } from '../../../embedded/roles';
import { TEST_TOKEN } from './testToken';

/** What the teardown undoes. */
export interface TestServer {
  readonly adminUrl: string;
  readonly template: string;
  /** The folder of what one test file makes and others use. */
  readonly shared: string;
  readonly own: { readonly server: ProcessRef; readonly folder: string } | undefined;
}

declare global {
  var rollcallTestServer: TestServer | undefined;
}

/** What the passwords of the roles are made from. */
export const ROLE_SECRET = 'tests';

/** Environment variables by which the test files find the server, the migrated template and what they share. */
export const ADMIN_URL = 'ROLLCALL_TEST_ADMIN_URL';
export const TEMPLATE = 'ROLLCALL_TEST_TEMPLATE';
export const SHARED_FOLDER = 'ROLLCALL_TEST_SHARED_FOLDER';

/**
 * One Postgres for the whole jest run: an embedded one, or the server of ROLLCALL_TEST_DATABASE_URL
 * (its user must be a superuser: the tests create databases, and the roles of domain/databaseRoles.ts).
 */
export default async function globalSetup(): Promise<void> {
  const configured = process.env['ROLLCALL_TEST_DATABASE_URL'];
  const { url, own } =
    configured === undefined || configured === ''
      ? await startServer()
      : { url: configured, own: undefined };
  await ensureRoles(url, ROLE_SECRET);
  // Some tests empty the store between two cases, without the triggers that refuse it.
  const { migrator, worker } = DATABASE_ROLES;
  await runSql(url, `grant set on parameter session_replication_role to ${migrator}, ${worker}`);
  const template = `rollcall_template_${randomBytes(4).toString('hex')}`;
  const shared = await mkdtemp(join(tmpdir(), 'rollcall-shared-'));
  const server: TestServer = { adminUrl: url, template, shared, own };
  globalThis.rollcallTestServer = server;
  process.env[ADMIN_URL] = url;
  process.env[TEMPLATE] = template;
  process.env[SHARED_FOLDER] = shared;
  process.env['ROLLCALL_TOKEN'] = TEST_TOKEN;
  // Temporal's servers live for a minute: they need not tidy up their memory as often.
  process.env['GOGC'] ??= '400';
}

const MEMORY = '/dev/shm';
const ROOM_BYTES = 2 * 2 ** 30;
const HOUR_MS = 3_600_000;

/**
 * Where the server's files lie: in memory, if there is room. Each import makes and drops some forty
 * temporary tables, which took a tenth of the tests' CPU on a disk. What a killed run left there is removed.
 */
async function quickFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    if (bavail * bsize < ROOM_BYTES) return tmpdir();
    await access(MEMORY, constants.W_OK);
    for (const name of await readdir(MEMORY)) {
      if (!name.startsWith('rollcall-test-')) continue;
      const old = join(MEMORY, name);
      if (Date.now() - (await stat(old)).mtimeMs > HOUR_MS && !(await runs(old)))
        await rm(old, { recursive: true, force: true });
    }
    return MEMORY;
  } catch {
    return tmpdir();
  }
}

/** Whether the server of this folder still runs. */
async function runs(folder: string): Promise<boolean> {
  const lock = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  return lock !== '' && isAlive(refOf(Number.parseInt(lock, 10)));
}

/** A server of the tests' own, with its superuser's URL. */
export async function startServer(): Promise<{
  readonly url: string;
  readonly own: { readonly server: ProcessRef; readonly folder: string };
}> {
  const folder = await mkdtemp(join(await quickFolder(), 'rollcall-test-'));
  // Postgres may have to run as another user, who must be able to enter.
  await chmod(folder, 0o711);
  const [port = 0] = await freePorts(1);
  const options = {
    folder: join(folder, 'postgres'),
    port,
    password: randomBytes(12).toString('hex'),
    logFile: join(folder, 'postgres.log'),
  };
  await initialize(options);
  const program = postgresProgram(options);
  // These databases live for seconds: they need not survive a power cut.
  const fast = ['fsync=off', 'full_page_writes=off', 'max_wal_size=256MB', 'max_connections=200'];
  const child = launch({
    ...program,
    args: [...program.args, ...fast.flatMap((one) => ['-c', one])],
  });
  child.unref();
  const server = refOf(child.pid ?? 0);
  const url = postgresUrl({ ...options, database: 'postgres' });
  await waitForPostgres(url, { timeoutMs: 30_000, alive: () => isAlive(server) });
  return { url, own: { server, folder } };
}

/** Drops the template; stops our own server and removes its folder. */
export async function stopServer({ adminUrl, template, shared, own }: TestServer): Promise<void> {
  await rm(shared, { recursive: true, force: true });
  if (own === undefined) {
    await runSql(adminUrl, `drop database if exists ${template} with (force)`);
    return;
  }
  await endServer(own);
}

/** Ends what {@link startServer} started. */
export async function endServer(own: {
  readonly server: ProcessRef;
  readonly folder: string;
}): Promise<void> {
  await end(own.server, [['SIGQUIT', 10_000]]);
  await rm(own.folder, { recursive: true, force: true });
}

/** The same server, another database. */
export function databaseUrl(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** The same server and database, for a role of Rollcall's. */
export function asRole(url: string, role: DatabaseRole): string {
  const own = new URL(url);
  own.username = DATABASE_ROLES[role];
  own.password = passwordOf(ROLE_SECRET, role);
  return own.href;
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
