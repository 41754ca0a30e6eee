import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import { shown } from '../../../domain/shown';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { refuseForeignFile, SNIFF_BYTES } from '../foreignFile';
import { findHeader, type Header } from './header';
import { DEFAULT_CSV_LIMITS, type CsvLimits } from '../limits';
import type { EscapeSigns } from './escapes';
import { countBreaks, RecordSplitter, type RecordSink } from './records';
import { likelyReadings, type Reading } from './readings';
import { refusal } from '../refusals';
import {
  AROUND_BYTES,
  findBom,
  openText,
  requireEncoding,
  type Decoded,
  type TextDecoding,
} from './text';

/** The options that say how a file is written. */
export type FormatOptions = Pick<
  ImportOptions,
  'delimiter' | 'encoding' | 'columns' | 'headerLine' | 'escape'
>;

/** What is read, and within which bounds. */
export interface CsvSource {
  readonly chunks: AsyncIterable<Buffer>;
  /**
   * Reads the file from its start once more. Called only when an encoding is named and the file has
   * no byte order mark: a file that is UTF-8 throughout is read as UTF-8, whatever was named.
   */
  readonly reread?: () => AsyncIterable<Buffer>;
  /** The file's name, for messages. */
  readonly name: string;
  readonly options: FormatOptions;
  readonly properties: readonly PropertyDefinition[];
  readonly limits: CsvLimits;
  readonly signal?: AbortSignal;
}

/** A CSV file whose header is understood. */
export interface OpenCsv {
  readonly header: Header;
  /** The encoding's name in lower case, as `--encoding` takes it. */
  readonly encoding: string;
  /** True when the file starts with a byte order mark. */
  readonly bom: boolean;
  /**
   * Gives every record after the header to `sink`; yields after each block, so that the caller can
   * take the records.
   */
  records(sink: RecordSink): AsyncGenerator<void>;
  /** Once the records are read: backslashes that look like escapes, though none are read as such. */
  escapeSigns(): EscapeSigns | null;
  /** Ends the reading early. */
  close(): Promise<void>;
}

/** Blocks of this size are decoded and split at once; a larger chunk is cut. */
const BLOCK_BYTES = 64 * 1024;

interface Text extends Decoded {
  readonly last: boolean;
}

/** What the records have shown. */
interface Found {
  escapes: EscapeSigns | null;
}

/** The text of a file, piece by piece. */
interface Texts {
  readonly decoding: TextDecoding;
  readonly pieces: AsyncGenerator<Text>;
  /** Bytes that come after those of the last piece, at least so many where the file has them. */
  following(least: number): Promise<Buffer>;
}

/**
 * Opens a CSV file: finds its encoding, delimiter and header.
 *
 * @throws Fault `refused_file` for a file that is no CSV, or is outside the bounds.
 */
export async function openCsv(source: CsvSource): Promise<OpenCsv> {
  const bytes = fileBytes(source);
  try {
    const start = await take(bytes, SNIFF_BYTES);
    refuseForeignFile(source.name, start);
    const decoding = openText(start, await encodingOf(source, start));
    if (decoding.name === 'UTF-8' && decoding.bomBytes === 0) refuseUtf16(start);
    const texts: Texts = {
      decoding,
      pieces: decoded(bytes, start, decoding),
      following: (least) => take(bytes, least),
    };
    const { header, rest } = await readHeader(texts, source);
    const found: Found = { escapes: null };
    return {
      header,
      encoding: decoding.name.toLowerCase(),
      bom: decoding.bomBytes > 0,
      records: (sink) => records({ source, texts, header, rest, found }, sink),
      escapeSigns: () => found.escapes,
      close: async () => {
        await bytes.return(undefined);
      },
    };
  } catch (error) {
    await bytes.return(undefined);
    throw error;
  }
}

/** The bytes of the file in blocks, counted against the bound. */
async function* fileBytes(source: CsvSource): AsyncGenerator<Buffer, undefined> {
  const most = source.limits.maxFileBytes;
  let total = 0;
  try {
    for await (const chunk of source.chunks) {
      total += chunk.length;
      if (total > most) throw fileTooLarge(source.name, most);
      for (let at = 0; at < chunk.length; at += BLOCK_BYTES) {
        source.signal?.throwIfAborted();
        yield chunk.subarray(at, at + BLOCK_BYTES);
      }
      // Chunks that are already in memory would otherwise keep timers and sockets waiting.
      if (chunk.length >= BLOCK_BYTES) await nextTurn();
    }
  } catch (error) {
    if (isDirectoryError(error)) {
      throw refusal(
        'directory',
        `${source.name} is a directory.`,
        'Name the CSV file in it.',
        error,
      );
    }
    throw error;
  }
}

function isDirectoryError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EISDIR';
}

function fileTooLarge(name: string, most: number): Error {
  return refusal(
    'file_too_large',
    `${name} is larger than ${most.toLocaleString('en')} bytes.`,
    'Split it, or raise ROLLCALL_MAX_FILE_BYTES.',
  );
}

async function take(bytes: AsyncGenerator<Buffer, undefined>, least: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  let length = 0;
  while (length < least) {
    const next = await bytes.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken);
}

/** The encoding to read with: the one named, unless the file proves to be UTF-8. */
async function encodingOf(source: CsvSource, start: Buffer): Promise<string | undefined> {
  const { encoding } = source.options;
  if (encoding === undefined) return undefined;
  const name = requireEncoding(encoding);
  // UTF-16 of plain letters is valid UTF-8 (with NUL bytes), so UTF-16 is read when it is named.
  if (source.reread === undefined || findBom(start) !== undefined || name.startsWith('utf-16')) {
    return name;
  }
  const utf8 = openText(start, 'utf-8');
  for await (const chunk of source.reread()) {
    source.signal?.throwIfAborted();
    if (utf8.decode(chunk, false).invalidAt !== undefined) return name;
  }
  return utf8.decode(Buffer.alloc(0), true).invalidAt === undefined ? 'utf-8' : name;
}

/** Text in which every second byte is NUL is UTF-16 without a byte order mark. */
function refuseUtf16(start: Buffer): void {
  const nuls = [0, 0];
  for (const [i, byte] of start.subarray(0, SNIFF_BYTES).entries()) {
    if (byte === 0) nuls[i % 2] = (nuls[i % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = nuls;
  const half = Math.min(start.length, SNIFF_BYTES) / 2;
  if (start.length < 4 || Math.max(even, odd) < half * 0.6 || Math.min(even, odd) > half * 0.1)
    return;
  const encoding = odd > even ? 'utf-16le' : 'utf-16be';
  throw refusal(
    'invalid_bytes',
    `Line 1, byte offset ${String(start.indexOf(0))}: NUL bytes; the file looks like UTF-16 ` +
      'without its byte order mark.',
    `Save it as UTF-8, or name its encoding: --encoding ${encoding}.`,
  );
}

async function* decoded(
  bytes: AsyncGenerator<Buffer, undefined>,
  start: Buffer,
  decoding: TextDecoding,
): AsyncGenerator<Text> {
  yield { ...decoding.decode(start, false), last: false };
  for await (const block of bytes) yield { ...decoding.decode(block, false), last: false };
  yield { ...decoding.decode(Buffer.alloc(0), true), last: true };
}

async function readHeader(
  texts: Texts,
  source: CsvSource,
): Promise<{ header: Header; rest: Text }> {
  const { maxColumns, maxRecordBytes = DEFAULT_CSV_LIMITS.maxRecordBytes } = source.limits;
  const search = {
    name: source.name,
    options: source.options,
    columns: source.options.columns,
    properties: source.properties,
    maxColumns,
  };
  let gathered: Buffer = Buffer.alloc(0);
  for (;;) {
    const next = await texts.pieces.next();
    if (next.done === true) throw new Error('The text ended before its last piece.');
    const text = next.value;
    gathered = gathered.length === 0 ? text.utf8 : Buffer.concat([gathered, text.utf8]);
    const start = {
      text: gathered,
      last: text.last && text.invalidAt === undefined,
      enough: text.invalidAt !== undefined || gathered.length > maxRecordBytes,
    };
    const header = findHeader(start, search);
    if (header !== undefined) {
      if (header.size > maxRecordBytes) throw longHeader(maxRecordBytes);
      return { header, rest: { ...text, utf8: gathered.subarray(header.bytes) } };
    }
    const line = 1 + countBreaks(gathered.toString('latin1'));
    if (text.invalidAt !== undefined) throw await invalidBytes(texts, text, line);
    if (gathered.length > maxRecordBytes) throw longHeader(maxRecordBytes);
  }
}

function longHeader(most: number): Error {
  return refusal(
    'record_too_long',
    `The header on line 1 is longer than ${most.toLocaleString('en')} bytes.`,
    'Check that the file is CSV, and that every quote in its header is closed.',
  );
}

async function* records(
  open: {
    readonly source: CsvSource;
    readonly texts: Texts;
    readonly header: Header;
    readonly rest: Text;
    readonly found: Found;
  },
  sink: RecordSink,
): AsyncGenerator<void> {
  const { maxRecordBytes = DEFAULT_CSV_LIMITS.maxRecordBytes } = open.source.limits;
  const { nextLine, cells, ...format } = open.header;
  const columns = cells.length;
  const splitter = new RecordSplitter({ ...format, maxRecordBytes, columns }, nextLine, sink);
  for (let text: Text | undefined = open.rest; text !== undefined;) {
    splitter.push(text.utf8, text.last && text.invalidAt === undefined);
    if (text.invalidAt !== undefined) {
      throw await invalidBytes(open.texts, text, splitter.currentLine());
    }
    open.found.escapes = splitter.escapeSigns();
    yield;
    const next: IteratorResult<Text, unknown> = await open.texts.pieces.next();
    text = next.done === true ? undefined : next.value;
  }
}

async function invalidBytes(texts: Texts, text: Decoded, line: number): Promise<Error> {
  const { name } = texts.decoding;
  const readings = await readingsOf(texts, text);
  const words = readings.map(({ word, encoding }) => `${shown(word)} in ${encoding}`);
  return refusal(
    'invalid_bytes',
    `Line ${String(line)}, byte offset ${String(text.invalidAt)}: the bytes are not ${name}.` +
      (words.length === 0 ? '' : ` The word there is ${words.join(', ')}.`),
    readings.length > 0
      ? { do: 'importEncoded', readings }
      : name === 'UTF-8'
        ? 'Save the file as UTF-8, or name its encoding: --encoding windows-1252.'
        : 'Name the encoding that the file is really in, or save it as UTF-8.',
  );
}

/** The word around the first invalid byte, which may go on in bytes that are not decoded yet. */
async function readingsOf(texts: Texts, { around }: Decoded): Promise<Reading[]> {
  if (around === undefined) return [];
  const { bytes, at } = around;
  const missing = AROUND_BYTES - (bytes.length - at);
  const following = missing > 0 ? [await texts.following(missing)] : [];
  return likelyReadings(Buffer.concat([bytes, ...following]), at);
}
