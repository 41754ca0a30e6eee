import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { WORKER_ENV, WORKER_NODE_ARGS } from '../config/workerProcess';
import { Fault } from '../domain/faults';
import type { Program } from './launch';
import { projectRoot } from './paths';

export interface WorkerOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** The Rollcall worker's command line. */
export function workerProgram(o: WorkerOptions): Program {
  const main = join(projectRoot(), 'dist', 'worker', 'main.js');
  if (!existsSync(main)) {
    throw new Fault('missing_tool', {
      code: 'worker_missing',
      message: 'The worker is not built (dist/worker/main.js is missing).',
      next: 'node scripts/setup.mjs',
    });
  }
  return {
    command: process.execPath,
    args: [...WORKER_NODE_ARGS, main],
    env: { ...WORKER_ENV, ...process.env, ...o.env },
    // `.env` and relative NAME_FILE paths are resolved in the folder that `up` was called in.
    cwd: process.cwd(),
    logFile: o.logFile,
    deathSignal: 'TERM',
  };
}

/** Waits until the worker reports that it polls. */
export async function waitForWorker(
  health: string,
  wait: { timeoutMs: number; alive: () => boolean },
): Promise<void> {
  const until = Date.now() + wait.timeoutMs;
  while (wait.alive() && Date.now() < until) {
    if (await isReady(health)) return;
    await sleep(60);
  }
  throw new Error(wait.alive() ? 'it does not get ready' : 'it ended');
}

/** True when `/readyz` answers 200. */
export async function isReady(health: string): Promise<boolean> {
  try {
    const reply = await fetch(`${health}/readyz`, { signal: AbortSignal.timeout(3_000) });
    await reply.arrayBuffer();
    return reply.ok;
  } catch {
    return false;
  }
}

/**
 * The build that the worker runs, as it reports it; null when it reports none, as older workers do.
 */
export async function buildOf(health: string): Promise<string | null> {
  try {
    const reply = await fetch(`${health}/startupz`, { signal: AbortSignal.timeout(3_000) });
    return said.safeParse(await reply.json()).data?.build ?? null;
  } catch {
    return null;
  }
}

const said = z.object({ build: z.string() });
