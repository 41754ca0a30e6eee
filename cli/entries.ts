import { plainCell } from '../domain/files/csvCells';
import type { ExpectedEntry } from '../domain/runs/entryClaim';
import { Fault } from '../domain/faults';
import { saidText } from '../domain/next';
import { openFile } from '../client/files/file';

/** A million entries with their changes have fewer bytes. */
const MAX_ENTRIES_BYTES = 256 * 1024 ** 2;
const NEXT = 'rollcall runs diff RUN --csv FILE, then take lines out';

/** Reads a file of entries as `runs diff --csv` writes it, with the unwanted lines removed. */
export async function readEntries(path: string): Promise<ExpectedEntry[]> {
  try {
    return parseEntries(await textOf(path));
  } catch (cause) {
    // The advice for files of people is no help here.
    if (!(cause instanceof Fault) || saidText(cause.next) === NEXT) throw cause;
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

/**
 * The entries of the first column, whose head is `entry`, each with the values of the other
 * columns, `run` among them: the approval is refused where the plan differs.
 */
export function parseEntries(text: string): ExpectedEntry[] {
  const lines = records(text.replace(/^\uFEFF/, ''));
  const head = lines.next().value?.cells.map((name) => name.toLowerCase());
  if (head?.[0] !== 'entry') throw notEntries('Its first column is not "entry".');
  if (!head.includes('run')) {
    throw notEntries('It has no column "run", so its numbers could be those of any run.');
  }
  const columns = CHECKED.map(([name, key]) => [head.indexOf(name), key] as const).filter(
    ([column]) => column > 0,
  );
  const claims: ExpectedEntry[] = [];
  for (const { cells, line } of lines) {
    const entry = cells[0] ?? '';
    if (entry === '' && cells.every((cell) => cell === '')) continue;
    if (!/^\d{1,9}$/.test(entry))
      throw notEntries(`"${entry.slice(0, 40)}" is not the number of an entry.`);
    const said = columns.map(([column, key]) => [key, plainCell(cells[column] ?? '')] as const);
    claims.push({ entry: Number(entry), at: line, ...Object.fromEntries(said) });
  }
  if (claims.length === 0) throw notEntries('It has no entries.');
  return claims;
}

/** The columns that an entry is checked by. */
const CHECKED = [
  ['run', 'run'],
  ['action', 'action'],
  ['line', 'line'],
  ['code', 'code'],
  ['user_id', 'userId'],
] as const;

interface Record {
  /** The cell without the blanks around it. */
  readonly cells: readonly string[];
  /** The line where it begins, from 1. */
  readonly line: number;
}

/**
 * The records of a text (RFC 4180). The file began as our own, with commas; a spreadsheet may have
 * replaced them by semicolons or tabs, never by anything else.
 */
function* records(text: string): Generator<Record, undefined> {
  const delimiter = /^[^,;\t\r\n]*([,;\t])/.exec(text)?.[1] ?? ',';
  let [at, line] = [0, 1];
  while (at < text.length) {
    const cells: string[] = [];
    const begun = line;
    let [from, quoted] = [at, false];
    for (; at <= text.length; at++) {
      const c = text.charAt(at);
      if (c === '"') quoted = !quoted;
      const ends = c === '' || (!quoted && (c === '\n' || c === '\r'));
      if (ends || (!quoted && c === delimiter)) {
        cells.push(cellOf(text.slice(from, at)));
        from = at + 1;
      }
      if (ends) break;
      if (c === '\n') line += 1;
    }
    yield { cells, line: begun };
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
  }
  return undefined;
}

function cellOf(written: string): string {
  const text = written.trim();
  const inner = /^"([^]*)"$/.exec(text)?.[1];
  return inner === undefined ? text : inner.replaceAll('""', '"').trim();
}

function notEntries(why: string): Fault {
  return new Fault('usage', {
    code: 'bad_entries',
    message: `This is not a file of entries as runs diff --csv writes it. ${why}`,
    next: NEXT,
  });
}
