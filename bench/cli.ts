import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../embedded/paths';

/** One command line of Rollcall, after it ended. */
export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the process to its end. */
  readonly ms: number;
  /** The most memory that the process held (VmHWM); `null` where the system does not report it. */
  readonly peakMb: number | null;
  /** When it was started, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** Where commands run: a folder without `.env`, and the data folder of their stack. */
export interface Place {
  /** The clone whose build runs; this one unless given. */
  readonly root?: string;
  readonly folder: string;
  readonly home: string;
  readonly signal?: AbortSignal;
  /** Settings of its own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs `rollcall ARGS` as a process of its own, on the stack of `home` and no other: settings of
 * the environment are kept away from it.
 */
export function rollcall(place: Place, args: readonly string[]): Promise<Ran> {
  const startedAt = Date.now();
  const start = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    [join(place.root ?? projectRoot(), 'bin', 'rollcall.js'), ...args],
    {
      cwd: place.folder,
      env: ownEnv(place),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C is for the one who started it, who ends everything in order.
      detached: true,
    },
  );
  const out: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  child.stdout.on('data', (data: Buffer) => out.stdout.push(data));
  child.stderr.on('data', (data: Buffer) => out.stderr.push(data));
  const peak = { mb: null as number | null };
  const watch = setInterval(() => {
    peak.mb = peakMemoryMb(child.pid) ?? peak.mb;
  }, 20);
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  place.signal?.addEventListener('abort', interrupt);
  return new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      const [stdout, stderr] = [out.stdout, out.stderr].map((parts) =>
        Buffer.concat(parts).toString('utf8'),
      );
      resolve({
        exit: code ?? 1,
        stdout: stdout ?? '',
        stderr: stderr ?? '',
        ms,
        peakMb: peak.mb,
        startedAt,
      });
    });
  }).finally(() => {
    clearInterval(watch);
    place.signal?.removeEventListener('abort', interrupt);
  });
}

/** The environment of a command on the stack of `home`. */
export function ownEnv({ home, env }: Place): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ROLLCALL_'));
  return { ...Object.fromEntries(kept), ...env, ROLLCALL_HOME: home };
}

/** The most memory that a process held since its start, or since {@link resetPeak}, in MB (2^20). */
export function peakMemoryMb(pid: number | undefined): number | null {
  if (pid === undefined) return null;
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const kb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kb === undefined ? null : Math.round(Number(kb) / 1024);
  } catch {
    return null;
  }
}
