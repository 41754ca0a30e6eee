import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../embedded/paths';
import { Commands, type Ended } from './commands';
import { TEST_TOKEN } from './jest/testToken';

export type { Ended } from './commands';

export interface StatusService {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  readonly ready: boolean;
  readonly health?: string;
}

/** What `up --detach --json` and `status --json` print. */
export interface StatusDocument {
  readonly services: readonly StatusService[];
  readonly ui: string | null;
  readonly temporalCli: string | null;
  readonly databaseUrl: string | null;
}

/** What a command without a token says on stderr, on the database that `up` runs. */
export const NO_TOKEN = 'No token is set: this command acts as the owner.\n';

export type Env = Readonly<Record<string, string | undefined>>;

/** The settings of the user who runs the tests must not reach the stacks that they start. */
function cleanEnv(root: string): Env {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ROLLCALL_') || name === 'ROLLCALL_TEMPORAL_CLI',
  );
  // As where it is installed: its output calls it `rollcall`.
  const path = [join(root, 'test', 'support', 'bin'), process.env['PATH'] ?? ''];
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

/** Starts the built command line (`dist/`, which `npm test` brings up to date). */
export function startCli(args: readonly string[], env: Env = {}): ChildProcess {
  return startBuild({ args, env });
}

/** Starts the command line of this clone, or of another one that is built; what it reads is `input`. */
function startBuild(o: {
  readonly args: readonly string[];
  readonly env: Env;
  readonly root?: string;
  readonly input?: string;
}): ChildProcess {
  const root = o.root ?? projectRoot();
  const child = spawn(process.execPath, [join(root, 'bin', 'rollcall.js'), ...o.args], {
    cwd: tmpdir(),
    env: { ...cleanEnv(root), ...o.env },
    stdio: [o.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // Not every command reads what it is given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(o.input);
  return child;
}

/** Resolves once the process ended and no process holds its pipes any more. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => {
      resolve({ exit, stdout, stderr });
    });
  });
}

/** A data folder of a test's own, with the command line on it. */
export class TestStack {
  readonly data = mkdtempSync(join(tmpdir(), 'rollcall-stack-'));
  readonly #env: Env;
  readonly #root: string;
  /** Undefined for another build, whose program may look otherwise. */
  readonly #commands: Commands | undefined;

  /** Of the build in `root`: this clone, unless another one is named. */
  constructor(env: Env = {}, root = projectRoot()) {
    chmodSync(this.data, 0o755);
    this.#root = root;
    const own = env['ROLLCALL_DATABASE_URL'] === undefined ? {} : { ROLLCALL_TOKEN: TEST_TOKEN };
    this.#env = { ...own, ...env, ROLLCALL_HOME: this.data };
    this.#commands =
      root === projectRoot() ? new Commands({ ...cleanEnv(root), ...this.#env }) : undefined;
  }

  /** Runs a command; all but those that start and end processes share one, which is loaded once. */
  run(...args: readonly string[]): Promise<Ended> {
    const [verb = ''] = args;
    return this.#commands === undefined || ['up', 'down'].includes(verb)
      ? ended(this.start(...args))
      : this.#commands.run(args);
  }

  /** Starts a command as a process of its own. */
  start(...args: readonly string[]): ChildProcess {
    return startBuild({ args, env: this.#env, root: this.#root });
  }

  /** Runs a command that reads this from standard input. */
  give(input: string, ...args: readonly string[]): Promise<Ended> {
    return ended(startBuild({ args, env: this.#env, root: this.#root, input }));
  }

  /** `up --detach`; fails the test with its output when the stack does not start. */
  async up(): Promise<StatusDocument> {
    const done = await this.run('up', '--detach', '--json');
    if (done.exit !== 0) throw new Error(`up failed:\n${done.stdout}${done.stderr}`);
    return JSON.parse(done.stdout);
  }

  async status(): Promise<StatusDocument & { exit: number | null }> {
    const { stdout, exit } = await this.run('status', '--json');
    return { ...JSON.parse(stdout), exit };
  }

  /** Waits until `status` shows this service ready, as another process than `not`. */
  async readyAgain(name: string, not: number): Promise<StatusService> {
    return eventually(async () => {
      const service = (await this.status()).services.find((one) => one.name === name);
      return service?.ready === true && service.pid !== not ? service : undefined;
    });
  }

  /** Command lines of the processes that belong to this folder, but that of the commands. */
  processes(): string[] {
    return processesWith(this.data, this.#commands?.pid);
  }

  /** Stops whatever is left and removes the folder. */
  async remove(): Promise<void> {
    this.#commands?.close();
    if (this.processes().length > 0) await this.run('down');
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** Command lines (Linux) that mention a folder or have it in their environment. */
export function processesWith(folder: string, except?: number): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid || Number(pid) === except) continue;
    const command = procFile(pid, 'cmdline');
    const environment = procFile(pid, 'environ');
    if (command.includes(folder) || environment.includes(folder)) {
      found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
    }
  }
  return found;
}

function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Asks until there is an answer; throws after a minute. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const until = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error('it did not happen within 60 seconds');
    await sleep(100);
  }
}
