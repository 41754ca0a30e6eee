import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { main } from '../../cli/program';
import { Rig } from '../rig';
import { startAnswers, type Answers } from '../answers';

/** A file that is given to a command. */
export interface Input {
  readonly name: string;
  readonly text: string | Buffer;
}

/** The answer of a command. */
export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly document: Printed;
}

/** What a command may print under `--json`, as far as the cases look at it. */
export interface Printed {
  readonly runId?: string;
  readonly state?: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly held?: readonly { readonly gate: string; readonly count: number }[];
  readonly messages?: readonly PrintedMessage[];
  readonly skippedFor?: Readonly<Record<string, number>>;
  readonly renumbered?: unknown;
  readonly next?: string | null;
  readonly people?: readonly PrintedPerson[];
  readonly complete?: boolean;
  readonly faults?: readonly { readonly code?: string; readonly count?: number }[];
  readonly wordsForNothing?: readonly unknown[];
  readonly command?: string;
  readonly headerLine?: number;
  readonly rows?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface PrintedMessage {
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

export interface PrintedPerson {
  readonly externalId: string | null;
  readonly status: string | null;
  readonly fields: Readonly<Record<string, string | null>>;
  readonly dueOn: readonly string[];
  readonly faults: readonly unknown[];
}

/** A user as `users list --json` prints it. */
export type PrintedUser = Readonly<Record<string, unknown>>;

const EMPTY = 'empty';

/** A stack, with its command line and a system that gives prepared answers. */
export class Desk {
  /** Names that lines give to runs, so that later lines can use them. */
  readonly runs = new Map<string, string>();
  #files = 0;

  private constructor(
    readonly rig: Rig,
    readonly answers: Answers,
  ) {}

  static async open(): Promise<Desk> {
    const answers = await startAnswers();
    const env = { ROLLCALL_ALLOW_PRIVATE_HOSTS: answers.host };
    const rig = await Rig.start(env).catch(async (error: unknown) => {
      await answers.stop();
      throw error;
    });
    for (const name of Object.keys(process.env)) {
      const kept = !name.startsWith('ROLLCALL_') || name === 'ROLLCALL_TEMPORAL_CLI';
      if (!kept) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, env, { ROLLCALL_HOME: rig.place.home });
    process.chdir(rig.place.folder);
    await rig.save(EMPTY);
    return new Desk(rig, answers);
  }

  async close(): Promise<void> {
    await this.rig.stop({ keep: false });
    await this.answers.stop();
  }

  /** Begins with an empty store. */
  async empty(): Promise<void> {
    await this.rig.restore(EMPTY);
    this.runs.clear();
    this.answers.clear();
  }

  /** Runs `rollcall ARGS --json` in this process, by the program that `bin/rollcall.js` starts. */
  async run(...args: readonly string[]): Promise<Said> {
    return this.print(...args, '--json');
  }

  /** Runs `rollcall ARGS`, which prints words. */
  async print(...args: readonly string[]): Promise<Said> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const texts = Promise.all([textOf(stdout), textOf(stderr)]);
    const exit = await main([...args], {
      stdin: Readable.from([]),
      stdout,
      stderr,
      env: process.env,
      program: 'rollcall',
      outcome: { exit: 0 },
      terminal: { input: false, output: false, error: false },
    });
    stdout.end();
    stderr.end();
    const [out, err] = await texts;
    return { exit, out, err, document: documentOf(out) };
  }

  /** Writes a file of the folder, and gives its path. */
  file(input: Input): string {
    const folder = this.rig.path(`files-${String(++this.#files)}`);
    mkdirSync(folder);
    const path = join(folder, input.name);
    writeFileSync(path, input.text);
    return path;
  }

  /** Writes saved answers of a system as `1.json`, `2.json`, …, and gives their folder. */
  pages(pages: readonly string[]): string {
    const folder = this.rig.path(`pages-${String(++this.#files)}`);
    mkdirSync(folder);
    for (const [i, page] of pages.entries()) {
      writeFileSync(join(folder, `${String(i + 1)}.json`), page);
    }
    return folder;
  }

  /** Every user of the store, in the order of their codes. */
  async users(): Promise<PrintedUser[]> {
    const said = await this.run('users', 'list', '--status', 'all', '--limit', '1000');
    const { users = [] }: { users?: PrintedUser[] } = JSON.parse(said.out);
    const codeOf = (user: PrintedUser): string => wordOf(user['code']);
    return users.sort((a, b) => (codeOf(a) < codeOf(b) ? -1 : 1));
  }
}

/** A value of a user in a fact. */
export function wordOf(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function documentOf(out: string): Printed {
  try {
    const document: Printed | null = JSON.parse(out);
    return document ?? {};
  } catch {
    return {};
  }
}

async function textOf(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Inputs of a folder that others wrote; undefined where it has no such file. */
export function sharedInput(folder: string, name: string): Input | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  return { name, text: readFileSync(path) };
}
