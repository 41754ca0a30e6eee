import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../embedded/paths';

/** How a command line ended. */
export interface Ended {
  readonly args: readonly string[];
  /** Null when a signal ended it. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command line, which can be killed. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface Place {
  /** Where it runs: a folder without `.env`. */
  readonly folder: string;
  /** The data folder of its stack. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `rollcall ARGS` as a process of its own, on the stack of `home` and no other. */
export function startCommand(place: Place, args: readonly string[]): Running {
  const child = spawn(process.execPath, [join(projectRoot(), 'bin', 'rollcall.js'), ...args], {
    cwd: place.folder,
    env: { ...foreignEnv(), ...place.env, ROLLCALL_HOME: place.home },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C is for the campaign, which stops everything in order.
    detached: true,
  });
  const parts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (parts.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (parts.stderr += data.toString()));
  // Its input may be closed: it was killed.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => {
      resolve({ args, exit, ...parts });
    });
  });
  return { child, ended };
}

/** Runs a command line to its end. */
export function runCommand(place: Place, args: readonly string[]): Promise<Ended> {
  const { child, ended } = startCommand(place, args);
  child.stdin?.end();
  return ended;
}

/** The settings of the user who runs the campaign must not reach the stacks that it starts. */
function foreignEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ROLLCALL_') || name === 'ROLLCALL_TEMPORAL_CLI',
  );
  return Object.fromEntries(kept);
}
