import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../embedded/paths';
import { freePorts } from '../../embedded/ports';
import { isReady } from '../../embedded/worker';

export type WorkerEnv = Readonly<Record<string, string>>;

/** A real worker in a process of its own, which can be killed and started again. */
export class WorkerProcess {
  /** Of every process that it was. */
  readonly pids = new Set<number>();
  readonly #env: WorkerEnv;
  #child: ChildProcess | undefined;
  #health = '';
  #said = '';

  constructor(env: WorkerEnv) {
    this.#env = env;
  }

  /** Starts it; does not wait until it polls. */
  async start(): Promise<void> {
    const [port = 0] = await freePorts(1);
    this.#health = `http://127.0.0.1:${String(port)}`;
    const child = spawn(process.execPath, [join(projectRoot(), 'dist', 'worker', 'main.js')], {
      env: { PATH: process.env['PATH'], ...this.#env, ROLLCALL_HEALTH_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (part: Buffer): void => {
      this.#said = (this.#said + part.toString()).slice(-20_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    this.#child = child;
    if (child.pid !== undefined) this.pids.add(child.pid);
  }

  /** Waits until it polls. */
  async ready(): Promise<void> {
    const until = Date.now() + 60_000;
    while (!(await isReady(this.#health))) {
      if (Date.now() > until || this.#child?.exitCode != null) {
        throw new Error(`a worker did not come up:\n${this.#said}`);
      }
      await sleep(100);
    }
  }

  /** How it ended by itself, and what it said. */
  async end(): Promise<{ readonly exit: number | null; readonly said: string }> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('close', resolve));
    }
    return { exit: child?.exitCode ?? null, said: this.#said };
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.end();
  }
}
