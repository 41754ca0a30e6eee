import { DELIMITER_CHARS, DELIMITER_NAMES, delimiterOf } from '../../../domain/files/delimiters';
import {
  EXPORTED_COLUMN,
  fieldOfName,
  isNeutralisedFile,
  isReportColumn,
  normalName,
} from '../../../domain/files/columns';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../../domain/users/fields';
import type { ColumnMap } from '../columns';
import { shown } from '../../../domain/shown';
import { DialectReader, type Quoting } from './dialect';
import { brokenQuotes, likelyCure, parseRecords, type RecordFormat } from './parse';
import { BOM, countBreaks, endOfRecord, startsWithBom } from './records';
import { refusal } from '../refusals';

/** A header as a file has it. */
export interface Header extends RecordFormat {
  readonly cells: readonly string[];
  /** Physical line on which it starts. */
  readonly line: number;
  /** Physical line after it. */
  readonly nextLine: number;
  /** Bytes of its own record. */
  readonly size: number;
  /** Bytes of the text up to the end of its record. */
  readonly bytes: number;
  /** True when it was found below other lines with text, which are passed over. */
  readonly found: boolean;
  /** A later line that looks more like a header; `null`: none does. */
  readonly likelyLine: number | null;
}

export interface HeaderSearch {
  readonly name: string;
  readonly options: Pick<ImportOptions, 'delimiter' | 'headerLine' | 'escape'>;
  readonly columns: ColumnMap | undefined;
  readonly properties: readonly PropertyDefinition[];
  readonly maxColumns: number;
}

/** The first bytes of a text. `last`: nothing follows. `enough`: no more of it can be had. */
export interface Start {
  readonly text: Buffer;
  readonly last: boolean;
  readonly enough: boolean;
}

/** The header is looked for in so many lines. */
const MAX_HEADER_LINE = 20;

/** The delimiter that the import's options name. @throws Fault `refused_file`/`bad_delimiter`. */
export function requireDelimiter(given: string): string {
  const delimiter = delimiterOf(given);
  if (delimiter !== undefined) return delimiter;
  throw refusal(
    'bad_delimiter',
    `${shown(given)} cannot be a delimiter.`,
    `Name ${DELIMITER_NAMES}.`,
  );
}

/** The start of a line. */
interface Place {
  readonly from: number;
  readonly line: number;
  /** The delimiter that the options or a line `sep=` name. */
  readonly named: string | undefined;
}

/** What a line is when it is read as a header. */
interface Candidate extends RecordFormat {
  readonly cells: readonly string[];
  /** Cells that name a column that is known, or that the map names. */
  readonly known: number;
  readonly keyed: boolean;
  readonly place: Place;
  readonly end: number;
}

/**
 * The header in the first bytes of a text: the line that the options name, otherwise the first line
 * that is not blank, or one of the first 20 lines that names more columns. A spreadsheet's line
 * `sep=;` above it names the delimiter. Undefined while more bytes are needed.
 *
 * @throws Fault `refused_file`: `no_header`, `broken_quotes`, `invalid_bytes`, `too_many_columns`.
 */
export function findHeader(start: Start, search: HeaderSearch): Header | undefined {
  const first = firstText(start, search);
  if (first === undefined) return undefined;
  const top = tried(start, first, search);
  const { headerLine } = search.options;
  if (headerLine !== undefined && !(top !== undefined && isNeutralisedFile(top.cells))) {
    return onLine(start, { ...first, line: headerLine }, search);
  }
  if (top !== undefined && isWellKnown(top)) return header(start, top, search);
  const below = linesBelow(start, first);
  if (below === undefined) return undefined;
  const best = below
    .map((place) => tried(start, place, search))
    .filter((line) => line !== undefined)
    .filter(({ known, keyed }) => keyed && known >= 2 && known > (top?.known ?? 0))
    .reduce<Candidate | undefined>(
      (most, line) => (most === undefined || line.known > most.known ? line : most),
      undefined,
    );
  if (best !== undefined) return { ...header(start, best, search), found: true };
  const record = recordAt(start, first, search);
  if (record === undefined) return undefined;
  const likelyLine = record.known > 0 ? null : likelyHeader(start, [first, ...below]);
  return { ...header(start, record, search), likelyLine };
}

/** The header of an export, as it is written. */
const OWN_COMMAS = new RegExp(`,${EXPORTED_COLUMN}\\s*$`);

/** The first line that is neither blank nor `sep=`. @throws Fault `no_header`. */
function firstText(start: Start, search: HeaderSearch): Place | undefined {
  const { text, last } = start;
  const { delimiter } = search.options;
  let named = delimiter === undefined ? undefined : requireDelimiter(delimiter);
  for (let [line, from] = [1, 0]; ; line++) {
    if (from === text.length && last) throw noHeader(search.name);
    const end = endOfLine(text, from, last);
    if (end < 0) return undefined;
    const record = text.toString('utf8', from, end);
    const separator = /^\s*"?sep=([^"\r\n])"?\s*$/i.exec(record)?.[1];
    if (separator !== undefined) named ??= separator;
    else if (record.trim() !== '') {
      // Rollcall wrote it, whatever delimiter a list keeps for its other files.
      if (OWN_COMMAS.test(record)) named = ',';
      return { from: startsWithBom(text, from) ? from + BOM.length : from, line, named };
    }
    from = end;
  }
}

/** The header on the line that the options name. @throws Fault `no_header`. */
function onLine(start: Start, place: Place, search: HeaderSearch): Header | undefined {
  const { text, last } = start;
  let from = 0;
  for (let line = 1; line < place.line; line++) {
    const end = from === text.length && last ? -1 : endOfLine(text, from, last);
    if (end < 0) {
      if (!last) return undefined;
      throw noHeaderLine(place.line, `has only ${String(line - 1)} lines`);
    }
    from = end;
  }
  const end = endOfLine(text, from, last);
  if (end < 0) return undefined;
  if (text.toString('utf8', from, end).trim() === '') {
    throw noHeaderLine(place.line, from === text.length ? 'ends before it' : 'is blank there');
  }
  const record = recordAt(start, { ...place, from }, search);
  return record === undefined ? undefined : header(start, record, search);
}

/** The lines with text after `first`, to line 20; undefined while more bytes are needed. */
function linesBelow({ text, last, enough }: Start, first: Place): Place[] | undefined {
  const below: Place[] = [];
  for (let { from, line } = first; ; line++) {
    if (line > first.line && text.toString('utf8', from, lineEnd(text, from)).trim() !== '') {
      below.push({ ...first, from, line });
    }
    const end = endOfLine(text, from, last);
    if (line >= MAX_HEADER_LINE || (end === text.length && last)) return below;
    if (end < 0) return enough ? below : undefined;
    from = end;
  }
}

/** A line as a header; undefined where it cannot be read as one, or not yet. */
function tried(start: Start, place: Place, search: HeaderSearch): Candidate | undefined {
  const whole = bestSplit(start, place, search).best;
  if (whole !== undefined) return whole;
  // A title may hold one quote, which would swallow the lines below it.
  const end = endOfLine(start.text, place.from, start.last);
  if (end < 0) return undefined;
  const line = { text: start.text.subarray(0, end), last: true, enough: true };
  return bestSplit(line, place, search).best;
}

/** {@link tried}; refuses broken quoting. */
function recordAt(start: Start, place: Place, search: HeaderSearch): Candidate | undefined {
  const { best, failure } = bestSplit(start, place, search);
  if (best !== undefined || failure === undefined) return best;
  throw failure;
}

/**
 * The record at a place, cut by the delimiter that gives the most known columns; of equals, the most
 * columns. Without one: why, or nothing while the record is not complete.
 */
function bestSplit(
  { text, last }: Start,
  place: Place,
  search: HeaderSearch,
): { readonly best: Candidate | undefined; readonly failure?: Error | undefined } {
  let best: Candidate | undefined;
  let failure: Error | undefined;
  const quoted = endOfRecord(text, place.from, last);
  for (const delimiter of place.named === undefined ? DELIMITER_CHARS : [place.named]) {
    const ends = lineEnd(text, place.from);
    if (place.named === undefined && delimiter !== ',') {
      if (!text.subarray(place.from, Math.max(ends, quoted)).includes(delimiter)) continue;
    }
    const line = text.toString('utf8', place.from, ends);
    const format = { delimiter, quoting: quotingOf(line, delimiter, search) };
    try {
      const cut =
        format.quoting === 'doubled'
          ? cutByRfc(text, place.from, { end: quoted, delimiter })
          : cutByDialect(text, place.from, { last, format });
      if (cut === undefined) continue;
      const candidate = judged({ ...cut, ...format, place }, search);
      if (
        best === undefined ||
        candidate.known > best.known ||
        (candidate.known === best.known && candidate.cells.length > best.cells.length)
      ) {
        best = candidate;
      }
    } catch (error) {
      const record = text.subarray(place.from, Math.max(ends, quoted));
      failure = brokenQuotes(error, place.line, likelyCure(format, record));
    }
  }
  return { best, failure };
}

/** How a file with this header is quoted: a tab file without a quoted column has no quoting. */
function quotingOf(line: string, delimiter: string, { options }: HeaderSearch): Quoting {
  if (options.escape === undefined) return 'doubled';
  return delimiter === '\t' && !/(?:^|\t)"/.test(line) ? 'none' : 'backslash';
}

interface Cut {
  readonly cells: readonly string[];
  readonly end: number;
}

function cutByRfc(
  text: Buffer,
  from: number,
  { end, delimiter }: { readonly end: number; readonly delimiter: string },
): Cut | undefined {
  if (end < 0) return undefined;
  return { cells: parseRecords(text.subarray(from, end), { delimiter }, 1)[0] ?? [], end };
}

function cutByDialect(
  text: Buffer,
  from: number,
  { last, format }: { readonly last: boolean; readonly format: RecordFormat },
): Cut | undefined {
  const reader = new DialectReader(format);
  const rest = text.toString('utf8', from);
  const end = reader.read(rest, 0, last);
  if (end < 0) return undefined;
  const cells = reader.cells.slice(0, reader.count);
  return { cells, end: from + Buffer.byteLength(rest.slice(0, end)) };
}

function judged(
  record: Omit<Candidate, 'known' | 'keyed'>,
  { maxColumns, columns, properties }: HeaderSearch,
): Candidate {
  const mapped = new Set(Object.keys(columns ?? {}).map(normalName));
  const fields = record.cells.slice(0, maxColumns).map((cell) => {
    const name = normalName(cell);
    const field = fieldOfName(cell, properties);
    return {
      known: isReportColumn(cell) || field !== undefined || (name !== '' && mapped.has(name)),
      keyed: field === 'code' || field === 'login' || field === 'email' || mapped.has(name),
    };
  });
  const known = fields.filter((field) => field.known).length;
  return { ...record, known, keyed: fields.some((field) => field.known && field.keyed) };
}

/** True when no other line can be a better header. */
function isWellKnown({ cells, known, keyed }: Candidate): boolean {
  return keyed && known === cells.filter((cell) => cell.trim() !== '').length;
}

function header({ text }: Start, record: Candidate, search: HeaderSearch): Header {
  const { cells, delimiter, quoting, end } = record;
  const { from, line } = record.place;
  const written = text.toString('utf8', from, end);
  refuseNul(written, line);
  refuseWidth(cells.length, line, search.maxColumns);
  const nextLine = line + Math.max(1, countBreaks(written));
  const size = end - from;
  const place = { line, nextLine, size, bytes: end, found: false, likelyLine: null };
  // Rollcall wrote it, whatever the options say of the file that it came from.
  const own = isNeutralisedFile(cells);
  const crIsText = text[end - 1] === 10 && text[end - 2] !== 13;
  return { cells, delimiter, quoting: own ? 'doubled' : quoting, crIsText, ...place };
}

/**
 * The first line that has as many cells as most lines, where the first one has fewer: the lines
 * above it may be titles.
 */
function likelyHeader({ text }: Start, places: readonly Place[]): number | null {
  let best = { lines: 1, width: 1, line: 0 };
  const lines = places.map(({ from }) => text.toString('utf8', from, lineEnd(text, from)));
  for (const delimiter of DELIMITER_CHARS) {
    const widths = lines.map((line) => widthOf(line, delimiter));
    for (const width of new Set(widths)) {
      const count = widths.filter((other) => other === width).length;
      const isMore = count > best.lines || (count === best.lines && width > best.width);
      if (width < 2 || !isMore) continue;
      const at = widths.indexOf(width);
      const isHeader = at === 0 || (widths[0] ?? 0) >= width;
      best = { lines: count, width, line: isHeader ? 0 : (places[at]?.line ?? 0) };
    }
  }
  return best.line === 0 ? null : best.line;
}

function widthOf(line: string, delimiter: string): number {
  return line.replace(/"[^"]*"/g, '').split(delimiter).length;
}

/** Where the text of the line at `from` ends: before its line break. */
function lineEnd(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === 10 || text[at] === 13) return at;
  return text.length;
}

/** The index after the line break of the line at `from`; -1 when it is incomplete. */
function endOfLine(text: Buffer, from: number, last: boolean): number {
  const end = lineEnd(text, from);
  if (end === text.length) return last ? end : -1;
  if (text[end] === 10) return end + 1;
  if (end + 1 === text.length) return last ? end + 1 : -1;
  return text[end + 1] === 10 ? end + 2 : end + 1;
}

function refuseNul(record: string, line: number): void {
  if (!record.includes('\0')) return;
  throw refusal(
    'invalid_bytes',
    `Line ${String(line)}: the header holds NUL bytes.`,
    'Save the file as UTF-8, or name its encoding: --encoding utf-16le.',
  );
}

function refuseWidth(columns: number, line: number, most: number): void {
  if (columns <= most) return;
  throw refusal(
    'too_many_columns',
    `Line ${String(line)}: the header has ${String(columns)} columns; ${String(most)} are the most.`,
    'Take out the columns that are no information about people, or raise ROLLCALL_MAX_COLUMNS.',
  );
}

function noHeader(name: string): Error {
  return refusal(
    'no_header',
    `${name} is empty: it has no header line.`,
    'Name the columns in the first line; `rollcall import template` writes one.',
  );
}

function noHeaderLine(line: number, what: string): Error {
  return refusal(
    'no_header',
    `Line ${String(line)} cannot be the header: the file ${what}.`,
    'Name the line that has the names of the columns, or leave --header-line out.',
  );
}
