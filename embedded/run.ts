import { spawn } from 'node:child_process';

/** A program that does one thing and ends. */
export interface Errand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** When aborted, the program and what it started are ended. */
  readonly abort?: AbortSignal | undefined;
}

/** An errand that failed; its output is the message. */
export class ErrandFailed extends Error {
  constructor(
    how: string,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super(how);
  }
}

/**
 * Runs a program to its end; returns its stdout. It runs in a session of its own, so that Ctrl-C in the
 * terminal reaches only the supervisor, which knows what may be interrupted and what may not.
 * @throws ErrandFailed
 */
export async function run({ command, args, abort, ...options }: Errand): Promise<string> {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const told = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (told.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (told.stderr += part));
  const onAbort = (): void => {
    endGroup(child.pid);
  };
  abort?.addEventListener('abort', onAbort, { once: true });
  if (abort?.aborted === true) onAbort();
  try {
    const how = await new Promise<string | null>((resolve) => {
      child.on('error', ({ message }) => {
        resolve(message);
      });
      child.on('close', (code, signal) => {
        resolve(code === 0 ? null : (signal ?? `exit code ${String(code)}`));
      });
    });
    if (how === null) return told.stdout;
    throw new ErrandFailed(`${command} ended: ${how}`, told.stdout, told.stderr);
  } finally {
    abort?.removeEventListener('abort', onAbort);
  }
}

/** The output of a failed errand, else how it ended. */
export function said(cause: unknown, where: 'stdout' | 'stderr'): string {
  const words = cause instanceof ErrandFailed ? cause[where].trim() : '';
  return words === '' ? String(cause) : words;
}

/** It leads its session, and so its process group. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}
