import { lstat, open, rm, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';
import { quoted } from '../domain/shown';
import type { Call } from './command';
import { printable } from '../domain/shown';

/** Whether an existing file may be replaced, and how to write the same under another name. */
export interface Overwriting {
  readonly force: boolean;
  /** The command line with this file (a word of a shell) instead. */
  readonly instead: (file: string) => string;
}

/** True under `--force`. */
export function overwriting(
  { options }: Pick<Call, 'options'>,
  instead: Overwriting['instead'],
): Overwriting {
  return { force: options.flag('force'), instead };
}

/**
 * Writes pieces of text into a file. An existing file is refused unless forced; what is no regular
 * file, such as a pipe, is written into. A new file that could not be written completely is removed
 * again.
 *
 * @throws Fault `usage`/`file_exists`, `invalid`/`cannot_write`.
 */
export async function writeOutput(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  { force, instead }: Overwriting,
): Promise<void> {
  const replaces = force || (await isNoFile(path));
  const state = { opened: false };
  try {
    const file = await open(path, replaces ? 'w' : 'wx');
    state.opened = true;
    await pipeline(pieces, file.createWriteStream());
  } catch (cause) {
    if (state.opened && !replaces) await rm(path, { force: true });
    if (!state.opened && codeOf(cause) === 'EEXIST') throw await isThere(path, instead, cause);
    if (typeof cause !== 'object' || cause === null || !('syscall' in cause)) throw cause;
    throw new Fault('invalid', {
      code: 'cannot_write',
      message: `${printable(path)} cannot be written (${codeOf(cause)}).`,
      next: 'Give another path.',
      cause,
    });
  }
}

/** True for a pipe, a terminal or the like. */
async function isNoFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isThere(
  path: string,
  instead: Overwriting['instead'],
  cause: unknown,
): Promise<Fault> {
  return new Fault('usage', {
    code: 'file_exists',
    message: `${printable(path)} already exists; --force overwrites it.`,
    next: instead(quoted(await freeName(path))),
    cause,
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

async function* marked(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let first = true;
  for await (const line of lines) {
    yield first && !line.startsWith(BOM) ? BOM + line : line;
    first = false;
  }
}
