import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../domain/faults';
import { delimiterOfTable, rowsOf } from './csv';
import { mboxMessages } from './mbox';

/** One message of a file, or one row of a table of bounces. */
export interface StoredMessage {
  /** The file, with the number of the message or the line of the row: `bounces.mbox, message 3`. */
  readonly place: string;
  /** SHA-256 over the message with plain line ends, the same however it is stored. */
  readonly sha: Buffer;
  readonly content:
    | { readonly kind: 'mail'; readonly raw: Buffer }
    | { readonly kind: 'row'; readonly fields: Readonly<Record<string, string>> }
    /** Not read. */
    | { readonly kind: 'too large' };
}

/** A message is read up to this size: one of ours has at most 256 kB, a report little more. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
const MAX_DEPTH = 8;

/**
 * The messages of a file (a message, an mbox, a CSV file), of each file in a folder (also a Maildir, in the
 * order of names), or of a stream. Links are not followed. Each file is read as a stream.
 * @throws Fault usage `cannot_read`.
 */
export async function* storedMessages(
  from: string | AsyncIterable<Buffer>,
): AsyncGenerator<StoredMessage> {
  if (typeof from !== 'string') {
    yield* messagesOf('stdin', from);
    return;
  }
  for await (const path of filesIn(from)) {
    yield* messagesOf(path, createReadStream(path));
  }
}

async function* filesIn(path: string, depth = 0): AsyncGenerator<string> {
  const stat = await reading(path, lstat(path));
  if (stat.isFile() || (depth === 0 && !stat.isDirectory())) {
    yield path;
    return;
  }
  if (!stat.isDirectory() || depth >= MAX_DEPTH) return;
  const names: string[] = [];
  for await (const { name } of await reading(path, opendir(path))) names.push(name);
  for (const name of names.sort()) {
    // Of a Maildir: messages that are still being written.
    const isHidden = name.startsWith('.') || name === 'tmp';
    if (!isHidden) yield* filesIn(join(path, name), depth + 1);
  }
}

async function reading<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cannotRead(path, cause);
  });
}

function cannotRead(path: string, cause: unknown): Fault {
  return new Fault('usage', {
    code: 'cannot_read',
    message: `"${path}" cannot be read.`,
    next: 'Check the path; rollcall bounces import - reads standard input.',
    cause,
  });
}

async function* messagesOf(
  path: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<StoredMessage> {
  const [head, all] = await begun(path, chunks);
  const first = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  const [header = ''] = first.trimStart().split(/[\r\n]/, 1);
  const delimiter = delimiterOfTable(header);
  if (first.startsWith('From ')) {
    let n = 0;
    for await (const raw of mboxMessages(all, MAX_MESSAGE_BYTES)) {
      yield mailAt(`${path}, message ${String(++n)}`, raw);
    }
  } else if (delimiter !== null || /\.csv$/i.test(path)) {
    const table = { path, delimiter: delimiter ?? ',', chunks: all };
    for await (const { line, fields } of rowsOf(table)) {
      const sha = shaOf(Buffer.from(JSON.stringify(Object.entries(fields).sort())));
      yield { place: `${path}, line ${String(line)}`, sha, content: { kind: 'row', fields } };
    }
  } else {
    yield mailAt(path, await wholeOf(all));
  }
}

function mailAt(place: string, raw: Buffer | null): StoredMessage {
  if (raw === null) return { place, sha: Buffer.alloc(0), content: { kind: 'too large' } };
  return { place, sha: shaOf(raw), content: { kind: 'mail', raw } };
}

function shaOf(raw: Buffer): Buffer {
  const text = raw.toString('latin1').replace(/\r\n?/g, '\n').replace(/\n+$/, '');
  return createHash('sha256').update(text, 'latin1').digest();
}

/** The beginning of a stream, and the whole of it. */
async function begun(
  path: string,
  chunks: AsyncIterable<Buffer>,
): Promise<[head: Buffer, all: AsyncGenerator<Buffer>]> {
  const iterator = chunks[Symbol.asyncIterator]();
  const next = (): Promise<IteratorResult<Buffer>> => reading(path, iterator.next());
  const first = await next();
  const head: Buffer = first.done === true ? Buffer.alloc(0) : Buffer.from(first.value);
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let got = await next(); got.done !== true; got = await next()) yield got.value;
    } finally {
      await iterator.return?.();
    }
  }
  return [head, whole()];
}

/** `null`: longer than a message may be. */
async function wholeOf(chunks: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_MESSAGE_BYTES) return null;
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}
