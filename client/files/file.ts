import { constants, createReadStream, fstatSync, type BigIntStats } from 'node:fs';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../domain/faults';
import { codeOf } from '../../domain/passing';
import type { ImportFile } from '../../operations/runs/imports';
import { printable } from '../../domain/shown';

/** The complete content of a file, piece by piece; any `Readable` is one. Text is read as UTF-8. */
export type FileStream = AsyncIterable<Uint8Array | string>;

/** A file as it was when it was opened; `close` when done. */
export interface OpenFile extends ImportFile {
  /** The content from its start, once more; only a file on a disk has it. */
  readonly reread?: () => AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const READ_BYTES = 1 << 20;
const PIPE_BYTES = 64 * 1024;
/** A pipe that no writer has opened by then is a mistake: a shell opens both ends at once. */
const WRITER_MS = 5_000;
const PIPE_PAUSE_MS = 5;

/**
 * Opens a file for an import, and refuses what is no file before a byte is read: a directory, a
 * device, a missing file, no permission, more than `maxBytes`. Its chunks end at the size that it
 * had at opening; a file whose size or time changed meanwhile ends them with the fault
 * `file_changed`, so nothing of it is stored. A pipe is read to its end.
 */
export async function openFile(
  path: string,
  maxBytes: number,
  { writerMs = WRITER_MS }: { readonly writerMs?: number } = {},
): Promise<OpenFile> {
  const handle = await opened(path);
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isDirectory()) throw directory(path);
    if (!stat.isFile() && !stat.isFIFO()) throw device(path);
    if (stat.isFile() && stat.size > BigInt(maxBytes)) throw tooLarge(path, stat.size, maxBytes);
    const named = { name: basename(path), maxBytes, close: () => handle.close() };
    if (!stat.isFile()) return { ...named, chunks: pipe(handle, path, writerMs) };
    const whole = (): AsyncIterable<Buffer> => wholeFile(handle, path, stat);
    return { ...named, chunks: whole(), reread: whole };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A stream as a file, such as standard input. */
export function pipedFile(input: FileStream, maxBytes: number): OpenFile {
  if (isDirectory(input)) throw directory('stdin');
  return { name: 'stdin', maxBytes, chunks: buffers(input), close: () => Promise.resolve() };
}

/** True for the standard input of `import - < FOLDER`, which Node gives as a stream without content. */
function isDirectory(input: FileStream): boolean {
  if (!('fd' in input) || typeof input.fd !== 'number') return false;
  try {
    return fstatSync(input.fd).isDirectory();
  } catch {
    return false;
  }
}

/**
 * The same file, such that it can be read more than once: a pipe is written to a temporary file
 * first. Closing it closes the given one.
 */
export async function rereadable(file: OpenFile): Promise<OpenFile> {
  if (file.reread !== undefined) return file;
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-'));
  const path = join(folder, 'file');
  const close = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await file.close();
  };
  try {
    await writeFile(path, file.chunks);
  } catch (error) {
    await close();
    throw error;
  }
  const { name, maxBytes } = file;
  const reread = (): AsyncIterable<Buffer> => createReadStream(path);
  return { name, maxBytes, chunks: createReadStream(path), reread, close };
}

/**
 * Opens without waiting. To open a pipe without a writer blocks a thread for ever, and Node does
 * not exit before its threads do, not even by Ctrl-C.
 */
async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

async function* wholeFile(
  handle: FileHandle,
  path: string,
  atOpen: BigIntStats,
): AsyncGenerator<Buffer> {
  const size = Number(atOpen.size);
  for (let at = 0; at < size;) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw changed(path);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  const now = await handle.stat({ bigint: true });
  if (now.size !== atOpen.size || now.mtimeNs !== atOpen.mtimeNs) throw changed(path);
}

async function* pipe(handle: FileHandle, path: string, writerMs: number): AsyncGenerator<Buffer> {
  const until = Date.now() + writerMs;
  let begun = false;
  for (;;) {
    const part = await readNow(handle);
    if (part !== undefined && part.length > 0) {
      begun = true;
      yield part;
      continue;
    }
    if (part === undefined) begun = true;
    else if (begun) return;
    else if (Date.now() > until) throw nobodyWrites(path);
    await sleep(PIPE_PAUSE_MS);
  }
}

/** The content of a pipe; undefined: nothing yet, but it has a writer; empty: it has none. */
async function readNow(handle: FileHandle): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(PIPE_BYTES);
  try {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

async function* buffers(input: FileStream): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
  }
}

/** The same bytes, not copied. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cannotOpen(path: string, cause: unknown): Fault {
  const code = codeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new Fault('not_found', {
      code: 'no_such_file',
      message: `There is no file ${printable(path)}.`,
      next: { do: 'checkPath' },
      cause,
    });
  }
  if (code === 'EISDIR') return directory(path);
  return new Fault('refused_file', {
    code: 'unreadable_file',
    message: `${printable(path)} cannot be read${code === '' ? '' : ` (${code})`}.`,
    next:
      code === 'EACCES' || code === 'EPERM'
        ? 'Give yourself permission to read it.'
        : 'Check the path.',
    cause,
  });
}

function directory(path: string): Fault {
  return new Fault('usage', {
    code: 'directory',
    message: `${printable(path)} is a directory.`,
    next: 'Name one CSV file of it.',
  });
}

function device(path: string): Fault {
  return new Fault('refused_file', {
    code: 'device',
    message: `${printable(path)} is a device, not a file.`,
    next: { do: 'nameFileOrPipe' },
  });
}

function nobodyWrites(path: string): Fault {
  return new Fault('refused_file', {
    code: 'empty_pipe',
    message: `${printable(path)} is a pipe, and nobody writes into it.`,
    next: { do: 'startWriter' },
  });
}

function tooLarge(path: string, bytes: bigint, maxBytes: number): Fault {
  return new Fault('refused_file', {
    code: 'file_too_large',
    message: `${printable(path)} has ${String(bytes)} bytes; the limit is ${String(maxBytes)}.`,
    next: 'Split the file, or raise ROLLCALL_MAX_FILE_BYTES.',
  });
}

function changed(path: string): Fault {
  return new Fault('refused_file', {
    code: 'file_changed',
    message: `${printable(path)} changed while it was read; nothing of it was stored.`,
    next: 'Wait until it is written, then import it again.',
  });
}
