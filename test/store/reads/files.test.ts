import { createHash, randomBytes } from 'node:crypto';
import { getFile, readFile, removeFile, storeFile } from '../../../store/reads/files';
import { newId } from '../../../store/database/db';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();

async function* inParts(data: Buffer, size: number): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function readAll(fileId: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of readFile(store.db.pool, fileId)) parts.push(part);
  return Buffer.concat(parts);
}

async function stored(): Promise<number> {
  const { rows } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from run_file`,
  );
  return rows[0]?.n ?? -1;
}

test.each([
  ['empty', 0, 10],
  ['small', 1000, 7],
  ['one chunk, whole', 1 << 20, 65_536],
  ['one byte more than a chunk', (1 << 20) + 1, 65_537],
  ['several chunks from one part', 3_500_000, 4_000_000],
])('a file that is %s comes back as it was, with its size and hash', async (_, bytes, part) => {
  const data = randomBytes(bytes);

  const file = await storeFile(store.db, {
    name: 'people.csv',
    chunks: inParts(data, part),
    maxBytes: 1e9,
  });

  const sha256 = createHash('sha256').update(data).digest('hex');
  expect(file).toMatchObject({ bytes, sha256 });
  expect((await readAll(file.fileId)).equals(data)).toBe(true);
  expect(await getFile(store.db.pool, file.fileId)).toEqual({
    name: 'people.csv',
    bytes,
    sha256,
    complete: true,
  });
});

test('a file that is too large is refused, and nothing of it is left', async () => {
  const before = await stored();

  const storing = storeFile(store.db, {
    name: 'big.csv',
    chunks: inParts(randomBytes(3_000_000), 100_000),
    maxBytes: 2_500_000,
  });

  await expect(storing).rejects.toMatchObject({ kind: 'refused_file', code: 'file_too_large' });
  expect(await stored()).toBe(before);
});

test('an upload that breaks off leaves nothing', async () => {
  const before = await stored();
  async function* breaking(): AsyncGenerator<Buffer> {
    yield* inParts(randomBytes(2_000_000), 500_000);
    throw new Error('connection lost');
  }

  const storing = storeFile(store.db, { name: 'x.csv', chunks: breaking(), maxBytes: 1e9 });

  await expect(storing).rejects.toThrow('connection lost');
  expect(await stored()).toBe(before);
});

test('a removed file is gone with its chunks, and says what to do', async () => {
  const { fileId } = await storeFile(store.db, {
    name: 'x.csv',
    chunks: inParts(Buffer.from('code\na\n'), 3),
    maxBytes: 1e9,
  });

  await removeFile(store.db.pool, fileId);

  await expect(getFile(store.db.pool, fileId)).rejects.toMatchObject({ code: 'file_gone' });
  expect((await readAll(fileId)).length).toBe(0);
  await expect(getFile(store.db.pool, newId())).rejects.toMatchObject({ kind: 'not_found' });
});
