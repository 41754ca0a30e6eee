import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../embedded/paths';
import type { Line, Order, Trouble } from './server';

/** The campaign's mail server, in a process that nothing kills. */
export class MailServer {
  readonly port: number;
  readonly #child: ChildProcess;
  #path = '';
  #read = 0;
  #rest = '';
  #lines: Line[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<MailServer> {
    const child = fork(join(projectRoot(), 'dist', 'faults', 'letters', 'server.js'), [], {
      stdio: 'inherit',
      detached: true,
    });
    const [first]: unknown[] = await once(child, 'message');
    const port = typeof first === 'object' && first !== null && 'port' in first ? first.port : 0;
    if (typeof port !== 'number' || port === 0) throw new Error('the mail server does not start');
    return new MailServer(child, port);
  }

  /** Begins an empty journal. */
  async journal(
    folder: string,
    o: { readonly seed: string; readonly faulty: boolean; readonly often?: number },
  ): Promise<void> {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'journal');
    this.#read = 0;
    this.#rest = '';
    this.#lines = [];
    await this.#order({ do: 'journal', folder, often: 1, ...o });
  }

  /** From now on every letter meets this; null: none. */
  async trouble(trouble: Trouble | null): Promise<void> {
    await this.#order({ do: 'trouble', trouble });
  }

  /** From now on an answer to the final dot takes so long. */
  async pace(replyMs: number): Promise<void> {
    await this.#order({ do: 'pace', replyMs });
  }

  async #order(order: Order): Promise<void> {
    const answered = once(this.#child, 'message');
    this.#child.send(order);
    await answered;
  }

  /** What the server did with each attempt, in its order. */
  lines(): readonly Line[] {
    if (!existsSync(this.#path)) return [];
    const file = openSync(this.#path, 'r');
    try {
      const more = Buffer.alloc(fstatSync(file).size - this.#read);
      this.#read += readSync(file, more, 0, more.length, this.#read);
      const parts = (this.#rest + more.toString()).split('\n');
      this.#rest = parts.pop() ?? '';
      this.#lines.push(...parts.map((part): Line => JSON.parse(part)));
      return this.#lines;
    } finally {
      closeSync(file);
    }
  }

  stop(): void {
    this.#child.disconnect();
  }
}
