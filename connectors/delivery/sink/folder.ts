import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../../domain/passing';
import type { ShownLetter, SinkLetter } from '../../../domain/letters/sink/letter';
import { parseId, parseSinkFileName, recipientHash } from '../../../domain/letters/sink/files';
import { readMessage } from './message';

export interface LettersPage {
  readonly letters: readonly SinkLetter[];
  readonly hasMore: boolean;
}

/** Newest first: `limit` letters that are older than `before`; of one recipient where `to` is given. */
export async function readLetters(
  folder: string,
  o: { readonly limit: number; readonly to?: string; readonly before?: string },
): Promise<LettersPage> {
  const wanted = o.to?.trim().toLowerCase();
  const hash = wanted === undefined ? undefined : recipientHash(wanted);
  const letters: SinkLetter[] = [];
  for (const { name, id, hash: of } of (await files(folder)).toReversed()) {
    if (o.before !== undefined && id >= o.before) continue;
    if (hash !== undefined && of !== hash) continue;
    const letter = await openLetter(join(folder, name), id);
    if (letter === null) continue;
    // Two addresses may have the same hash.
    if (wanted !== undefined && letter.to.toLowerCase() !== wanted) continue;
    if (letters.length === o.limit) return { letters, hasMore: true };
    letters.push(listed(letter));
  }
  return { letters, hasMore: false };
}

/** The letters whose id begins so, at most two: one is the letter, two are too many. */
export async function findLetters(folder: string, beginning: string): Promise<ShownLetter[]> {
  const found = (await files(folder)).filter(({ id }) => id.startsWith(beginning)).slice(0, 2);
  const letters = await Promise.all(
    found.map(({ name, id }) => openLetter(join(folder, name), id)),
  );
  return letters.flatMap((letter) => letter ?? []);
}

/** The bytes of a letter as they were received, with the two lines of the envelope before them. */
export function rawLetter({ file }: Pick<ShownLetter, 'file'>): AsyncIterable<Uint8Array> {
  return createReadStream(file);
}

interface NamedFile {
  readonly name: string;
  readonly id: string;
  readonly hash: string;
}

/** Oldest first; none where there is no folder. */
async function files(folder: string): Promise<NamedFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.sort().flatMap((name) => {
    const parts = parseSinkFileName(name);
    return parts === undefined ? [] : [{ name, ...parts }];
  });
}

/** Null: it was removed meanwhile, because the sink is full or the letter old. */
async function openLetter(file: string, id: string): Promise<ShownLetter | null> {
  const raw = await readFile(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (raw === null) return null;
  const at = new Date(parseId(id)?.ms ?? 0).toISOString();
  return { id, at, bytes: raw.length, file, ...(await readMessage(raw)) };
}

function listed(letter: ShownLetter): SinkLetter {
  const { id, at, returnPath, to, from, subject, messageId, bytes } = letter;
  return { id, at, returnPath, to, from, subject, messageId, bytes };
}
