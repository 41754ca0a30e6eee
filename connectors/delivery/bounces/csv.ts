import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { parse as parseAll } from 'csv-parse/sync';
import { Fault } from '../../../domain/faults';
import { DELIMITER_CHARS } from '../../../domain/files/delimiters';
import type { BounceAction } from '../../../domain/letters/bounces';
import { parseMessageId } from '../messageId';
import { actionOf, smtpCodeOf, statusIn } from './deliveryStatus';
import type { ParsedBounce } from './parse';

/** What columns are named in the exports of mail services; small letters without signs between words. */
const COLUMNS = {
  id: ['messageid', 'envid', 'envelopeid', 'originalmessageid', 'smtpid'],
  action: ['action', 'event', 'type', 'bouncetype', 'result'],
  status: [
    'status',
    'statuscode',
    'enhancedstatus',
    'enhancedcode',
    'code',
    'reason',
    'diagnostic',
  ],
  address: ['recipient', 'email', 'address', 'to', 'finalrecipient', 'rcptto'],
  at: ['at', 'time', 'timestamp', 'date'],
} as const;
type Column = keyof typeof COLUMNS;

const MAX_LINE_CHARS = 100_000;

const FORMAT = { bom: true, relax_column_count: true, relax_quotes: true } as const;

/** A field of a mail's header, which may be named as a column is. */
const MAIL_FIELD = /^[\w-]+:/;

/**
 * What separates the cells of a table of bounces, by its first line; `null`: the line names no column of
 * Message-IDs, so it begins no table.
 */
export function delimiterOfTable(line: string): string | null {
  if (MAIL_FIELD.test(line)) return null;
  const read = DELIMITER_CHARS.map((delimiter) => ({ delimiter, cells: cellsOf(line, delimiter) }));
  const [most] = read.sort((one, other) => other.cells.length - one.cells.length);
  return most?.cells.map(columnOf).includes('id') === true ? most.delimiter : null;
}

/** Empty: a line without end of its quotes is the first line of no table. */
function cellsOf(line: string, delimiter: string): readonly string[] {
  try {
    const records: readonly (readonly string[])[] = parseAll(line, { ...FORMAT, delimiter });
    return records[0] ?? [];
  } catch {
    return [];
  }
}

/** A row with the cells of the columns that are known. */
export interface Row {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** The rows of a table of bounces. @throws Fault refused_file without a column of Message-IDs. */
export async function* rowsOf({
  path,
  delimiter,
  chunks,
}: {
  readonly path: string;
  readonly delimiter: string;
  readonly chunks: AsyncIterable<Buffer>;
}): AsyncGenerator<Row> {
  let columns: readonly (Column | null)[] | null = null;
  const parser = parse({
    ...FORMAT,
    delimiter,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_CHARS,
  });
  // An error of either end comes out of the parser.
  pipeline(Readable.from(chunks, { objectMode: false }), parser, () => undefined);
  const records: AsyncIterable<unknown> = parser;
  try {
    for await (const record of records) {
      const { cells, line } = recordOf(record);
      if (columns === null) {
        columns = columnsOf(path, cells);
        continue;
      }
      const named = columns.flatMap((column, n) => (column === null ? [] : [[column, n] as const]));
      const fields = Object.fromEntries(
        named.map(([column, n]): [string, string] => [column, cells[n]?.trim() ?? '']).reverse(),
      );
      yield { line, fields };
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw refused(path, 'cannot be read as a table', error);
  }
}

function recordOf(value: unknown): { readonly cells: readonly string[]; readonly line: number } {
  if (typeof value !== 'object' || value === null) return { cells: [], line: 0 };
  const record = 'record' in value ? value.record : null;
  const info = 'info' in value ? value.info : null;
  const cells: readonly unknown[] = Array.isArray(record) ? record : [];
  const isCounted = typeof info === 'object' && info !== null && 'lines' in info;
  return { cells: cells.map(String), line: isCounted ? Number(info.lines) : 0 };
}

function columnsOf(path: string, header: readonly string[]): readonly (Column | null)[] {
  const known = header.map(columnOf);
  if (known.includes('id')) return known;
  throw refused(path, 'has no column message_id, which says which letter came back');
}

function columnOf(cell: string): Column | null {
  const name = cell.toLowerCase().replace(/[^a-z]/g, '');
  for (const column of ['id', 'action', 'status', 'address', 'at'] as const) {
    if (COLUMNS[column].some((own) => own === name)) return column;
  }
  return null;
}

const ACTIONS: readonly (readonly [RegExp, BounceAction])[] = [
  [/complain|spam|abuse/, 'complaint'],
  [/delay|defer|soft|transient|temporary/, 'delayed'],
  [/fail|bounce|hard|permanent|reject|dropped|undeliver/, 'failed'],
  [/deliver|sent|accept|open|click/, 'delivered'],
];

/** What a row says about a letter; `null`: neither an action nor a status. */
export function bounceOfRow(
  fields: Readonly<Record<string, string>>,
  keys: readonly Buffer[],
): ParsedBounce | null {
  const { id = '', action: said = '', status: code = '', address = '', at = '' } = fields;
  const status = statusIn(code);
  const named = ACTIONS.find(([words]) => words.test(said.toLowerCase()))?.[1];
  const action = named ?? actionOf(status);
  if (action === null) return null;
  const recipients = address.includes('@') ? [address] : [];
  const smtpCode = smtpCodeOf(`${code} `);
  const sentAt = new Date(at);
  return {
    ref: parseMessageId(id, keys),
    reports: [{ action, status, smtpCode, recipients }],
    at: Number.isNaN(sentAt.getTime()) ? null : sentAt,
  };
}

function refused(path: string, what: string, cause?: unknown): Fault {
  return new Fault('refused_file', {
    code: 'bad_bounces',
    message: `"${path}" ${what}.`,
    next: { do: 'helpImportBounces' },
    cause,
  });
}
