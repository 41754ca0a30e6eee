import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '../config/env';
import { createLogger, type Logger } from '../config/logger';
import { readStackFile, stackFilePath, type StackFile } from '../config/stackFile';
import { Fault } from '../domain/faults';
import { closeToOthers, folderFault, prepareFolder, writeJson } from './files';
import { sweep } from './leftovers';
import { holdsLock, releaseLock, takeLock } from './lock';
import { dataPaths, projectRoot, type DataPaths } from './paths';
import { postgresUrl } from './postgres';
import { refOf, type ProcessRef } from './processes';
import { ensureDatabase, ensureRoles, handOver } from './roles';
import { run, said } from './run';
import { Service, type ServiceSpec } from './service';
import {
  addresses,
  DATABASE,
  mailOfStack,
  migratorUrl,
  postgresService,
  temporalService,
  workerService,
  type StackPlan,
} from './services';
import { ensureSecretKey } from './secretKey';
import { stackSettings } from './settings';
import { temporalCli } from './temporal';

/** A running stack. */
export interface RunningStack {
  /** The content of `stack.json`, as of now. */
  readonly file: () => StackFile;
  /** Stops everything, the worker first; a second call hurries. */
  stop(): Promise<void>;
  /**
   * Resolves, once all is stopped, when the data folder was deleted or taken over under the stack;
   * otherwise never.
   */
  readonly lost: Promise<void>;
}

export interface SuperviseOptions {
  /** The data folder, absolute. */
  readonly data: string;
  /** Receives what is being done, for a user who waits. */
  readonly phase: (text: string) => void;
  /** When aborted, the start is given up and everything is stopped. */
  readonly abort: AbortSignal;
}

/**
 * Starts what is not configured elsewhere (Postgres, Temporal) and the worker, and keeps them
 * running until `stop`. When any of them fails to start, all are stopped and the fault says why.
 * Waits for a stack that is being stopped in the same folder.
 */
export async function supervise(options: SuperviseOptions): Promise<RunningStack> {
  const paths = dataPaths(options.data);
  await ownFolder(paths, options);
  closeToOthers(paths);
  const log = createLogger({
    level: 'info',
    name: 'supervisor',
    file: join(paths.logs, 'supervisor.log'),
  });
  const stack = new Stack(paths, log);
  try {
    await stack.start(options);
    return stack;
  } catch (error) {
    log.error({ err: error }, 'start failed; stopping');
    await stack.stop();
    refuseAborted(options.abort, error);
    throw isFull(error) ? folderFault(options.data, error) : error;
  }
}

/**
 * Takes the lock of the folder. Waits for a holder that is not up (it stops, sweeps or starts): after
 * that the lock is free, or there is a stack to report.
 */
async function ownFolder(paths: DataPaths, { phase, abort }: SuperviseOptions): Promise<void> {
  for (let told = false; ; told = true) {
    prepareFolder(paths);
    const holder = takeLock(paths.lock);
    if (holder === undefined) return;
    if (isUp(paths.data, holder)) throw alreadyUp(paths.data, holder.pid);
    if (!told) phase(`waiting for the stack that starts or stops there (${String(holder.pid)})`);
    await sleep(100, undefined, { signal: abort }).catch(() => undefined);
    refuseAborted(abort);
  }
}

/** Whether all of this supervisor's stack is ready: `stack.json` is there, and its own. */
export function isUp(data: string, { pid, started }: ProcessRef): boolean {
  const by = readStackFile(data)?.supervisor;
  return by?.pid === pid && by.started === started;
}

/** The refusal of a second supervisor on one folder. */
export function alreadyUp(data: string, pid: number): Fault {
  return new Fault('state', {
    code: 'already_up',
    message: `A stack is up in ${data} already (supervisor ${String(pid)}).`,
    next: `rollcall status, or rollcall down; another one beside it: rollcall up --data DIR`,
  });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

interface StackState {
  /** In the order of their start. */
  readonly services: Service[];
  plan: StackPlan | undefined;
  ready: boolean;
  stopping: Promise<void> | undefined;
  watch: NodeJS.Timeout | undefined;
  /** Resolves `lost`. */
  lose: () => void;
}

/** How often a stack checks whether its folder is still its own. */
const WATCH_MS = 2_000;

class Stack implements RunningStack {
  readonly #paths: DataPaths;
  readonly #log: Logger;
  readonly #state: StackState = {
    services: [],
    plan: undefined,
    ready: false,
    stopping: undefined,
    watch: undefined,
    lose: () => undefined,
  };
  readonly lost = new Promise<void>((resolve) => {
    this.#state.lose = resolve;
  });

  constructor(paths: DataPaths, log: Logger) {
    this.#paths = paths;
    this.#log = log;
  }

  async start({ phase, abort }: SuperviseOptions): Promise<void> {
    const left = await sweep(this.#paths);
    if (left > 0) this.#log.warn({ left }, 'ended what an earlier supervisor left behind');
    const { settings } = readSettings({ home: this.#paths.data });
    const ownDatabase = settings.ROLLCALL_DATABASE_URL !== undefined;
    if (!ownDatabase && settings.ROLLCALL_SECRET_KEY === undefined) {
      ensureSecretKey(this.#paths.data);
    }
    const ownTemporal = settings.ROLLCALL_TEMPORAL_ADDRESS !== undefined;
    const plan: StackPlan = {
      paths: this.#paths,
      stack: await stackSettings(this.#paths),
      settings,
      temporalCli: ownTemporal ? undefined : await temporalCli(abort),
    };
    this.#state.plan = plan;
    const postgres = postgresService(plan);
    const temporal = temporalService(plan);
    const startPostgres = async (): Promise<void> => {
      if (postgres === undefined) return;
      await postgres.prepare(abort);
      await this.#startService(postgres, abort);
      await this.#migrate(plan);
    };
    const startTemporal = async (): Promise<void> => {
      if (temporal !== undefined) await this.#startService(temporal, abort);
    };
    const mail = mailOfStack(plan);
    const startMail = async (): Promise<void> => {
      if (mail !== undefined) await this.#startService(mail, abort);
    };
    phase(`starting ${[postgres, temporal].flatMap((s) => s?.name ?? []).join(' and ')}`);
    // Wait for all before the first failure is reported: `stop` then knows all processes.
    const results = await Promise.allSettled([startPostgres(), startTemporal(), startMail()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    refuseAborted(abort);
    phase('starting the worker');
    await this.#startService(workerService(plan), abort);
    this.#state.ready = true;
    this.#write();
    this.#state.watch = setInterval(() => {
      this.#owns();
    }, WATCH_MS).unref();
    this.#log.info('up');
  }

  file(): StackFile {
    const { plan } = this.#state;
    if (plan === undefined) throw new Error('the stack is not started');
    const { databaseUrl, temporalAddress, uiUrl, health } = addresses(plan);
    const migrator = migratorUrl(plan);
    return {
      databaseUrl,
      ...(migrator === undefined ? {} : { migratorUrl: migrator }),
      temporalAddress,
      temporalNamespace: plan.settings.ROLLCALL_TEMPORAL_NAMESPACE,
      uiUrl,
      temporalCli: plan.temporalCli ?? null,
      supervisor: refOf(process.pid),
      services: this.#children(),
      worker: { health },
    };
  }

  stop(): Promise<void> {
    if (this.#state.stopping === undefined) {
      this.#state.stopping = this.#stop();
    } else {
      for (const service of this.#state.services) service.kill();
    }
    return this.#state.stopping;
  }

  async #stop(): Promise<void> {
    this.#log.info('stopping');
    this.#state.ready = false;
    clearInterval(this.#state.watch);
    this.#forget(stackFilePath(this.#paths.data));
    // The worker first: it hands its work back to the servers.
    for (const service of this.#state.services.toReversed()) await service.stop();
    this.#forget(this.#paths.children);
    this.#log.info('stopped');
    releaseLock(this.#paths.lock);
  }

  /** Removes a file of the folder, unless the folder belongs to another supervisor by now. */
  #forget(path: string): void {
    if (holdsLock(this.#paths.lock)) rmSync(path, { force: true });
  }

  /**
   * Whether the folder still belongs to this stack. Once it does not, nothing in it is touched: another
   * supervisor may work there, with servers of its own. The stack ends itself.
   */
  #owns(): boolean {
    if (holdsLock(this.#paths.lock)) return true;
    if (this.#state.ready && this.#state.stopping === undefined) {
      this.#log.error('the data folder was deleted or taken over; stopping');
      void this.stop().then(this.#state.lose);
    }
    return false;
  }

  async #startService(spec: ServiceSpec, abort: AbortSignal): Promise<void> {
    refuseAborted(abort);
    const service = new Service(spec, {
      log: this.#log,
      changed: () => {
        this.#write();
      },
      mayRestart: () => this.#owns(),
    });
    this.#state.services.push(service);
    const onAbort = (): void => {
      service.kill();
    };
    abort.addEventListener('abort', onAbort);
    try {
      await service.start();
    } catch (cause) {
      refuseAborted(abort);
      throw notStarted(service, cause);
    } finally {
      abort.removeEventListener('abort', onAbort);
    }
    refuseAborted(abort);
  }

  /** An embedded database has its roles, and is always migrated to this program's schema. */
  async #migrate(plan: StackPlan): Promise<void> {
    const { ports, password } = plan.stack;
    const own = { port: ports.postgres, password };
    const server = postgresUrl({ ...own, database: 'postgres' });
    await ensureRoles(server, password);
    await ensureDatabase(server, DATABASE);
    await handOver(postgresUrl({ ...own, database: DATABASE }));
    const cli = join(projectRoot(), 'bin', 'rollcall.js');
    const env = {
      ...process.env,
      ROLLCALL_HOME: this.#paths.data,
      ROLLCALL_DATABASE_URL: migratorUrl(plan),
    };
    try {
      // Not interrupted when the start is given up: a migration that has begun runs to its end.
      await run({ command: process.execPath, args: [cli, 'db', 'migrate', '--json'], env });
    } catch (cause) {
      throw new Fault('schema', {
        code: 'migration_failed',
        message: `The database could not be migrated: ${said(cause, 'stdout')}`,
        next: `See ${join(this.#paths.logs, 'postgres.log')}.`,
        cause,
      });
    }
  }

  #children(): StackFile['services'] {
    return SHOWN.flatMap((shown) => {
      const service = this.#state.services.find(({ spec }) => spec.name === shown);
      if (service?.ref === undefined) return [];
      const { name, address } = service.spec;
      return [{ name, pid: service.ref.pid, started: service.ref.started, address }];
    });
  }

  /**
   * Writes the children always, `stack.json` once all is ready. A full disk must not end the stack.
   */
  #write(): void {
    if (!this.#owns()) {
      if (!this.#state.ready && this.#state.stopping === undefined) throw taken(this.#paths.data);
      return;
    }
    try {
      writeJson(this.#paths.children, this.#children());
      if (this.#state.ready) writeJson(stackFilePath(this.#paths.data), this.file());
    } catch (err) {
      if (!this.#state.ready) throw err;
      this.#log.error({ err }, 'stack.json could not be written');
    }
  }
}

const SHOWN = ['postgres', 'temporal', 'mail', 'worker'] as const;

function refuseAborted(abort: AbortSignal, cause?: unknown): void {
  if (!abort.aborted) return;
  throw new Fault('cancelled', {
    code: 'interrupted',
    message: 'The start was interrupted; everything is stopped.',
    next: 'rollcall up --detach',
    cause,
  });
}

/** What a stack reports whose folder was deleted or taken over under it. */
export function taken(data: string): Fault {
  return new Fault('state', {
    code: 'folder_lost',
    message: `The data folder ${data} was deleted or taken over meanwhile; everything is stopped.`,
    next: 'rollcall up --detach',
  });
}

function notStarted(service: Service, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const tail = service.logTail();
  const { name } = service.spec;
  return new Fault('unavailable', {
    code: `${name}_not_started`,
    message: `${name} did not start: ${cause instanceof Error ? cause.message : String(cause)}.${tail === '' ? '' : `\nIts last words:\n${tail}`}`,
    next: `Read ${service.spec.program().logFile}, mend it, then: rollcall up`,
    cause,
  });
}
