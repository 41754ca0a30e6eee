import { parse } from 'csv-parse/sync';
import type { CsvError } from 'csv-parse/sync';
import { NULL_CELL, QUOTED_NULL_CELL } from '../../../domain/files/tokens';
import type { Next } from '../../../domain/next';
import type { Quoting } from './dialect';
import { withoutFormulas } from './formulaCells';
import { refusal } from '../refusals';

const CR = 0x0d;
/** A quote that a backslash makes text. */
export const ESCAPED_QUOTE = '\\"';

/** How the records of a file are written. */
export interface RecordFormat {
  readonly delimiter: string;
  readonly quoting: Quoting;
  /**
   * True where a `\r` without `\n` is text of its cell: the header ends with `\n` alone. pandas and
   * MariaDB write such texts without quotes (findings/pandas-carriage-return-makes-a-person.sh).
   */
  readonly crIsText?: boolean;
}

/** `"\N"`, which is a text; without quotes it is none. */
const QUOTED_NULL = `"${NULL_CELL}"`;

function quotedNull(cell: string, { quoting }: { readonly quoting: boolean }): string {
  return quoting && cell === NULL_CELL ? QUOTED_NULL_CELL : cell;
}

/**
 * Records as csv-parse reads them, empty lines too; `most`: the greatest number of records. A cell
 * `="x"` is read as `x`.
 */
export function parseRecords(
  bytes: Buffer,
  format: Pick<RecordFormat, 'delimiter' | 'crIsText'>,
  most?: number,
): string[][] {
  try {
    return parsed(bytes, format, most);
  } catch (error) {
    if (!isCsvError(error) || error.code !== 'INVALID_OPENING_QUOTE') throw error;
    if (!bytes.includes('="')) throw error;
    return parsed(withoutFormulas(bytes, format.delimiter), format, most);
  }
}

function parsed(
  bytes: Buffer,
  { delimiter, crIsText }: Pick<RecordFormat, 'delimiter' | 'crIsText'>,
  most: number | undefined,
): string[][] {
  const breaks = crIsText === true ? ['\r\n', '\n'] : ['\r\n', '\n', '\r'];
  return parse(bytes, {
    delimiter,
    // Each delimiter to look for costs 6 % of the time.
    record_delimiter: bytes.includes(CR) ? breaks : ['\n'],
    relax_column_count: true,
    bom: false,
    // Only where it is needed: it costs a call for each cell.
    ...(bytes.includes(QUOTED_NULL) ? { cast: quotedNull } : {}),
    ...(most === undefined ? {} : { to: most }),
  });
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** True for the fault of a quote that is never closed. */
export function isOpenQuote(error: unknown): boolean {
  return isCsvError(error) && error.code === 'CSV_QUOTE_NOT_CLOSED';
}

/** The number of records before the one that csv-parse could not read. */
export function recordsBefore(error: unknown): number {
  return isCsvError(error) && typeof error['records'] === 'number' ? error['records'] : 0;
}

/** What most likely makes quotes readable that RFC 4180 does not allow; undefined: their correction. */
export function likelyCure(format: RecordFormat, record: Buffer | string): Next | undefined {
  if (format.quoting !== 'doubled') return undefined;
  if (format.delimiter === '\t') return { do: 'importUnquoted' };
  return record.includes(ESCAPED_QUOTE) ? { do: 'importEscaped' } : undefined;
}

/** The refusal of a record with quotes that cannot be read. */
export function brokenQuotes(error: unknown, line: number, cure: Next | undefined): Error {
  const code = isCsvError(error) ? error.code : undefined;
  const what =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quote is never closed'
      : code === 'CSV_INVALID_CLOSING_QUOTE'
        ? 'text follows a closing quote'
        : code === 'INVALID_OPENING_QUOTE'
          ? 'a quote stands inside a cell that is not quoted'
          : undefined;
  if (what === undefined) return error instanceof Error ? error : new Error(String(error));
  return refusal(
    'broken_quotes',
    `The record that starts on line ${String(line)} has broken quoting: ${what}.`,
    cure ??
      'Put the whole cell in double quotes and double each quote inside it: "He said ""hi""".',
    // csv-parse's own message repeats the cell's text, which is not for logs.
  );
}
