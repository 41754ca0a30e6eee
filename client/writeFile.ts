import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../domain/faults';

/** Writes pieces of text into a file, replacing one of that name. */
export async function writeOutput(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  try {
    await pipeline(pieces, createWriteStream(path));
  } catch (cause) {
    if (typeof cause !== 'object' || cause === null || !('syscall' in cause)) throw cause;
    const why = 'code' in cause ? String(cause.code) : 'unknown';
    throw new Fault('invalid', {
      code: 'cannot_write',
      message: `${path} cannot be written (${why}).`,
      next: 'Give another path.',
      cause,
    });
  }
}

/** A spreadsheet takes a file for UTF-8 only when it begins so; an import passes it over. */
const BOM = '\ufeff';

/** As {@link writeOutput}, for CSV that people open in a spreadsheet. */
export async function writeCsv(
  path: string,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  await writeOutput(path, marked(lines));
}

async function* marked(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let first = true;
  for await (const line of lines) {
    yield first && !line.startsWith(BOM) ? BOM + line : line;
    first = false;
  }
}
