import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Logger } from '../config/logger';
import { launch, type Program } from './launch';
import { end, isAlive, refOf, signal, type ProcessRef } from './processes';

export type ServiceName = 'postgres' | 'temporal' | 'mail' | 'worker';

/** One program that the supervisor keeps running. */
export interface ServiceSpec {
  readonly name: ServiceName;
  readonly address: string;
  /** Built again for each start. */
  program(): Program;
  /** Resolves once it serves; throws the reason when it does not. */
  ready(alive: () => boolean): Promise<void>;
  /** How it is stopped, gently first. */
  readonly ending: readonly (readonly [NodeJS.Signals, timeoutMs: number])[];
}

export interface ServiceHooks {
  readonly log: Logger;
  /** A process was started, or became ready. */
  readonly changed: () => void;
  /** Asked before a program is restarted; false gives it up. */
  readonly mayRestart: () => boolean;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A program that ran this long was healthy: the next pause is a short one again. */
const WELL_AFTER_MS = 30_000;

interface State {
  ref: ProcessRef | undefined;
  /** It was ready once: from then on, it is restarted when it ends. */
  supervised: boolean;
  stopping: boolean;
  pauseMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Starts a program, restarts it whenever it ends, and stops it. */
export class Service {
  readonly spec: ServiceSpec;
  readonly #hooks: ServiceHooks;
  readonly #state: State = {
    ref: undefined,
    supervised: false,
    stopping: false,
    pauseMs: FIRST_PAUSE_MS,
    timer: undefined,
  };

  constructor(spec: ServiceSpec, hooks: ServiceHooks) {
    this.spec = spec;
    this.#hooks = hooks;
  }

  /** The process that runs now, or ran last. */
  get ref(): ProcessRef | undefined {
    return this.#state.ref;
  }

  /** First start: resolves when ready; throws when it ends or does not become ready. */
  async start(): Promise<void> {
    this.#launch();
    await this.#ready();
    this.#state.supervised = true;
    // It may have ended between becoming ready and this line.
    if (!this.#alive()) this.#restartLater('it ended');
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    this.#state.stopping = true;
    clearTimeout(this.#state.timer);
    const { ref } = this.#state;
    if (ref !== undefined) await end(ref, this.spec.ending);
  }

  /** Stops it at once, for a user who does not want to wait. */
  kill(): void {
    this.#state.stopping = true;
    const { ref } = this.#state;
    // Postgres's own fast shutdown leaves no shared memory behind.
    if (ref !== undefined) signal(ref, this.spec.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
  }

  /** The last lines of its log, to show why it did not start. */
  logTail(): string {
    try {
      const text = readFileSync(this.spec.program().logFile, 'utf8');
      return text.trimEnd().split('\n').slice(-6).join('\n');
    } catch {
      return '';
    }
  }

  #launch(): void {
    const { log, changed } = this.#hooks;
    const startedAt = Date.now();
    const child: ChildProcess = launch(this.spec.program());
    child.on('error', (err) => {
      log.error({ service: this.spec.name, err }, 'could not be started');
      this.#ended(startedAt, err.message);
    });
    const { pid } = child;
    if (pid === undefined) return;
    this.#state.ref = refOf(pid);
    log.info({ service: this.spec.name, servicePid: pid }, 'started');
    changed();
    child.on('exit', (code, signalName) => {
      this.#ended(startedAt, signalName ?? `exit code ${String(code)}`);
    });
  }

  async #ready(): Promise<void> {
    const { ref } = this.#state;
    await this.spec.ready(() => ref !== undefined && this.#state.ref === ref && isAlive(ref));
    this.#hooks.log.info({ service: this.spec.name }, 'ready');
    this.#hooks.changed();
  }

  #alive(): boolean {
    const { ref } = this.#state;
    return ref !== undefined && isAlive(ref);
  }

  #ended(startedAt: number, how: string): void {
    if (this.#state.stopping || !this.#state.supervised) return;
    if (Date.now() - startedAt > WELL_AFTER_MS) this.#state.pauseMs = FIRST_PAUSE_MS;
    this.#restartLater(how);
  }

  #restartLater(how: string): void {
    const { pauseMs } = this.#state;
    this.#hooks.log.warn({ service: this.spec.name, how, pauseMs }, 'ended; starting it again');
    this.#state.pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    clearTimeout(this.#state.timer);
    this.#state.timer = setTimeout(() => {
      this.#restart();
    }, pauseMs);
  }

  #restart(): void {
    if (this.#state.stopping || !this.#hooks.mayRestart()) return;
    try {
      this.#launch();
    } catch (err) {
      this.#hooks.log.error({ service: this.spec.name, err }, 'could not be started');
      this.#restartLater('not started');
      return;
    }
    this.#ready().catch((err: unknown) => {
      // Its exit is what triggers a restart; here it is only not ready yet.
      this.#hooks.log.warn({ service: this.spec.name, err }, 'is not ready');
    });
  }
}
