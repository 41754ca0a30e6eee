import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '../domain/faults';

/** The user that Postgres runs as when Rollcall runs as root, which Postgres refuses. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  /** A capability that lets it reach folders that are closed to it (a clone in /root). */
  readonly capability?: string;
}

/**
 * The user to run Postgres as: undefined = the current one. As root: the system's `postgres` user, else
 * `nobody`. `paths` are the folders that it must reach.
 */
export function runAs(paths: readonly string[]): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = account('postgres') ?? account('nobody');
  if (user === undefined) {
    throw new Fault('missing_tool', {
      code: 'no_postgres_user',
      message: 'Postgres does not run as root, and this system has no user "postgres" or "nobody".',
      next: 'Run Rollcall as another user, or make one: useradd --system postgres',
    });
  }
  const closed = paths.map((path) => closedFolder(path, user)).find((path) => path !== undefined);
  if (closed === undefined) return user;
  const capability = usableCapability();
  if (capability !== undefined && hasSetpriv()) return { ...user, capability };
  throw new Fault('missing_tool', {
    code: 'folder_unreachable',
    message: `Postgres does not run as root but as "${user.name}", who may not enter ${closed}.`,
    next: `Run Rollcall as another user, use folders that all may enter (clone and --data DIR), or: chmod o+x ${closed}`,
  });
}

function account(name: string): RunAs | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((row) => row.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid === undefined || gid === undefined) return undefined;
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

/** The first folder on the way to `path` (itself included) that the user may not enter. */
function closedFolder(path: string, user: RunAs): string | undefined {
  for (let folder = resolve(path), below = ''; folder !== below; folder = dirname(folder)) {
    below = folder;
    if (!mayEnter(folder, user)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
  return undefined;
}

function mayEnter(folder: string, user: RunAs): boolean {
  try {
    const { mode, uid, gid } = statSync(folder);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    return ((mode >> shift) & 1) === 1;
  } catch {
    // It does not exist yet: it is created so that it can be entered.
    return true;
  }
}

/** Bits of include/uapi/linux/capability.h; the first can only read, so it is preferred. */
const CAPABILITIES = [
  ['dac_read_search', 2n],
  ['dac_override', 1n],
] as const;
const SETPCAP = 8n;

function usableCapability(): string | undefined {
  try {
    const line = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    const effective = BigInt(`0x${line?.[1] ?? '0'}`);
    const has = (bit: bigint): boolean => ((effective >> bit) & 1n) === 1n;
    return has(SETPCAP) ? CAPABILITIES.find(([, bit]) => has(bit))?.[0] : undefined;
  } catch {
    return undefined;
  }
}

const state: { setpriv: boolean | undefined } = { setpriv: undefined };

/**
 * True where util-linux's `setpriv` is installed: it sets capabilities and a signal at the parent's death.
 */
export function hasSetpriv(): boolean {
  state.setpriv ??= probeSetpriv();
  return state.setpriv;
}

function probeSetpriv(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const help = execFileSync('setpriv', ['--help'], { encoding: 'utf8', stdio: 'pipe' });
    return help.includes('--pdeathsig') && help.includes('--ambient-caps');
  } catch {
    return false;
  }
}
