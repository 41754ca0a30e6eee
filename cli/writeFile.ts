import { chmod, link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';
import { printable, quoted } from '../domain/shown';
import type { Answer, Call } from './command';
import { partOf, removeLeftParts } from './partFile';

/** The name that stands for standard output. */
export const STDOUT = '-';

/** Whether an existing file may be replaced, and how to write the same under another name. */
export interface Overwriting {
  readonly force: boolean;
  /** The command line with this file (a word of a shell) instead. */
  readonly instead: (file: string) => string;
  readonly signal?: AbortSignal;
}

/** True under `--force`. */
export function overwriting(
  { options }: Pick<Call, 'options'>,
  instead: Overwriting['instead'],
): Overwriting {
  return { force: options.flag('force'), instead };
}

/**
 * Writes pieces of text into a file. They go into a file beside it, which gets the name once it is
 * complete: nothing that reads the name ever finds a part. Parts that killed programs left of earlier writings
 * are removed. An existing file is refused unless forced; what is no regular file, such as a pipe, is written
 * into. `signal` ends it, and nothing is left.
 *
 * @throws Fault `usage`/`file_exists`, `invalid`/`cannot_write`.
 */
export async function writeOutput(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  { force, instead, signal }: Overwriting,
): Promise<void> {
  const abort = signal === undefined ? {} : { signal };
  try {
    if (await isNoFile(path)) {
      const file = await open(path, 'w');
      await pipeline(pieces, file.createWriteStream(), abort);
      return;
    }
    if (!force && (await exists(path))) throw await isThere(path, instead);
    const target = await realpath(path).catch(() => path);
    await removeLeftParts(target);
    const part = partOf(target);
    try {
      const file = await open(part, 'wx');
      await pipeline(pieces, file.createWriteStream({ flush: true }), abort);
      if (force) await replace(part, target);
      else if (!(await takeName(part, target))) throw await isThere(path, instead);
    } finally {
      await rm(part, { force: true });
    }
  } catch (cause) {
    if (typeof cause !== 'object' || cause === null || !('syscall' in cause)) throw cause;
    throw new Fault('invalid', {
      code: 'cannot_write',
      message: `${printable(path)} cannot be written (${codeOf(cause)}).`,
      next: 'Give another path.',
      cause,
    });
  }
}

/**
 * As {@link writeOutput}, for a file that takes a while: Ctrl-C ends the writing and leaves nothing. Returns
 * the answer to the interruption; `null`: the file is written.
 */
export async function writeLong(
  call: Call,
  o: {
    readonly file: string;
    readonly pieces: AsyncIterable<string>;
    /** The command line with another file instead. */
    readonly instead: Overwriting['instead'];
  },
): Promise<Answer | null> {
  const { signal } = call.interrupt;
  call.interrupt.waiting += 1;
  try {
    await writeOutput(o.file, o.pieces, { ...overwriting(call, o.instead), signal });
    return null;
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = `Interrupted: ${o.file} is not written.`;
    call.note(message);
    return {
      exit: 130,
      document: { error: { code: 'interrupted', message, next: null } },
      text: '',
    };
  } finally {
    call.interrupt.waiting -= 1;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function replace(part: string, target: string): Promise<void> {
  const mode = await stat(target).then(
    (before) => before.mode,
    () => undefined,
  );
  if (mode !== undefined) await chmod(part, mode);
  await rename(part, target);
}

/** Gives a file a name that no file has; false where one has it. */
async function takeName(part: string, target: string): Promise<boolean> {
  try {
    // A rename would replace a file that was made meanwhile.
    await link(part, target);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no links.
    if (await exists(target)) return false;
    await rename(part, target);
    return true;
  }
}

/** True for a pipe, a terminal or the like. */
async function isNoFile(path: string): Promise<boolean> {
  // A redirected output is a regular file, but not one to give a name.
  if (/^\/(?:dev|proc)\//.test(path)) return true;
  try {
    return !(await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isThere(path: string, instead: Overwriting['instead']): Promise<Fault> {
  return new Fault('usage', {
    code: 'file_exists',
    message: `${printable(path)} already exists; --force overwrites it.`,
    next: instead(quoted(await freeName(path))),
  });
}

/** `failed.csv` → `failed-2.csv`, or the next number that no file has. */
async function freeName(path: string): Promise<string> {
  const end = extname(path);
  const start = path.slice(0, path.length - end.length);
  for (let n = 2; ; n++) {
    const name = `${start}-${String(n)}${end}`;
    try {
      await lstat(name);
    } catch {
      return name;
    }
  }
}

/** A spreadsheet reads a file as UTF-8 only when it begins with this mark; an import skips it. */
const BOM = '\ufeff';

/** As {@link writeOutput}, for CSV that people open in a spreadsheet. */
export async function writeCsv(
  path: string,
  lines: AsyncIterable<string> | Iterable<string>,
  o: Overwriting,
): Promise<void> {
  await writeOutput(path, marked(lines), o);
}

/** CSV that begins with the mark by which a spreadsheet knows UTF-8. */
export async function* marked(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  let first = true;
  for await (const line of lines) {
    yield first && !line.startsWith(BOM) ? BOM + line : line;
    first = false;
  }
}
