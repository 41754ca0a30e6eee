import type { Readable } from 'node:stream';
import type { Config } from '../config/env';
import { Fault } from '../domain/faults';
import { listColumns, templateHeader } from '../domain/columns';
import { formatCsvLine } from '../domain/csvCells';
import type { OperationContext } from '../operations/context';
import {
  createImport,
  prepareImport,
  sourceExists,
  type ImportRequest,
} from '../operations/imports';
import { listProperties } from '../operations/properties';
import type { Temporal } from './connect';
import { openFile, pipedFile } from './file';
import type { Runs } from './runs';

/** An import to start: a path, or a stream whose whole content is the file. */
export interface StartImport extends ImportRequest {
  readonly file: string | Readable;
}

/** Imports of files. */
export class Imports {
  readonly #context: OperationContext;
  readonly #config: Config;
  readonly #temporal: () => Promise<Temporal>;
  readonly #runs: Runs;

  constructor(o: {
    context: OperationContext;
    config: Config;
    temporal: () => Promise<Temporal>;
    runs: Runs;
  }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#temporal = o.temporal;
    this.#runs = o.runs;
  }

  /**
   * Stores the file, records the run and starts its workflow. Nothing is stored while Temporal is
   * away, nor of a file that is refused. Faults: `usage`, `refused_file`, `not_found`, `unavailable`.
   */
  async start({ file: from, ...request }: StartImport): Promise<{ readonly runId: string }> {
    const { maxFileBytes } = this.#config.limits;
    if (request.encoding !== undefined) await refuseUnknownEncoding(request.encoding);
    const file =
      typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
    try {
      const prepared = await prepareImport(this.#context, request);
      await this.#temporal();
      const run = await createImport(this.#context, { prepared, file });
      await this.#runs.launch(run);
      return { runId: run.runId };
    } finally {
      await file.close();
    }
  }

  /** Whether a named list is there; a new one is made by `createSource`. */
  async sourceExists(name: string): Promise<boolean> {
    return sourceExists(this.#context, name);
  }

  /** The columns that a file may have, declared properties included. */
  async columns(): Promise<ReturnType<typeof listColumns>> {
    return listColumns(await listProperties(this.#context));
  }

  /** An empty file with every column, as text. */
  async template(): Promise<string> {
    const properties = await listProperties(this.#context);
    return formatCsvLine(templateHeader(properties), { delimiter: ',', mode: 'exact' });
  }
}

/** The connector knows the encodings; wrong usage here, before anything is stored. */
async function refuseUnknownEncoding(encoding: string): Promise<void> {
  const { requireEncoding } = await import('../connectors/csv/text.js');
  try {
    requireEncoding(encoding);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { code, message, next = 'rollcall import --help' } = cause;
    throw new Fault('usage', { code, message, next, cause });
  }
}

/** A million entries with their changes have less. */
const MAX_ENTRIES_BYTES = 256 * 1024 ** 2;

/** Reads the entry numbers of a file as `runs diff --csv` writes it, unwanted lines taken out. */
export async function readEntries(path: string): Promise<number[]> {
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
  return parseEntries(Buffer.concat(parts).toString('utf8'));
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
    next: 'rollcall runs diff RUN --csv FILE, then take lines out',
  });
}
