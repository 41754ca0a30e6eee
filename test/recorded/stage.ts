import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { rollcall } from '../cli/harness';
import {
  startHookReceiver,
  startMailReceiver,
  type HookReceiver,
  type MailReceiver,
} from '../support/fakes/receivers';
import type { TinyHr } from '../support/fakes/tinyHr';
import { eventually, TestStack } from '../support/stack';
import { Normal } from './normal';
import { SinceThen } from './sinceThen';

/** What a family of commands needs: a stack, a folder, a vendor, receivers, and a record of what was said. */
export interface Stage {
  readonly hr: TinyHr;
  readonly hook: HookReceiver;
  readonly mail: MailReceiver;
  /** Runs `rollcall ARGS --json` and records its exit code and its document. */
  run(args: readonly string[], input?: string): Promise<Answer>;
  /** What a command says, without a record of it. */
  look(args: readonly string[]): Promise<string>;
  /** Writes a file of the folder, and gives its path. */
  file(name: string, text: string | Buffer): string;
  /** The path of a file that a command is to write. */
  path(name: string): string;
  /** Records a file that a command wrote. */
  keep(name: string): void;
  /** Records a text that went out, such as the body of a webhook. */
  note(title: string, text: string): void;
  eventually: typeof eventually;
}

/** What later commands of a scenario need of a document. */
export interface Answer {
  readonly runId: string;
  readonly id: string;
  readonly next: string | null;
}

/** The build that is looked at: this one within the process, or another one as processes. */
export type Build = { readonly kind: 'this' } | { readonly kind: 'other'; readonly root: string };

/** A stack of the build, for all families; their records follow each other in one store. */
export class Theatre {
  readonly #build: Build;
  readonly #hr: TinyHr;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rollcall-recorded-'));
  readonly #before = { ...process.env };
  readonly #since = new SinceThen();
  #up:
    | { readonly stack: TestStack; readonly hook: HookReceiver; readonly mail: MailReceiver }
    | undefined;

  constructor(build: Build, hr: TinyHr) {
    this.#build = build;
    this.#hr = hr;
    chmodSync(this.#folder, 0o755);
  }

  async open(): Promise<void> {
    const [hook, mail] = [await startHookReceiver(), await startMailReceiver()];
    const env = {
      ROLLCALL_ALLOW_PRIVATE_HOSTS: `${this.#hr.host},${hook.host}`,
      ROLLCALL_SMTP_URL: mail.url,
      ROLLCALL_MAIL_FROM: 'rollcall@example.org',
      ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    const stack = new TestStack(env, ...(this.#build.kind === 'other' ? [this.#build.root] : []));
    this.#up = { stack, hook, mail };
    await stack.up();
    delete process.env['ROLLCALL_DATABASE_URL'];
    delete process.env['ROLLCALL_TOKEN'];
    Object.assign(process.env, env, { ROLLCALL_HOME: stack.data });
  }

  async close(): Promise<void> {
    await this.#up?.stack.remove();
    await this.#up?.hook.stop();
    await this.#up?.mail.stop();
    for (const name of Object.keys(process.env)) {
      if (!(name in this.#before)) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, this.#before);
    rmSync(this.#folder, { recursive: true });
  }

  /** Plays one family and gives the record of it. */
  async play(family: (at: Stage) => Promise<void>): Promise<string> {
    if (this.#up === undefined) throw new Error('the theatre is closed');
    const { stack, hook, mail } = this.#up;
    const lines: string[] = [];
    const path = (name: string): string => join(this.#folder, name);
    await family({
      hr: this.#hr,
      hook,
      mail,
      path,
      eventually,
      run: async (args, input = '') => {
        const { exit, out } = await this.#say([...args, '--json'], input);
        lines.push(
          `$ ${['rollcall', ...args].map(shellWord).join(' ')}`,
          `exit ${String(exit)}`,
          out,
        );
        return answerOf(out);
      },
      look: async (args) => (await this.#say([...args, '--json'], '')).out,
      file: (name, text) => {
        writeFileSync(path(name), text);
        return path(name);
      },
      keep: (name) => {
        lines.push(
          `file ${name}`,
          existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '(none)\n',
        );
      },
      note: (title, text) => {
        lines.push(title, text.endsWith('\n') ? text : `${text}\n`);
      },
    });
    return new Normal({ folder: this.#folder, home: stack.data }).text(lines.join('\n'));
  }

  /** No list kept options when the records were made: each command says all that it means. */
  async #forgetOptions(): Promise<void> {
    const file = join(this.#up?.stack.data ?? '', 'stack.json');
    const stack: { readonly databaseUrl?: string } = JSON.parse(readFileSync(file, 'utf8'));
    const client = new Client({ connectionString: stack.databaseUrl });
    await client.connect();
    await client.query(`update source set settings = settings - 'options'`);
    await client.end();
  }

  async #say(args: readonly string[], input: string) {
    if (this.#build.kind === 'this') {
      if (args[0] === 'import') await this.#forgetOptions();
      const { exit, out } = await rollcall(args, { input });
      return { exit, out: this.#since.text(out) };
    }
    if (this.#up === undefined) throw new Error('the theatre is closed');
    const { exit, stdout } = await this.#up.stack.give(input, ...args);
    return { exit, out: stdout };
  }
}

function answerOf(out: string): Answer {
  const document: Partial<Answer> = out === '' ? {} : JSON.parse(out);
  return { runId: '', id: '', next: null, ...document };
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text}'`;
}
