import { fork, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../embedded/paths';

/** The result of a command. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Answer {
  readonly id: number;
  readonly ended?: Ended;
  readonly error?: string;
}

interface Waiting {
  resolve(ended: Ended): void;
  reject(error: Error): void;
}

/**
 * Runs command lines of the built program in one process, started with the first of them. A command
 * that is killed, waits for a signal or blocks its process needs `startCli` instead.
 */
export class Commands {
  readonly #env: NodeJS.ProcessEnv;
  readonly #waiting = new Map<number, Waiting>();
  #server: ChildProcess | undefined;
  #last = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** The process, once there is one. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  run(args: readonly string[]): Promise<Ended> {
    const server = (this.#server ??= this.#start());
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      server.send({ id, args });
    });
  }

  close(): void {
    this.#server?.kill('SIGKILL');
    this.#server = undefined;
  }

  #start(): ChildProcess {
    const program = join(projectRoot(), 'test', 'support', 'commandServer.cjs');
    const server = fork(program, [], {
      cwd: tmpdir(),
      env: this.#env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    server.stderr?.on('data', (part: Buffer) => (said += part.toString()));
    server.on('message', ({ id, ended, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (ended !== undefined) waiting?.resolve(ended);
      else waiting?.reject(new Error(error));
    });
    server.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`the process of the commands ended:\n${said}`));
      }
      this.#waiting.clear();
      if (this.#server === server) this.#server = undefined;
    });
    return server;
  }
}
