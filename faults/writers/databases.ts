import type { Value } from './table';
import { doubled, encoded, hasAny, linesOf, type Writer } from './writer';

/** Where nothing is quoted, a text in quotes looks like a quoted one. */
const WITHOUT_QUOTED = /^\s*"[^]*"\s*$/;
const MYSQL = { alphabet: 'unicode', kinds: ['day', 'number'] } as const;

interface Outfile {
  readonly delimiter: string;
  /** `OPTIONALLY ENCLOSED BY` encloses texts only. */
  readonly enclosed: 'no' | 'all' | 'texts';
  /** Empty: `ESCAPED BY ''`. */
  readonly escape: '\\' | '';
  readonly eol: '\n' | '\r\n';
}

/**
 * `SELECT … INTO OUTFILE` of MySQL and MariaDB (sql/sql_class.cc, `select_export::send_data`): the
 * escape character stands before itself, before the quote (where a value is not enclosed: before the
 * delimiter), before the first character of the line end, and before `0` for NUL. Nothing else is
 * escaped, so a carriage return is written as it is. NULL is never enclosed.
 */
function outfile({ delimiter, enclosed, escape, eol }: Outfile): (value: Value) => string {
  return (value) => {
    if (value === null) return escape === '' ? 'NULL' : `${escape}N`;
    const encloses = enclosed === 'all' || (enclosed === 'texts' && typeof value === 'string');
    const special = `${escape}${encloses ? '"' : delimiter}${eol.charAt(0)}`;
    const text = Array.from(String(value))
      .map((char) => (escape !== '' && special.includes(char) ? escape + char : char))
      .join('');
    return encloses ? `"${text}"` : text;
  };
}

const OUTFILES: readonly (readonly [string, Outfile])[] = [
  ['OUTFILE', { delimiter: '\t', enclosed: 'no', escape: '\\', eol: '\n' }],
  ['OUTFILE, comma, enclosed', { delimiter: ',', enclosed: 'all', escape: '\\', eol: '\n' }],
  [
    'OUTFILE, semicolon, optionally',
    { delimiter: ';', enclosed: 'texts', escape: '\\', eol: '\n' },
  ],
  [
    'OUTFILE, comma, enclosed, \\r\\n',
    { delimiter: ',', enclosed: 'all', escape: '\\', eol: '\r\n' },
  ],
];

/** `mariadb --batch` (client/mysql.cc, `safe_put_field`): four letters, NULL as a word. */
function batch(value: Value): string {
  if (value === null) return 'NULL';
  return String(value).replace(/[\\\n\t\0]/g, (char) => {
    const letters: Readonly<Record<string, string>> = { '\\': '\\', '\n': 'n', '\t': 't' };
    return `\\${letters[char] ?? '0'}`;
  });
}

const MARIADB: readonly Writer[] = [
  ...OUTFILES.map(([name, layout]): Writer => ({
    name: `mariadb ${name}`,
    contents: layout.enclosed === 'no' ? { ...MYSQL, without: WITHOUT_QUOTED } : MYSQL,
    // The header comes from a `union select 'code', …`, so it is written by the same rules.
    write: (table) => encoded(linesOf(table, { ...layout, cell: outfile(layout) })),
  })),
  {
    name: 'mariadb --batch',
    contents: { ...MYSQL, nullWord: 'NULL', without: WITHOUT_QUOTED },
    write: (table) => encoded(linesOf(table, { delimiter: '\t', eol: '\n', cell: batch })),
  },
];

function postgres(value: Value): string {
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return String(value);
}

/** `COPY … CSV` (src/backend/commands/copyto.c, `CopyAttributeOutCSV`). */
function copyCsv(delimiter: string, nothing: string, force: boolean): (value: Value) => string {
  return (value) => {
    if (value === null) return nothing;
    const text = postgres(value);
    const quotes = force || text === nothing || hasAny(text, `${delimiter}"\n\r`);
    return quotes ? doubled(text) : text;
  };
}

const LETTERS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** `COPY … TEXT` (`CopyAttributeOutText`). */
function copyText(value: Value): string {
  if (value === null) return '\\N';
  return postgres(value).replace(/[\\\b\f\n\r\t\v]/g, (char) => LETTERS[char] ?? char);
}

const ALL = { alphabet: 'unicode', kinds: ['day', 'boolean', 'number'] } as const;
/** A header is written like a text, and `FORCE_QUOTE` does not reach it. */
const POSTGRES: readonly Writer[] = [
  ...(
    [
      ['COPY CSV', ',', '', false],
      ['COPY CSV, semicolon, FORCE_QUOTE *', ';', '', true],
      ["COPY CSV, NULL 'NULL'", ',', 'NULL', false],
    ] as const
  ).map(([name, delimiter, nothing, force]): Writer => ({
    name: `postgres ${name}`,
    contents: { ...ALL, ...(nothing === '' ? {} : { nullWord: nothing }) },
    write: (table) =>
      encoded(
        linesOf(table, {
          delimiter,
          eol: '\n',
          cell: copyCsv(delimiter, nothing, force),
          header: copyCsv(delimiter, nothing, false),
        }),
      ),
  })),
  {
    name: 'postgres COPY TEXT',
    contents: { ...ALL, without: WITHOUT_QUOTED },
    write: (table) => encoded(linesOf(table, { delimiter: '\t', eol: '\n', cell: copyText })),
  },
];

export const DATABASES: readonly Writer[] = [...MARIADB, ...POSTGRES];
