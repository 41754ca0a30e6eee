import type { Value } from './table';
import { doubled, encoded, hasAny, linesOf, type Writer } from './writer';

/** A cell of Python: `None` is nothing, others by `str`. */
function python(value: Value): string {
  if (value === null) return '';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

/**
 * QUOTE_MINIMAL of Python's csv (Modules/_csv.c of 3.11): a line break is quoted only where it is a
 * character of the line end. From 3.13 on it is always quoted.
 */
function minimal(delimiter: string, eol: string): (value: Value) => string {
  return (value) => {
    const text = python(value);
    return hasAny(text, `${delimiter}"${eol}`) ? doubled(text) : text;
  };
}

const ALL = { alphabet: 'unicode', kinds: ['day', 'boolean', 'number'] } as const;

/** https://docs.python.org/3/library/csv.html, and pandas, whose `to_csv` writes with it. */
const PYTHON: readonly Writer[] = [
  ...(
    [
      ['python csv excel', ',', '\r\n'],
      ['python csv excel-tab', '\t', '\r\n'],
      ['python csv, semicolon, \\n', ';', '\n'],
      ['pandas to_csv', ',', '\n'],
    ] as const
  ).map(([name, delimiter, eol]): Writer => ({
    name,
    contents: ALL,
    write: (table) => encoded(linesOf(table, { delimiter, eol, cell: minimal(delimiter, eol) })),
  })),
  {
    name: 'pandas to_csv with its index, utf-8-sig',
    contents: ALL,
    write: ({ columns, rows }) => {
      const index = { header: '', field: '', kind: 'number' } as const;
      const table = {
        columns: [index, ...columns],
        rows: rows.map((row, at) => [at, ...row]),
      };
      return encoded(
        `\ufeff${linesOf(table, { delimiter: ',', eol: '\n', cell: minimal(',', '\n') })}`,
      );
    },
  },
  {
    name: 'python csv unix',
    contents: ALL,
    write: (table) =>
      encoded(
        linesOf(table, { delimiter: ',', eol: '\n', cell: (value) => doubled(python(value)) }),
      ),
  },
  {
    name: 'python csv QUOTE_NONNUMERIC',
    contents: ALL,
    write: (table) =>
      encoded(
        linesOf(table, {
          delimiter: ',',
          eol: '\r\n',
          // A boolean is a number there.
          cell: (value) =>
            typeof value === 'number' || typeof value === 'boolean'
              ? python(value)
              : doubled(python(value)),
        }),
      ),
  },
  {
    name: 'python csv QUOTE_NONE, escapechar \\',
    contents: ALL,
    write: (table) =>
      encoded(
        linesOf(table, {
          delimiter: ',',
          eol: '\r\n',
          cell: (value) => python(value).replace(/[,"\\\r\n]/g, '\\$&'),
        }),
      ),
  },
];

/**
 * PHP's `fputcsv` (ext/standard/file.c): a quote right behind the escape character is not doubled,
 * and the escape character stays. `escape`: `\` by default up to 8.4; an empty one turns this off.
 */
function php(delimiter: string, escape: string): (value: Value) => string {
  return (value) => {
    const text = value === null ? '' : String(value);
    if (!hasAny(text, `${delimiter}"${escape}\n\r\t `)) return text;
    let written = '';
    let escaped = false;
    for (const char of text) {
      if (char === escape) escaped = true;
      else if (!escaped && char === '"') written += '"';
      else escaped = false;
      written += char;
    }
    return `"${written}"`;
  };
}

const PHP: readonly Writer[] = (
  [
    ['php fputcsv', ',', '\\'],
    ['php fputcsv, semicolon', ';', '\\'],
    ["php fputcsv, escape ''", ',', ''],
  ] as const
).map(([name, delimiter, escape]) => ({
  name,
  contents: { alphabet: 'unicode', kinds: ['day', 'number'] },
  write: (table) => encoded(linesOf(table, { delimiter, eol: '\n', cell: php(delimiter, escape) })),
  again: {
    said: "escape: ''",
    write: (table) => encoded(linesOf(table, { delimiter, eol: '\n', cell: php(delimiter, '') })),
  },
}));

/** Ruby's CSV (lib/csv/writer.rb): an empty text is quoted, nil is nothing. */
const RUBY: readonly Writer[] = [
  {
    name: 'ruby CSV',
    contents: ALL,
    write: (table) =>
      encoded(
        linesOf(table, {
          delimiter: ',',
          eol: '\n',
          cell: (value) => {
            if (value === null) return '';
            const text = String(value);
            return text === '' || hasAny(text, '\r\n,"') ? doubled(text) : text;
          },
        }),
      ),
  },
  {
    name: 'ruby CSV, semicolon, force_quotes',
    contents: ALL,
    write: (table) =>
      encoded(
        linesOf(table, {
          delimiter: ';',
          eol: '\n',
          cell: (value) => doubled(value === null ? '' : String(value)),
        }),
      ),
  },
];

/** Go's encoding/csv (writer.go, `fieldNeedsQuotes`). */
function go(delimiter: string, useCrlf: boolean): (value: Value) => string {
  return (value) => {
    const text = value === null ? '' : String(value);
    if (text === '') return '';
    const needs = text === '\\.' || hasAny(text, `\n\r"${delimiter}`) || /^\s/u.test(text);
    if (!needs) return text;
    const quoted = doubled(text);
    return useCrlf ? quoted.replaceAll('\r', '').replaceAll('\n', '\r\n') : quoted;
  };
}

const GO: readonly Writer[] = [
  {
    name: 'go encoding/csv',
    contents: ALL,
    write: (table) => encoded(linesOf(table, { delimiter: ',', eol: '\n', cell: go(',', false) })),
  },
  {
    name: 'go encoding/csv, semicolon, UseCRLF',
    contents: ALL,
    write: (table) => encoded(linesOf(table, { delimiter: ';', eol: '\r\n', cell: go(';', true) })),
    keeps: (text) => text.replaceAll('\r', '').replaceAll('\n', '\r\n'),
  },
];

/**
 * R's `write.table` with `quote = TRUE, qmethod = "double"`, as `write.csv` calls it: texts and headers
 * are quoted, missing values are not, whatever they are called.
 */
function r(decimal: string, na: string): (value: Value) => string {
  return (value) => {
    if (value === null) return na;
    if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
    if (typeof value === 'number') return rNumber(value).replace('.', decimal);
    return doubled(value);
  };
}

/** At most 15 digits, in the shorter of both forms; of equals, the one without an exponent. */
function rNumber(value: number): string {
  const fixed = String(value);
  const exponent = value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return exponent.length < fixed.length ? exponent : fixed;
}

const R: readonly Writer[] = (
  [
    ['R write.csv, row.names = FALSE', { delimiter: ',', decimal: '.', na: 'NA', rowNames: false }],
    ['R write.csv', { delimiter: ',', decimal: '.', na: 'NA', rowNames: true }],
    ['R write.csv2, na = ""', { delimiter: ';', decimal: ',', na: '', rowNames: false }],
    ['R write.table, tab, latin1', { delimiter: '\t', decimal: '.', na: 'NA', rowNames: false }],
  ] as const
).map(([name, { delimiter, decimal, na, rowNames }]): Writer => {
  const latin1 = name.endsWith('latin1');
  const cell = r(decimal, na);
  return {
    name,
    contents: {
      alphabet: latin1 ? 'western' : 'unicode',
      kinds: ['day', 'boolean', 'number'],
      ...(na === '' ? {} : { nullWord: na }),
    },
    ...(latin1 ? { encoding: 'windows-1252' } : {}),
    write: ({ columns, rows }) => {
      const row = { header: '', field: '', kind: 'text' } as const;
      const table = rowNames
        ? { columns: [row, ...columns], rows: rows.map((cells, at) => [String(at + 1), ...cells]) }
        : { columns, rows };
      return encoded(
        linesOf(table, { delimiter, eol: '\n', cell }),
        latin1 ? 'windows-1252' : 'utf-8',
      );
    },
  };
});

export const LANGUAGES: readonly Writer[] = [...PYTHON, ...PHP, ...RUBY, ...GO, ...R];
