import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildId } from '../config/build';
import { readStackFile, type StackFile } from '../config/stackFile';
import { isFaultCode } from '../domain/faultCodes';
import { Fault, FAULTS, type FaultKind } from '../domain/faults';
import { storedNext } from '../domain/next';
import { folderFault, prepareFolder } from './files';
import { sweep } from './leftovers';
import { lockHolder, releaseLock, takeLock } from './lock';
import { dataPaths, projectRoot, type DataPaths } from './paths';
import { tryLogin } from './postgres';
import { end, isAlive, signal, waitGone } from './processes';
import { greets } from './mail/service';
import { isUp } from './supervise';
import { listens } from './temporal';
import { buildOf, isReady } from './worker';

/** One service as `rollcall status` shows it. */
export interface ServiceStatus {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  readonly ready: boolean;
  /** The worker's only: base URL of its health pages. */
  readonly health?: string;
}

export interface StackStatus {
  /** The live supervisor's pid, or null. */
  readonly supervisor: number | null;
  readonly services: readonly ServiceStatus[];
  readonly file: StackFile | undefined;
  /** Its worker is ready, but runs other code than this process. */
  readonly otherCode: boolean;
}

export interface StartOptions {
  readonly data: string;
  readonly phase: (text: string) => void;
  readonly abort: AbortSignal;
}

/**
 * Starts a stack in the background and returns once all of it is ready; `already` when it was up.
 * The supervisor holds nothing of this process: no pipe, no terminal, no session.
 */
export async function startStack(options: StartOptions): Promise<{ already: boolean }> {
  const paths = dataPaths(options.data);
  prepareFolder(paths);
  const holder = lockHolder(paths.lock);
  if (holder !== undefined && isUp(options.data, holder)) return { already: true };
  try {
    // If a stack is being started or stopped there, the supervisor waits for it.
    await background(options);
    return { already: false };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'already_up') throw error;
    return { already: true };
  }
}

const message = z.union([
  z.object({ type: z.literal('phase'), text: z.string() }),
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('failed'),
    kind: z.string(),
    code: z.string(),
    message: z.string(),
    next: z.unknown(),
  }),
]);

async function background({ data, phase, abort }: StartOptions): Promise<void> {
  const { logs } = dataPaths(data);
  const logFile = join(logs, 'supervisor.log');
  const child = forkSupervisor(data, logFile);
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  abort.addEventListener('abort', stop);
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (raw) => {
        const told = message.safeParse(raw).data;
        if (told?.type === 'phase') phase(told.text);
        if (told?.type === 'ready') resolve();
        if (told?.type === 'failed') reject(faultOf(told));
      });
      child.on('error', reject);
      child.on('exit', (code, name) => {
        reject(ended(name ?? `exit code ${String(code)}`, logFile));
      });
    });
  } finally {
    abort.removeEventListener('abort', stop);
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function forkSupervisor(data: string, logFile: string): ChildProcess {
  let log: number;
  try {
    log = openSync(logFile, 'a', 0o600);
  } catch (cause) {
    throw folderFault(data, cause);
  }
  try {
    return fork(join(projectRoot(), 'dist', 'embedded', 'supervisor.js'), [data], {
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--enable-source-maps'],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function faultOf(told: { kind: string; code: string; message: string; next?: unknown }) {
  const kind: FaultKind = isKind(told.kind) ? told.kind : 'bug';
  const { code, message: words } = told;
  return new Fault(kind, {
    code: isFaultCode(code) ? code : 'bug',
    message: words,
    next: storedNext(told.next),
  });
}

function isKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}

function ended(how: string, logFile: string): Fault {
  return new Fault('unavailable', {
    code: 'supervisor_ended',
    message: `The supervisor ended before all was ready (${how}).`,
    next: `Read ${logFile}, then: rollcall up`,
  });
}

/**
 * Stops a data folder's stack and waits until all of it is gone, including what a killed supervisor
 * left behind. Returns what it found.
 */
export async function stopStack(data: string): Promise<'stopped' | 'swept' | 'nothing'> {
  const paths = dataPaths(data);
  const supervisor = lockHolder(paths.lock);
  if (supervisor === undefined) return (await sweepFree(paths)) > 0 ? 'swept' : 'nothing';
  signal(supervisor, 'SIGTERM');
  // A stopped process handles a signal once it continues.
  signal(supervisor, 'SIGCONT');
  // The worker gets its grace time; after that it is killed, and what it left is swept up.
  if (!(await waitGone(supervisor, STOP_MS))) await end(supervisor, []);
  await sweepFree(paths);
  return 'stopped';
}

/**
 * Sweeps with the lock held: an `up` that waited for this moment has processes of its own there.
 */
async function sweepFree(paths: DataPaths): Promise<number> {
  if (!existsSync(paths.data)) return 0;
  try {
    if (takeLock(paths.lock) !== undefined) return 0;
  } catch (cause) {
    throw folderFault(paths.data, cause);
  }
  try {
    return await sweep(paths);
  } finally {
    releaseLock(paths.lock);
  }
}

/** Longer than everything that the supervisor itself waits for. */
const STOP_MS = 120_000;

/** The services that are up in a data folder; each is asked. */
export async function stackStatus(data: string): Promise<StackStatus> {
  const supervisor = lockHolder(dataPaths(data).lock)?.pid ?? null;
  // Without its supervisor (killed, or the machine went down) the file describes a stack that is gone.
  const file = supervisor === null ? undefined : readStackFile(data);
  if (file === undefined) return { supervisor, services: [], file, otherCode: false };
  const services = await Promise.all(
    file.services.map(async ({ name, pid, started, address }): Promise<ServiceStatus> => {
      const alive = isAlive({ pid, started });
      const ready = alive && (await answers({ name, address }, file));
      const { health } = file.worker;
      return { name, pid, address, ready, ...(name === 'worker' ? { health } : {}) };
    }),
  );
  const ready = services.some((service) => service.name === 'worker' && service.ready);
  const own = buildId();
  const otherCode = ready && own !== null && (await buildOf(file.worker.health)) !== own;
  return { supervisor, services, file, otherCode };
}

async function answers(
  { name, address }: { readonly name: string; readonly address: string },
  file: StackFile,
): Promise<boolean> {
  if (name === 'postgres') return (await tryLogin(file.databaseUrl)) === undefined;
  if (name === 'worker') return isReady(file.worker.health);
  if (name === 'mail') return greets(Number(address.split(':').at(-1)));
  return listens(Number(file.temporalAddress.split(':').at(-1)));
}
