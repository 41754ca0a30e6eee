import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../domain/faults';
import type { Program } from './launch';
import { projectRoot } from './paths';
import { run, said } from './run';

/**
 * What operators filter by in Temporal's UI; an unregistered attribute would hang every workflow.
 */
export const SEARCH_ATTRIBUTES = {
  RollcallState: 'Keyword',
  RollcallKind: 'Keyword',
  RollcallSource: 'Keyword',
  RollcallHeld: 'KeywordList',
} as const;

export interface TemporalOptions {
  readonly cli: string;
  readonly dbFile: string;
  readonly port: number;
  readonly uiPort: number;
  readonly httpPort: number;
  readonly metricsPort: number;
  readonly namespace: string;
  readonly logFile: string;
  readonly cwd: string;
}

/**
 * Path of the Temporal CLI. A clone fetches it when this machine has none (progress goes to stderr);
 * the installed package has no set-up scripts and takes what is there.
 */
export async function temporalCli(abort: AbortSignal): Promise<string> {
  const script = join(projectRoot(), 'scripts', 'temporal.mjs');
  if (!existsSync(script)) return installedCli(process.env);
  try {
    const args = [script, 'temporalCli'];
    return (await run({ command: process.execPath, args, abort })).trim();
  } catch (cause) {
    const words = said(cause, 'stderr');
    const [, message, next] = /failed: ([^]*?)\nWhat to do: ([^]*)/.exec(words) ?? [];
    throw missing(message ?? words, { next, cause });
  }
}

/** The program that `ROLLCALL_TEMPORAL_CLI` names, else `temporal` on the PATH. */
export function installedCli(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['ROLLCALL_TEMPORAL_CLI'] ?? '';
  if (named !== '') {
    if (isProgram(named)) return named;
    throw missing(`ROLLCALL_TEMPORAL_CLI is ${named}, which is not a program that can be run`);
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = folders.map((folder) => join(folder, 'temporal')).find(isProgram);
  if (found !== undefined) return found;
  throw missing('`temporal` is not on the PATH');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function missing(
  what: string,
  { next, cause }: { readonly next?: string | undefined; readonly cause?: unknown } = {},
): Fault {
  return new Fault('missing_tool', {
    code: 'temporal_missing',
    message: `The Temporal CLI is missing: ${what}`,
    next:
      next ??
      'Install it (https://docs.temporal.io/cli), set ROLLCALL_TEMPORAL_CLI to its path, or ' +
        'ROLLCALL_TEMPORAL_ADDRESS to a server of your own.',
    cause,
  });
}

/** The dev server's command line: durable in one file, loopback only. */
export function temporalProgram(o: TemporalOptions): Program {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return {
    command: o.cli,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--db-filename', o.dbFile],
      ...['--port', String(o.port), '--ui-port', String(o.uiPort)],
      ...['--http-port', String(o.httpPort), '--metrics-port', String(o.metricsPort)],
      ...['--namespace', o.namespace, '--log-level', 'warn', '--log-format', 'json'],
      ...attributes,
    ],
    env: cleanEnv(),
    cwd: o.cwd,
    logFile: o.logFile,
    deathSignal: 'TERM',
  };
}

/** Settings for the CLI as a client (TEMPORAL_ADDRESS, …) are not for this server. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TEMPORAL_') && !name.startsWith('ROLLCALL_'),
  );
  return Object.fromEntries(kept);
}

/** Waits until the server answers and knows Rollcall's search attributes. */
export async function waitForTemporal(
  o: Pick<TemporalOptions, 'cli' | 'port' | 'namespace'>,
  wait: { timeoutMs: number; alive: () => boolean },
): Promise<void> {
  const until = Date.now() + wait.timeoutMs;
  let why = 'it does not answer';
  while (wait.alive() && Date.now() < until) {
    if (await listens(o.port)) {
      const missing = await missingAttributes(o);
      if (missing.length === 0) return;
      why = `search attributes are missing: ${missing.join(', ')}`;
    }
    await sleep(80);
  }
  throw new Error(wait.alive() ? why : 'it ended');
}

async function missingAttributes(
  o: Pick<TemporalOptions, 'cli' | 'port' | 'namespace'>,
): Promise<string[]> {
  const names = Object.keys(SEARCH_ATTRIBUTES);
  try {
    const stdout = await run({
      command: o.cli,
      args: [
        ...['operator', 'search-attribute', 'list', '--output', 'json'],
        ...['--address', `127.0.0.1:${String(o.port)}`, '--namespace', o.namespace],
      ],
      env: cleanEnv(),
      abort: AbortSignal.timeout(10_000),
    });
    return names.filter((name) => !stdout.includes(`"${name}"`));
  } catch {
    return names;
  }
}

/** True when something accepts connections on this loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const answer = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.once('timeout', answer(false));
  });
}
