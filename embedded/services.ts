import { dirname, join } from 'node:path';
import { z } from 'zod';
import { keyFilePath } from '../config/keyFile';
import type { Settings } from '../config/settings';
import { readJson } from './files';
import { dataPaths, type DataPaths } from './paths';
import { initialize, postgresProgram, postgresUrl, waitForPostgres } from './postgres';
import { roleUrl } from './roles';
import { hasSink, mailService } from './mail/service';
import type { ServiceSpec } from './service';
import type { StackSettings } from './settings';
import { temporalProgram, waitForTemporal } from './temporal';
import { waitForWorker, workerProgram } from './worker';

export const DATABASE = 'rollcall';
const START_MS = 60_000;

export interface StackPlan {
  readonly paths: DataPaths;
  readonly stack: StackSettings;
  readonly settings: Settings;
  /** Undefined when Temporal is configured elsewhere. */
  readonly temporalCli: string | undefined;
}

/** Where the parts of a stack are: the configured servers, else the embedded ones. */
export interface Addresses {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly uiUrl: string | null;
  /** Base URL of the worker's health pages. */
  readonly health: string;
}

/** The addresses that the worker and the clients get. */
export function addresses({ stack: { ports, password }, settings }: StackPlan): Addresses {
  const own = settings.ROLLCALL_TEMPORAL_ADDRESS;
  return {
    databaseUrl:
      settings.ROLLCALL_DATABASE_URL ??
      roleUrl({ port: ports.postgres, password, database: DATABASE, role: 'worker' }),
    temporalAddress: own ?? loopback(ports.temporal),
    uiUrl:
      settings.ROLLCALL_TEMPORAL_UI_URL ??
      (own === undefined ? `http://${loopback(ports.temporalUi)}` : null),
    health: `http://${loopback(ports.health)}`,
  };
}

/** The address by which `db migrate` changes the schema; undefined when a database is configured. */
export function migratorUrl({
  stack: { ports, password },
  settings,
}: StackPlan): string | undefined {
  if (settings.ROLLCALL_DATABASE_URL !== undefined) return undefined;
  return roleUrl({ port: ports.postgres, password, database: DATABASE, role: 'migrator' });
}

function loopback(port: number): string {
  return `127.0.0.1:${String(port)}`;
}

/** The embedded Postgres; undefined when a database is configured. */
export function postgresService(plan: StackPlan): (ServiceSpec & Prepared) | undefined {
  if (plan.settings.ROLLCALL_DATABASE_URL !== undefined) return undefined;
  const { password, ports } = plan.stack;
  const options = {
    folder: plan.paths.postgres,
    port: ports.postgres,
    password,
    logFile: join(plan.paths.logs, 'postgres.log'),
  };
  const url = postgresUrl({ ...options, database: 'postgres' });
  return {
    name: 'postgres',
    address: loopback(ports.postgres),
    prepare: (abort) => initialize(options, abort),
    program: () => postgresProgram(options),
    ready: (alive) => waitForPostgres(url, { timeoutMs: START_MS, alive }),
    ending: [
      ['SIGINT', 30_000],
      ['SIGQUIT', 5_000],
    ],
  };
}

interface Prepared {
  prepare(abort: AbortSignal): Promise<void>;
}

/** The embedded Temporal; undefined when a server is configured. */
export function temporalService(plan: StackPlan): ServiceSpec | undefined {
  const { temporalCli: cli, settings, stack, paths } = plan;
  if (cli === undefined) return undefined;
  const { ports } = stack;
  const options = {
    cli,
    dbFile: paths.temporalDb,
    port: ports.temporal,
    uiPort: ports.temporalUi,
    httpPort: ports.temporalHttp,
    metricsPort: ports.temporalMetrics,
    namespace: settings.ROLLCALL_TEMPORAL_NAMESPACE,
    logFile: join(paths.logs, 'temporal.log'),
    cwd: dirname(paths.temporalDb),
  };
  return {
    name: 'temporal',
    address: loopback(ports.temporal),
    program: () => temporalProgram(options),
    ready: (alive) => waitForTemporal(options, { timeoutMs: START_MS, alive }),
    ending: [['SIGTERM', 15_000]],
  };
}

/** The sink for letters; undefined when a mail server or a database is configured. */
export function mailOfStack({ paths, settings, stack }: StackPlan): ServiceSpec | undefined {
  return hasSink(settings) ? mailService({ paths, settings, port: stack.ports.mail }) : undefined;
}

/** The Rollcall worker on these servers. */
export function workerService(plan: StackPlan): ServiceSpec {
  const { databaseUrl, temporalAddress, health } = addresses(plan);
  const { port, host } = new URL(health);
  const env = {
    ROLLCALL_HOME: plan.paths.data,
    ROLLCALL_DATABASE_URL: databaseUrl,
    ROLLCALL_TEMPORAL_ADDRESS: temporalAddress,
    ROLLCALL_HEALTH_HOST: '127.0.0.1',
    ROLLCALL_HEALTH_PORT: port,
    // It starts before stack.json is there.
    ...(hasSink(plan.settings)
      ? { ROLLCALL_SINK_URL: `smtp://${loopback(plan.stack.ports.mail)}` }
      : {}),
    // The worker gets a database URL, and so would not look for a key beside the data.
    ...(plan.settings.ROLLCALL_DATABASE_URL === undefined &&
    plan.settings.ROLLCALL_SECRET_KEY === undefined
      ? { ROLLCALL_SECRET_KEY_FILE: keyFilePath(plan.paths.data) }
      : {}),
  };
  const logFile = join(plan.paths.logs, 'worker.log');
  const graceMs = plan.settings.ROLLCALL_SHUTDOWN_GRACE_SECONDS * 1000;
  return {
    name: 'worker',
    address: host,
    program: () => workerProgram({ env, logFile }),
    ready: (alive) => waitForWorker(health, { timeoutMs: START_MS, alive }),
    // The first signal lets it drain, the second hurries it.
    ending: [
      ['SIGTERM', graceMs + 3_000],
      ['SIGTERM', 3_000],
    ],
  };
}

const superuser = z.object({ password: z.string(), ports: z.object({ postgres: z.number() }) });

/**
 * URL for the superuser of the embedded Postgres of a data folder. Nothing of the product connects as it
 * once `up` has made the roles; measurements, rehearsals and tests do.
 */
export function superuserUrl(home: string, database = DATABASE): string {
  const { password, ports } = superuser.parse(readJson(dataPaths(home).settings));
  return postgresUrl({ password, port: ports.postgres, database });
}
