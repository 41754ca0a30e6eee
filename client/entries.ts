import { Fault } from '../domain/faults';
import { openFile } from './file';

/** A million entries with their changes have less. */
const MAX_ENTRIES_BYTES = 256 * 1024 ** 2;
const NEXT = 'rollcall runs diff RUN --csv FILE, then take lines out';

/** Reads the entry numbers of a file as `runs diff --csv` writes it, unwanted lines taken out. */
export async function readEntries(path: string): Promise<number[]> {
  try {
    return parseEntries(await textOf(path));
  } catch (cause) {
    // What a file of people could be read by is no help here.
    if (!(cause instanceof Fault) || cause.next === NEXT) throw cause;
    const { kind, code, message } = cause;
    throw new Fault(kind, { code, message, next: NEXT, cause });
  }
}

async function textOf(path: string): Promise<string> {
  const file = await openFile(path, MAX_ENTRIES_BYTES);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of file.chunks) {
      bytes += part.length;
      if (bytes > MAX_ENTRIES_BYTES) throw notEntries('It is too large.');
      parts.push(part);
    }
  } finally {
    await file.close();
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The numbers in the first column; its head is `entry`. Line breaks within quotes are passed over. */
export function parseEntries(text: string): number[] {
  const [head, ...records] = firstCells(text.replace(/^\uFEFF/, ''));
  if (head?.toLowerCase() !== 'entry') throw notEntries('Its first column is not "entry".');
  const entries = records
    .filter((cell) => cell !== '')
    .map((cell) => {
      if (!/^\d{1,9}$/.test(cell)) throw notEntries(`"${cell.slice(0, 40)}" is no entry.`);
      return Number(cell);
    });
  if (entries.length === 0) throw notEntries('It has no entries.');
  return [...new Set(entries)];
}

/** The first cell of every record (RFC 4180; comma, semicolon or tab). */
function firstCells(text: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    let end = at;
    for (let quoted = false; end < text.length; end++) {
      const c = text.charAt(end);
      if (c === '"') quoted = !quoted;
      else if (!quoted && (c === '\n' || c === '\r')) break;
    }
    const first = /^\s*"?([^",;\t]*)"?\s*(?:[,;\t]|$)/.exec(text.slice(at, end));
    cells.push((first?.[1] ?? '?').trim());
    at = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
  return cells;
}

function notEntries(why: string): Fault {
  return new Fault('usage', {
    code: 'bad_entries',
    message: `The file of entries is not as runs diff --csv writes it. ${why}`,
    next: NEXT,
  });
}
