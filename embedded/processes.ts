import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process identified for sure: numbers are reused, a number with its start time is not. */
export interface ProcessRef {
  readonly pid: number;
  /** When it began, as the system reports it. */
  readonly started: string;
}

/** When a process began, as a text unique to it; undefined when there is none. */
export function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStart(pid);
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return text.trim() === '' ? undefined : text.trim();
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat with the boot's id; a zombie (state Z) counts as gone. */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    return '-';
  }
}

/** The reference to a process that runs now. */
export function refOf(pid: number): ProcessRef {
  return { pid, started: startOf(pid) ?? 'gone' };
}

/** True while that very process runs. */
export function isAlive(ref: ProcessRef): boolean {
  return startOf(ref.pid) === ref.started;
}

/** Waits until it is gone; false when it still runs after `timeoutMs`. */
export async function waitGone(ref: ProcessRef, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (isAlive(ref)) {
    if (Date.now() >= until) return false;
    await sleep(30);
  }
  return true;
}

/** Sends a signal to that very process; false when it is gone. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    return process.kill(ref.pid, name);
  } catch {
    return false;
  }
}

/**
 * Sends one signal after the other, each with a time-out, until the process is gone; SIGKILL is last.
 */
export async function end(
  ref: ProcessRef,
  steps: readonly (readonly [NodeJS.Signals, timeoutMs: number])[],
): Promise<void> {
  // A stopped process handles no other signal.
  for (const [name, timeoutMs] of steps) {
    if (!signal(ref, name)) return;
    signal(ref, 'SIGCONT');
    if (await waitGone(ref, timeoutMs)) return;
  }
  signal(ref, 'SIGKILL');
  await waitGone(ref, 5_000);
}
