import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Config } from '../config/env';
import { EXITS } from '../domain/exits';
import { asCalled } from '../wording/called';
import { jsonText } from './called';
import { usage } from './failure';
import { printableLines, quoted } from '../domain/shown';
import { write, type Io } from './output';
import type { Rollcall } from '../client/rollcall';

/**
 * The outcome of a command: one document under `--json`, otherwise text; `stream` for long lists.
 */
export type Answer = {
  /** One of `EXITS`, or the code of a program that the command ran; 0 unless given. */
  readonly exit?: number;
} & (
  | { readonly document: unknown; readonly text: string }
  | { readonly stream: AsyncIterable<string | Uint8Array> | Iterable<string> }
);

/** One invocation of one command. */
export interface Call {
  readonly io: Io;
  /** The operands, in order. */
  readonly args: readonly string[];
  readonly options: Options;
  readonly json: boolean;
  /**
   * Aborted by Ctrl-C for a listener that waits; without a listener Ctrl-C ends the process (130).
   */
  readonly interrupt: Interrupt;
  config(): Promise<Config>;
  /** The typed library, connected at the first call and closed at the end. */
  rollcall(o?: { readonly tokenless?: boolean }): Promise<Rollcall>;
  /** One line on stderr; silent under `--quiet`. */
  note(line: string): void;
  /**
   * A text with its commands as they are called here; printed output is rewritten automatically.
   */
  called(text: string): string;
  /** True when a question can be asked: on a terminal, with neither `--json` nor `--no-input`. */
  readonly canAsk: boolean;
  /**
   * Asks yes or no (`--yes` answers yes). Wrong usage without a terminal; `instead` names the
   * options to give.
   */
  confirm(question: string, instead: string): Promise<boolean>;
}

/** Ctrl-C: the first one aborts `signal` while a command listens, otherwise it ends the process. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Counts the listeners. */
  waiting: number;
}

/** The options of a command, read by name and type; names in camelCase, as commander has them. */
export class Options {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = new Map(Object.entries(values));
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The options among these names that were given. */
  texts<N extends string>(...names: readonly N[]): Partial<Record<N, string>> {
    const given: Partial<Record<N, string>> = {};
    for (const name of names) {
      const value = this.text(name);
      if (value !== undefined) given[name] = value;
    }
    return given;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** True where `--no-<name>` was given. */
  isOff(name: string): boolean {
    return this.#values.get(name) === false;
  }

  /** The values of a repeatable option; see {@link repeatable}. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    if (!Array.isArray(value)) return [];
    return value.filter((item): item is string => typeof item === 'string');
  }

  /** A whole number from `least` to the database's greatest; anything else is wrong usage. */
  number(name: string, least = 0): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const n = Number(given);
    if (/^\d+$/.test(given) && n >= least && n <= MAX_NUMBER) return n;
    throw usage(
      `--${dashed(name)} takes a whole number from ${String(least)} to ${String(MAX_NUMBER)}, not "${given}".`,
    );
  }

  /** One of `choices`; anything else is wrong usage. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const found = choices.find((choice) => choice === given);
    if (found !== undefined) return found;
    throw usage(`--${dashed(name)} takes ${choices.join(', ')}, not "${given}".`);
  }
}

/** A command line again, with the options named here; quoted as a shell reads it. */
export function commandLine(
  { args, options }: Pick<Call, 'args' | 'options'>,
  command: string,
  names: readonly string[],
): string {
  const given = names.flatMap((name) => {
    const text = options.text(name);
    if (options.flag(name)) return [`--${dashed(name)}`];
    const values = text === undefined ? options.list(name) : [text];
    // With = in between, a value may begin with a dash.
    return values.map((value) => `--${dashed(name)}=${quoted(value)}`);
  });
  return [command, ...args.map(quoted), ...given].join(' ');
}

/** The greatest integer of Postgres. */
const MAX_NUMBER = 2 ** 31 - 1;

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** For `command.option('--gate <…>', '…', repeatable)`: collects every use. */
export function repeatable(
  value: string,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), value];
}

/** Adds the examples at the end of a command's `--help`. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  const shown = lines.map((line) => `  $ ${line}\n`).join('');
  return command.addHelpText('after', `\nExample${lines.length > 1 ? 's' : ''}:\n${shown}`);
}

/**
 * Requires one of these options; a missing one is reported with everything else that is missing.
 */
export interface OneOf {
  readonly names: readonly string[];
  /** The options as a person reads them: `--user <user>, --create or --skip`. */
  readonly text: string;
}

const ONE_OF = new WeakMap<Command, OneOf>();

/** Says that a command takes one of several options; the handler refuses none and two. */
export function requireOneOf(command: Command, needed: OneOf): Command {
  ONE_OF.set(command, needed);
  return command;
}

/** See {@link requireOneOf}. */
export function neededOneOf(command: Command): OneOf | undefined {
  return ONE_OF.get(command);
}

const CHOICES = new WeakMap<Command, Readonly<Record<string, readonly string[]>>>();

/** Says what options of a command take, by their names in camelCase, for completion in a shell. */
export function offering(
  command: Command,
  choices: Readonly<Record<string, readonly string[]>>,
): Command {
  CHOICES.set(command, choices);
  return command;
}

/** See {@link offering}. */
export function choicesOf(command: Command, option: string): readonly string[] | undefined {
  return CHOICES.get(command)?.[option];
}

type Handler = (call: Call) => Promise<Answer>;

/**
 * The action of a command: runs `handler`, prints its answer once, sets the exit code. Faults go to
 * `main`, the only place that catches them.
 */
export function action(
  io: Io,
  handler: Handler,
): (this: Command, ...given: unknown[]) => Promise<void> {
  return async function run(this: Command) {
    const state: CallParts['state'] = { rollcall: undefined };
    const options = new Options(this.optsWithGlobals<Record<string, unknown>>());
    const call = createCall({ io, command: this, options, state });
    try {
      await warnOfSettings(call);
      const answer = await handler(call);
      await print(call, answer);
      io.outcome.exit = answer.exit ?? 0;
    } finally {
      const opened = await state.rollcall?.catch(() => undefined);
      await opened?.close();
    }
  };
}

/** Settings that nothing reads are most likely misspelled. */
async function warnOfSettings(call: Call): Promise<void> {
  const { unknownSettings } = await import('../config/env.js');
  const { settingWarning } = await import('../config/unknown.js');
  for (const setting of unknownSettings({ env: call.io.env })) call.note(settingWarning(setting));
}

interface CallParts {
  readonly io: Io;
  readonly command: Command;
  readonly options: Options;
  readonly state: { rollcall: Promise<Rollcall> | undefined };
}

function createCall({ io, command, options, state }: CallParts): Call {
  const json = options.flag('json');
  const quiet = options.flag('quiet');
  const canAsk = io.terminal.input && io.terminal.error && !json && options.flag('input');
  const note = (line: string): void => {
    if (!quiet) io.stderr.write(`${printableLines(asCalled(line, io.program))}\n`);
  };
  const connect = async (tokenless: boolean): Promise<Rollcall> => {
    const { Rollcall: library } = await import('../client/rollcall.js');
    const connected = await library.connect({ door: 'cli', tokenless });
    if (connected.context.tokenId === null && !json) note(NO_TOKEN);
    return connected;
  };
  const rollcall: Call['rollcall'] = ({ tokenless = false } = {}) =>
    (state.rollcall ??= connect(tokenless));
  return {
    io,
    args: command.args,
    options,
    json,
    interrupt: INTERRUPT,
    canAsk,
    rollcall,
    config: async () => (await import('../config/env.js')).loadConfig(),
    note,
    called: (text) => asCalled(text, io.program),
    async confirm(question, instead) {
      if (options.flag('yes')) return true;
      if (!canAsk) throw usage(`${question} To say yes without a terminal, give ${instead}.`);
      const reader = createInterface({ input: io.stdin, output: io.stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } finally {
        reader.close();
      }
    },
  };
}

const NO_TOKEN = 'No token is set: this command acts as the owner.';

async function print(call: Call, answer: Answer): Promise<void> {
  const { stdout } = call.io;
  if (!('stream' in answer)) {
    const { document } = answer;
    // The next step is a note, too.
    const text = call.options.flag('quiet')
      ? answer.text.replace(/^next: .*\n/gm, '')
      : answer.text;
    await write(
      stdout,
      call.json ? jsonText(document, call.io.program) : printableLines(call.called(text)),
    );
    return;
  }
  for await (const chunk of answer.stream) if (!(await write(stdout, chunk))) return;
}

const controller = new AbortController();
const INTERRUPT: Interrupt = { signal: controller.signal, waiting: 0 };

/**
 * Installs Ctrl-C (and SIGTERM): a command that listens detaches; otherwise, and the second time,
 * exit 130.
 */
export function handleInterrupts(program: string): void {
  const onSignal = (): void => {
    if (INTERRUPT.waiting === 0 || controller.signal.aborted) {
      const said = 'Interrupted. To see the runs under way: rollcall runs list\n';
      process.stderr.write(asCalled(said, program));
      process.exit(EXITS.interrupted.code);
    }
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
