import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { hasSetpriv, type RunAs } from './runAs';

/** How a program is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** stdout and stderr are appended to it. */
  readonly logFile: string;
  readonly runAs?: RunAs | undefined;
  /**
   * Sent by the kernel when the process that started it dies, in whatever way (Linux): a killed
   * supervisor leaves nothing behind.
   */
  readonly deathSignal: 'INT' | 'TERM' | 'KILL';
}

/**
 * Starts a program in a session of its own, so that Ctrl-C in a terminal reaches only the
 * supervisor, which then stops everything in order.
 */
export function launch(program: Program): ChildProcess {
  const log = openLog(program.logFile);
  // What it writes (Temporal's database, people's data in a dump) is for its owner only. The mask is
  // taken over at the fork, so this process gets its own back at once.
  const mask = process.umask(0o077);
  try {
    const { command, args, user } = wrap(program);
    return spawn(command, args, {
      cwd: program.cwd,
      env: program.env,
      stdio: ['ignore', log, log],
      detached: true,
      ...user,
    });
  } finally {
    process.umask(mask);
    closeSync(log);
  }
}

interface Wrapped {
  readonly command: string;
  readonly args: readonly string[];
  readonly user: { readonly uid?: number; readonly gid?: number };
}

/** The command with the user, capability and death signal that it needs. `setpriv` ends in an exec. */
export function wrap({
  command,
  args,
  runAs,
  deathSignal,
}: Pick<Program, 'command' | 'args' | 'runAs' | 'deathSignal'>): Wrapped {
  if (!hasSetpriv()) {
    return { command, args, user: runAs === undefined ? {} : { uid: runAs.uid, gid: runAs.gid } };
  }
  const flags = ['--pdeathsig', deathSignal];
  if (runAs !== undefined) {
    flags.push('--reuid', String(runAs.uid), '--regid', String(runAs.gid), '--clear-groups');
    if (runAs.capability !== undefined) {
      const given = `+${runAs.capability}`;
      // no_setuid_fixup: access(2) would otherwise look with the capability dropped.
      flags.push('--inh-caps', given, '--ambient-caps', given, '--securebits', '+no_setuid_fixup');
    }
  }
  return { command: 'setpriv', args: [...flags, '--', command, ...args], user: {} };
}

const MAX_LOG_BYTES = 10 * 1024 * 1024;

/**
 * Opens a log for appending. A log that has grown too large is set aside first; one generation is kept.
 */
function openLog(path: string): number {
  try {
    if (statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // not there yet
  }
  return openSync(path, 'a', 0o600);
}
