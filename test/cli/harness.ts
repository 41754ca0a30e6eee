import { PassThrough, Readable } from 'node:stream';
import type { Io } from '../../cli/output';
import { main } from '../../cli/program';

/** What a command line printed and ended with. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** The document on stdout. */
  json(): unknown;
}

export interface RunOptions {
  readonly input?: string;
  /** Acts as a terminal at which a person types `input`. */
  readonly terminal?: boolean;
  /** What starts the program; `rollcall` unless given. */
  readonly program?: string;
}

/** Runs one command line in this process. */
export async function rollcall(args: readonly string[], o: RunOptions = {}): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const io: Io = {
    stdin: Readable.from([Buffer.from(o.input ?? '')]),
    stdout: out,
    stderr: err,
    env: {},
    program: o.program ?? 'rollcall',
    outcome: { exit: 0 },
    terminal: {
      input: o.terminal === true,
      output: o.terminal === true,
      error: o.terminal === true,
    },
  };
  const texts = Promise.all([textOf(out), textOf(err)]);
  const exit = await main(args, io);
  out.end();
  err.end();
  const [stdout, stderr] = await texts;
  return { exit, out: stdout, err: stderr, json: () => JSON.parse(stdout) };
}

async function textOf(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
