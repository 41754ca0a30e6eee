import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { buildId } from '../config/build';
import { redactUrl, type Config } from '../config/env';
import type { Logger } from '../config/logger';
import { secretKeys } from '../config/keyFile';
import { temporalConnection } from '../config/temporal';
import { openAlertSender } from '../operations/alerts/sendAlert';
import { openDatabase, type Db } from '../store/database/db';
import { requireInstallation, type Installation } from '../store/installation/installation';
import { migrationStatus } from '../store/database/migrate';
import { renewHashes } from '../store/letters/suppressions';
import { openTemporal } from '../temporal/gateway';
import { ALERT_WORDS } from '../wording/alerts';
import { deliveriesQueue, runsQueue } from '../workflows/queues';
import { activitiesOf } from './activities';
import { seeToCampaigns } from './campaigns/house';
import { keepSending } from './alerts';
import { ensureSearchAttributes } from './attributes';
import { workflowBundle } from './bundle';
import { serveHealth, type HealthSource } from './health';
import { keepMeasuring } from './gauges';
import { keepHouse } from './housekeeping';
import { watchInstallation } from './installation';
import { keepIndexing } from './users/indexing';
import { openLetterRoom, type LetterRoom } from './campaigns/letters';
import { activityInterceptor } from './interceptors';
import { createMetrics, freePort, type WorkerMetrics } from './metrics';
import { moveIn } from './moveIn';
import { requireSchema } from './schema';
import { sdkLogger } from './sdkLogger';
import { requireSessions } from './sessions';
import { keepSourceSchedules } from './sourceSchedules';
import { waitFor } from './starting';

export interface WorkerContext {
  readonly config: Config;
  readonly log: Logger;
  /** Aborted when the process must stop: the worker drains, then `runWorker` returns. */
  readonly signal: AbortSignal;
}

/**
 * How much a worker does at once. In the smallest set-up it shares two cores with its database, and
 * one run keeps both busy: 8 activities leave room for the runs of several sources and for the
 * waiting ones (two at most, `activities/runs.ts`). Few workflows are cached, because each gets few
 * calls and 1,000,000 rows must fit 300 MB; an uncached one replays in milliseconds.
 */
const LIMITS = {
  maxConcurrentActivityTaskExecutions: 8,
  maxConcurrentActivityTaskPolls: 2,
  maxConcurrentWorkflowTaskExecutions: 8,
  maxConcurrentWorkflowTaskPolls: 4,
  maxCachedWorkflows: 20,
  // A task of a workflow that a killed worker had cached waits this long for that worker (by
  // default 10 seconds) before another worker may take it: the greatest part of a recovery.
  stickyQueueScheduleToStartTimeout: '3 seconds',
} as const satisfies Partial<WorkerOptions>;

/** Lanes of campaigns at once; they share one window of claims and one pool of connections to the mail server. */
const DELIVERY_LIMITS = {
  maxConcurrentActivityTaskExecutions: 8,
  maxConcurrentActivityTaskPolls: 2,
} as const satisfies Partial<WorkerOptions>;

/** Each activity may use one connection for each lane that writes, and one that reads or reports progress. */
function maxConnections(applyLanes: number): number {
  return (
    (applyLanes + 1) * LIMITS.maxConcurrentActivityTaskExecutions +
    DELIVERY_LIMITS.maxConcurrentActivityTaskExecutions
  );
}

/**
 * A cancellation reaches an activity with the answer to a heartbeat, so no heartbeat is delayed
 * longer.
 */
const HEARTBEAT_THROTTLE = '2 seconds';
/** Time that an activity has, after the grace time, to roll back before the process ends. */
const FORCE_AFTER_MS = 10_000;
const READY_TIMEOUT_MS = 2_000;

interface Parts {
  db: Db | undefined;
  /** One for each queue that is taken up. */
  workers: readonly Worker[];
}

/**
 * Runs the worker until its signal is aborted. Waits for Postgres and Temporal at the start.
 * @throws Fault schema, missing_tool (search attributes): a restart would meet the same fault.
 */
export async function runWorker(context: WorkerContext): Promise<void> {
  const { config, log } = context;
  const sdkMetrics = `127.0.0.1:${String(await freePort())}`;
  installRuntime(context, sdkMetrics);
  const parts: Parts = { db: undefined, workers: [] };
  const metrics = createMetrics({ temporalAddress: sdkMetrics });
  const { health } = config;
  const pages =
    health === null
      ? undefined
      : await serveHealth({ ...health, metrics, source: healthSource(parts) });
  if (pages !== undefined) log.info({ url: pages.url }, 'health pages');
  try {
    await connectAndRun(context, { parts, metrics });
  } catch (error) {
    // The signal was aborted while the worker waited for a server.
    const aborted = error instanceof Error && error.name === 'AbortError';
    if (!context.signal.aborted || !aborted) throw error;
  } finally {
    await pages?.close();
    await parts.db?.close();
  }
}

function installRuntime({ log }: WorkerContext, metricsAddress: string): void {
  Runtime.install({
    logger: sdkLogger(log),
    // `main.ts` handles the signals, because the SDK's own handling knows no second one.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: 'WARN' },
      metrics: { prometheus: { bindAddress: metricsAddress } },
    },
  });
}

async function connectAndRun(
  context: WorkerContext,
  { parts, metrics }: { readonly parts: Parts; readonly metrics: WorkerMetrics },
): Promise<void> {
  const { config, log, signal } = context;
  const db = openDatabase({
    url: config.databaseUrl,
    applicationName: 'rollcall worker',
    maxConnections: maxConnections(config.applyLanes),
  });
  parts.db = db;
  const postgres = { what: 'Postgres', address: redactUrl(config.databaseUrl), log, signal };
  await waitFor(postgres, () => db.pool.query('select 1'));
  await requireSessions(db, log);
  requireSchema(await migrationStatus(db));
  const installation = await requireInstallation(db.pool);
  const renewed = await renewHashes(db.pool, { keys: secretKeys(config) });
  if (renewed > 0) log.info({ renewed }, 'suppressed addresses are kept by the new key');

  const connection = await connect(context);
  try {
    await pollUntilEnded(context, { parts, metrics, db, connection, installation });
  } finally {
    await connection.close();
  }
}

/** What a worker that has reached its servers works with. */
interface Reached {
  readonly parts: Parts;
  readonly metrics: WorkerMetrics;
  readonly db: Db;
  readonly connection: NativeConnection;
  readonly installation: Installation;
}

/** @throws Fault state, after it has drained: another database came in place of its own. */
async function pollUntilEnded(context: WorkerContext, reached: Reached): Promise<void> {
  const { config, log, signal } = context;
  const { parts, metrics, db, connection, installation } = reached;
  const { id } = installation;
  const { embedded } = config;
  const { namespace } = config.temporal;
  const temporal = await openTemporal({ connection, namespace, embedded, installation: id });
  // Before it polls: a client that finds a worker must find the runs where it looks for them.
  const moved = { all: await moveIn({ db, temporal, log }, installation) };
  const draining = new AbortController();
  const keys = secretKeys(config);
  const letters = openLetterRoom({ db, log, metrics, config, keys, stopping: draining.signal });
  const workers = await createWorkers(context, { ...reached, letters });
  parts.workers = workers;
  const stop = (): void => {
    log.info({ graceMs: config.shutdownGraceMs }, 'draining: no new work is taken');
    draining.abort();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = Promise.all(workers.map((worker) => untilEnded(worker, stop)));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  log.info({ taskQueues: workers.map(({ options }) => options.taskQueue) }, 'worker polls');
  const woken = new Set<string>();
  const house = {
    db,
    log,
    temporal,
    schedules: async () => {
      if (!moved.all) moved.all = await moveIn({ db, temporal, log }, installation);
      await temporal.schedules.keepDue();
      await keepSourceSchedules({ db, schedules: temporal.schedules, log });
    },
    campaigns: () => seeToCampaigns({ db, temporal, log, woken }),
    retention: config.retention,
  };
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const tidied = keepHouse(house, until);
  const sender = openAlertSender({ ...config, keys, words: ALERT_WORDS });
  const alerted = keepSending({ db, sender, log, metrics }, until);
  const measured = keepMeasuring({ db, log, metrics }, until);
  const indexed = keepIndexing({ db, log }, until);
  const watched = watchInstallation({ db, id, log }, until).then((fault) => {
    if (fault !== undefined) stop();
    return fault;
  });
  try {
    await running;
  } finally {
    ended.abort();
    await Promise.all([tidied, alerted, measured, indexed]);
    sender.close();
    await letters.close();
  }
  log.info('worker has drained');
  const fault = await watched;
  if (fault !== undefined) throw fault;
}

async function connect({ config, log, signal }: WorkerContext): Promise<NativeConnection> {
  const { address, namespace } = config.temporal;
  const options = temporalConnection(config.temporal);
  const temporal = { what: 'Temporal', address, log, signal };
  const connection = await waitFor(temporal, () => NativeConnection.connect(options));
  try {
    const added = await ensureSearchAttributes(connection, namespace);
    if (added.length > 0) log.info({ added }, 'search attributes registered');
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A worker that fails takes the others with it: only a new process can help. */
async function untilEnded(worker: Worker, stop: () => void): Promise<void> {
  try {
    await worker.run();
  } catch (error) {
    stop();
    throw error;
  }
}

/** One for each queue that this process takes up, in one process. */
async function createWorkers(
  { config, log }: WorkerContext,
  o: Pick<Reached, 'db' | 'connection' | 'metrics' | 'installation'> & {
    readonly letters: LetterRoom;
  },
): Promise<readonly Worker[]> {
  const common = {
    connection: o.connection,
    namespace: config.temporal.namespace,
    interceptors: { activity: [activityInterceptor({ log, metrics: o.metrics })] },
    shutdownGraceTime: config.shutdownGraceMs,
    shutdownForceTime: config.shutdownGraceMs + FORCE_AFTER_MS,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  };
  const { id } = o.installation;
  const create = {
    runs: async () => {
      const { bundle, ahead } = await workflowBundle();
      if (!ahead) log.warn('the workflow bundle was not built ahead; npm run build does it');
      return Worker.create({
        ...common,
        taskQueue: runsQueue(id),
        workflowBundle: bundle,
        activities: activitiesOf({ db: o.db, log, config, keys: secretKeys(config) }),
        ...LIMITS,
      });
    },
    deliveries: () =>
      Worker.create({
        ...common,
        taskQueue: deliveriesQueue(id),
        activities: o.letters.activities,
        ...DELIVERY_LIMITS,
      }),
  };
  return Promise.all([...new Set(config.queues)].map((queue) => create[queue]()));
}

function healthSource(parts: Parts): HealthSource {
  const build = buildId();
  const states = (): readonly string[] => parts.workers.map((worker) => worker.getState());
  const polls = (): boolean =>
    parts.workers.length > 0 && states().every((state) => state === 'RUNNING');
  return {
    ...(build === null ? {} : { build }),
    started: () => parts.workers.length > 0 && states().every((state) => state !== 'INITIALIZED'),
    alive: () => !states().includes('FAILED'),
    ready: async () => {
      if (!polls()) return { ok: false, reason: 'the worker does not poll' };
      try {
        await answersInTime(parts.db);
        return { ok: true };
      } catch {
        return { ok: false, reason: 'the database does not answer' };
      }
    },
  };
}

async function answersInTime(db: Db | undefined): Promise<void> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error('too late'));
    }, READY_TIMEOUT_MS).unref();
  });
  await Promise.race([db?.pool.query('select 1'), timeout]);
}
