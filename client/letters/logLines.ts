import type { FileStream } from '../files/file';
import { openFile } from '../files/file';

/** The log of a mail server may be large; it is read once, line by line. */
const MAX_LOG_BYTES = 64 * 1024 ** 3;
/** A line that is longer is cut: a Message-ID is short. */
const MAX_LINE_CHARS = 64 * 1024;

/** The lines of a file, such as the log of a mail server. Ids are ASCII, so any encoding will do. */
export async function* logLines(from: string | FileStream): AsyncGenerator<string> {
  if (typeof from !== 'string') {
    yield* linesOf(from);
    return;
  }
  const file = await openFile(from, MAX_LOG_BYTES);
  try {
    yield* linesOf(file.chunks);
  } finally {
    await file.close();
  }
}

async function* linesOf(chunks: FileStream): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > MAX_LINE_CHARS) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}
