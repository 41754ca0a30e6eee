import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../domain/faults';
import type { ImportFile } from '../operations/imports';

/** A file as it was when it was opened; `close` when done. */
export interface OpenFile extends ImportFile {
  close(): Promise<void>;
}

const READ_BYTES = 1 << 20;

/**
 * Opens a file for an import, and refuses what is none before a byte is read: a directory, nothing
 * there, no permission, more than `maxBytes`. Its chunks are those of the size at opening; a file
 * that changed meanwhile (size or time) ends them with the fault `file_changed`, so nothing of it
 * is stored. A pipe is read to its end.
 */
export async function openFile(path: string, maxBytes: number): Promise<OpenFile> {
  const handle = await opened(path);
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isDirectory()) throw directory(path);
    const whole = stat.isFile();
    if (whole && stat.size > BigInt(maxBytes)) throw tooLarge(path, stat.size, maxBytes);
    return {
      name: basename(path),
      maxBytes,
      chunks: whole ? wholeFile(handle, path, stat) : handle.createReadStream({ autoClose: false }),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Standard input as a file. */
export function pipedFile(input: Readable, maxBytes: number): OpenFile {
  return { name: 'stdin', maxBytes, chunks: buffers(input), close: () => Promise.resolve() };
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY);
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

async function* buffers(input: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  }
}

function cannotOpen(path: string, cause: unknown): Fault {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new Fault('not_found', {
      code: 'no_such_file',
      message: `There is no file ${path}.`,
      next: 'Check the path; rollcall import - reads standard input.',
      cause,
    });
  }
  if (code === 'EISDIR') return directory(path);
  return new Fault('refused_file', {
    code: 'unreadable_file',
    message: `${path} cannot be read${code === '' ? '' : ` (${code})`}.`,
    next:
      code === 'EACCES' || code === 'EPERM'
        ? 'Give yourself permission to read it.'
        : 'Check the path.',
    cause,
  });
}

function directory(path: string): Fault {
  return new Fault('refused_file', {
    code: 'directory',
    message: `${path} is a directory.`,
    next: 'Import one CSV file of it: rollcall import FILE',
  });
}

function tooLarge(path: string, bytes: bigint, maxBytes: number): Fault {
  return new Fault('refused_file', {
    code: 'file_too_large',
    message: `${path} has ${String(bytes)} bytes; the limit is ${String(maxBytes)}.`,
    next: 'Split the file, or raise ROLLCALL_MAX_FILE_BYTES.',
  });
}

function changed(path: string): Fault {
  return new Fault('refused_file', {
    code: 'file_changed',
    message: `${path} changed while it was read; nothing of it was stored.`,
    next: 'Wait until it is written, then import it again.',
  });
}
