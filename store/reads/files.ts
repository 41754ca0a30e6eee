import { createHash } from 'node:crypto';
import { Fault } from '../../domain/faults';
import { newId, type Db, type Queryable } from '../database/db';

/** 1 MiB: fewer, larger values were no faster, smaller ones cost more rows (measured, 88 MB). */
const CHUNK_BYTES = 1 << 20;

export interface StoredFile {
  readonly fileId: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface NewFile {
  /** The name it was uploaded under, without its folder. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly maxBytes: number;
}

/**
 * Stores a file in chunks before anything reads it, so that any worker on any machine can continue.
 * The last statement marks it complete: an interrupted upload is never read.
 * @throws Fault refused_file when it is larger than `maxBytes`.
 */
export async function storeFile(db: Pick<Db, 'pool'>, file: NewFile): Promise<StoredFile> {
  const fileId = newId();
  const hash = createHash('sha256');
  let bytes = 0;
  let n = 0;
  await db.pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, $2, 0, '', false)`,
    [fileId, file.name],
  );
  const write = async (data: Buffer): Promise<void> => {
    await db.pool.query(`insert into run_file_chunk (file_id, n, data) values ($1, $2, $3)`, [
      fileId,
      n++,
      data,
    ]);
  };
  try {
    for await (const data of inChunks(file.chunks)) {
      bytes += data.length;
      if (bytes > file.maxBytes) throw tooLarge(file);
      hash.update(data);
      await write(data);
    }
  } catch (error) {
    await removeFile(db.pool, fileId).catch(() => undefined);
    throw error;
  }
  const sha256 = hash.digest('hex');
  await db.pool.query(
    `update run_file set bytes = $2, sha256 = $3, complete = true where id = $1`,
    [fileId, bytes, sha256],
  );
  return { fileId, bytes, sha256 };
}

/** Reads a stored file from its start, a chunk at a time. */
export async function* readFile(db: Queryable, fileId: string): AsyncGenerator<Buffer> {
  for (let n = 0; ; n++) {
    // Without a name, because poolers hand the named statements of a session to other clients.
    const { rows } = await db.query<{ data: Buffer }>(
      `select data from run_file_chunk where file_id = $1 and n = $2`,
      [fileId, n],
    );
    const [chunk] = rows;
    if (chunk === undefined) return;
    yield chunk.data;
  }
}

/** @throws Fault not_found, also when its run was refused and its content has been removed. */
export async function getFile(
  db: Queryable,
  fileId: string,
): Promise<{ name: string; bytes: number; sha256: string; complete: boolean }> {
  const { rows } = await db.query<{
    name: string;
    bytes: string;
    sha256: string;
    complete: boolean;
  }>(`select name, bytes, sha256, complete from run_file where id = $1`, [fileId]);
  const [row] = rows;
  if (row?.complete !== true) {
    throw new Fault('not_found', {
      code: 'file_gone',
      message: `The stored file ${fileId} is gone; files are kept for 30 days, refused ones for a day.`,
      next: { do: 'importAgain' },
    });
  }
  return { ...row, bytes: Number(row.bytes) };
}

/** Removes a file and its chunks. */
export async function removeFile(db: Queryable, fileId: string): Promise<void> {
  await db.query(`delete from run_file where id = $1`, [fileId]);
}

async function* inChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const part of source) {
    let rest = part;
    while (size + rest.length >= CHUNK_BYTES) {
      const take = CHUNK_BYTES - size;
      parts.push(rest.subarray(0, take));
      yield Buffer.concat(parts, CHUNK_BYTES);
      rest = rest.subarray(take);
      parts = [];
      size = 0;
    }
    if (rest.length > 0) {
      parts.push(rest);
      size += rest.length;
    }
  }
  if (size > 0) yield Buffer.concat(parts, size);
}

function tooLarge(file: NewFile): Fault {
  return new Fault('refused_file', {
    code: 'file_too_large',
    message: `${file.name} is larger than ${String(file.maxBytes)} bytes.`,
    next: 'Split the file, or raise ROLLCALL_MAX_FILE_BYTES.',
  });
}
