import type { Readable, Writable } from 'node:stream';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';
import { printable } from '../domain/shown';
import { verbatim } from '../wording/called';
import { howCalled } from './called';

/** The process as the CLI sees it; tests pass their own. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What starts this program in the shell that reads its output. */
  readonly program: string;
  /** The exit code of the command. */
  readonly outcome: { exit: number };
  readonly terminal: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
}

/** The real process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    program: howCalled({
      script: process.argv[1],
      cwd: process.cwd(),
      path: process.env['PATH'] ?? '',
    }),
    outcome: { exit: 0 },
    terminal: {
      input: process.stdin.isTTY,
      output: process.stdout.isTTY,
      error: process.stderr.isTTY,
    },
  };
}

const closed = new WeakSet<Writable>();

/**
 * From here on a reader that went away (`| head`) is no error: further output is dropped. So is what a
 * full disk does not take, after {@link write} reported it.
 */
export function tolerateClosedPipe(stream: Writable): void {
  stream.on('error', () => {
    closed.add(stream);
  });
}

/**
 * Writes all of `text` and returns once the system took it; false when the reader has gone. Fault:
 * `output_failed`, such as a full disk; once. An output that was closed (`>&-`) is no failure: Node gives it
 * /dev/null before the program begins, as a parent does that ignores the output, and nothing tells the two
 * apart (findings/node-gives-a-closed-output-dev-null.sh).
 */
export async function write(stream: Writable, text: string | Uint8Array): Promise<boolean> {
  if (closed.has(stream)) return false;
  if (text.length === 0) return true;
  const failure = await new Promise<unknown>((resolve) => stream.write(text, resolve));
  if (failure !== null && failure !== undefined) {
    closed.add(stream);
    const code = codeOf(failure);
    if (!GONE.has(code)) throw outputFailed(code, failure);
  }
  return !closed.has(stream);
}

/** The reader of a pipe has gone. */
const GONE = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

function outputFailed(code: string, cause: unknown): Fault {
  const why = code === 'ENOSPC' ? 'no space is left' : code === '' ? 'no reason given' : code;
  return new Fault('refused_file', {
    code: 'output_failed',
    message: `The output cannot be written: ${why}.`,
    next: 'Write it elsewhere. What the command did before it printed is done.',
    cause,
  });
}

/**
 * Columns and lines that Rollcall itself writes and that may name commands; all others are data.
 */
const SPOKEN = new Set(['message', 'next']);

/** A compact table: columns padded, two spaces between, numbers to the right. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) =>
    row.map((cell) => (cell === null ? '' : printable(String(cell)))),
  );
  const widths = heads.map((head, i) =>
    texts.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), head.length),
  );
  const right = heads.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .map((cell, i) => (SPOKEN.has(heads[i] ?? '') ? cell : verbatim(cell)))
      .join('  ')
      .trimEnd();
  return [line(heads.map((head) => head.toUpperCase())), ...texts.map(line)].join('\n') + '\n';
}
export type Cell = string | number | null;

/** `name  value` lines, the names padded. */
export function pairs(entries: readonly (readonly [string, Cell])[]): string {
  const width = entries.reduce((most, [name]) => Math.max(most, name.length), 0);
  return entries
    .map(([name, value]) => {
      const text = value === null ? '-' : printable(String(value));
      return `${verbatim(name.padEnd(width))}  ${SPOKEN.has(name) ? text : verbatim(text)}\n`;
    })
    .join('');
}

/** Whole numbers with thousands separated, as in `1,234`. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** An instant to the minute, in UTC; empty where there is none. */
export function minute(at: string | null | undefined): string {
  return at?.slice(0, 16).replace('T', ' ') ?? '';
}

/** The line below a page of a list: the number of users, and the command for the next page. */
export function pageText(o: {
  readonly total?: string | undefined;
  readonly next: string | null;
  /** The command of this page; see {@link commandLine}. */
  readonly command: string;
}): string {
  const total = o.total === undefined ? '' : `${o.total}\n`;
  return `${total}${o.next === null ? '' : `next: ${o.command} --cursor ${o.next}\n`}`;
}
