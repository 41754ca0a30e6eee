import { DELIMITER_CHARS, DELIMITER_NAMES, delimiterOf } from '../../domain/files/delimiters';
import { isReportColumn, fieldOfName, normalName } from '../../domain/files/columns';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { ColumnMap } from './columns';
import { shown } from '../../domain/shown';
import { brokenQuotes, countBreaks, endOfRecord, parseRecords } from './records';
import { refusal } from './refusals';

/** A header as a file has it. */
export interface Header {
  readonly cells: readonly string[];
  readonly delimiter: string;
  /** Physical line on which it starts. */
  readonly line: number;
  /** Physical line after it. */
  readonly nextLine: number;
  /** Bytes of the text up to the end of its line. */
  readonly bytes: number;
}

export interface HeaderSearch {
  readonly name: string;
  readonly delimiter: string | undefined;
  readonly columns: ColumnMap | undefined;
  readonly properties: readonly PropertyDefinition[];
  readonly maxColumns: number;
}

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

/**
 * The header in the first bytes of a text: its first line that is not blank. A spreadsheet's line
 * `sep=;` before it names the delimiter. Undefined while the bytes do not hold the complete header.
 *
 * @throws Fault `refused_file`: `no_header`, `broken_quotes`, `invalid_bytes`, `too_many_columns`.
 */
export function findHeader(text: Buffer, last: boolean, search: HeaderSearch): Header | undefined {
  let [line, from] = [1, 0];
  let named = search.delimiter === undefined ? undefined : requireDelimiter(search.delimiter);
  for (;;) {
    if (from === text.length && last) throw noHeader(search.name);
    const end = endOfRecord(text, from, last);
    if (end < 0) return undefined;
    const bytes = text.subarray(from, end);
    const record = bytes.toString();
    const nextLine = line + Math.max(1, countBreaks(record));
    const separator = /^\s*"?sep=([^"\r\n])"?\s*$/i.exec(record)?.[1];
    if (separator !== undefined) named ??= separator;
    else if (record.trim() !== '') {
      refuseNul(record, line);
      const found = split(bytes, line, named, search);
      refuseWidth(found.cells.length, line, search.maxColumns);
      return { ...found, line, nextLine, bytes: end };
    }
    line = nextLine;
    from = end;
  }
}

/** The delimiter that gives the most known columns in the header; of equals, the most columns. */
function split(
  bytes: Buffer,
  line: number,
  named: string | undefined,
  search: HeaderSearch,
): { cells: string[]; delimiter: string } {
  const tried = named === undefined ? DELIMITER_CHARS : [named];
  let best: { cells: string[]; delimiter: string; known: number } | undefined;
  let failure: unknown;
  for (const delimiter of tried) {
    if (named === undefined && delimiter !== ',' && !bytes.includes(delimiter)) continue;
    try {
      const cells = parseRecords(bytes, delimiter, 1)[0] ?? [];
      const known = cells
        .slice(0, search.maxColumns)
        .filter((cell) => isKnown(cell, search)).length;
      if (
        best === undefined ||
        known > best.known ||
        (known === best.known && cells.length > best.cells.length)
      ) {
        best = { cells, delimiter, known };
      }
    } catch (error) {
      failure = error;
    }
  }
  if (best === undefined) throw brokenQuotes(failure, line);
  return best;
}

function isKnown(cell: string, search: HeaderSearch): boolean {
  const name = normalName(cell);
  return (
    isReportColumn(cell) ||
    fieldOfName(cell, search.properties) !== undefined ||
    (name !== '' && Object.keys(search.columns ?? {}).some((header) => normalName(header) === name))
  );
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
