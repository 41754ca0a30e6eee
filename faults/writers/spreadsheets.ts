import type { Table, Value } from './table';
import { doubled, encoded, hasAny, linesOf, type Writer } from './writer';

/** How a locale shows values in cells. */
interface Locale {
  readonly delimiter: string;
  readonly decimal: string;
  readonly day: (iso: string) => string;
  readonly words: readonly [yes: string, no: string];
}

const US: Locale = { delimiter: ',', decimal: '.', day: (iso) => iso, words: ['TRUE', 'FALSE'] };
const GERMAN: Locale = {
  delimiter: ';',
  decimal: ',',
  day: (iso) => iso.split('-').reverse().join('.'),
  words: ['TRUE', 'FALSE'],
};

const DAY = /^\d{4}-\d\d-\d\d$/;

function shownIn(locale: Locale): (value: Value) => string {
  return (value) => {
    if (value === null) return '';
    if (typeof value === 'boolean') return locale.words[value ? 0 : 1];
    if (typeof value === 'number') return String(value).replace('.', locale.decimal);
    return DAY.test(value) ? locale.day(value) : value;
  };
}

/** A cell of Excel: quoted for the delimiter, a quote or a line break; in text files for a comma too. */
function excel(locale: Locale, delimiter: string): (value: Value) => string {
  const shown = shownIn(locale);
  return (value) => {
    const text = shown(value);
    return hasAny(text, `${delimiter}"\n\r${delimiter === '\t' ? ',' : ''}`) ? doubled(text) : text;
  };
}

/** A text as a cell of a sheet keeps it: a line break is one line feed. */
function sheetText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

function sheet({ columns, rows }: Table): Table {
  const kept = (value: Value): Value => (typeof value === 'string' ? sheetText(value) : value);
  return { columns, rows: rows.map((row) => row.map(kept)) };
}

/** Marks that no cell holds, to take lines apart again. */
const FIELD = '\u001f';
const ROW = '\u001e';

const KINDS = ['day', 'boolean', 'number'] as const;
const WESTERN = { alphabet: 'western', kinds: KINDS } as const;
const UNICODE = { alphabet: 'unicode', kinds: KINDS } as const;
const GERMAN_DAYS = { dateFormat: 'DD.MM.YYYY' } as const;

/** https://support.microsoft.com/office/save-a-workbook-to-text-format-txt-or-csv */
const EXCEL: readonly Writer[] = [
  {
    name: 'Excel CSV (windows-1252)',
    contents: WESTERN,
    encoding: 'windows-1252',
    keeps: sheetText,
    write: (table) =>
      encoded(
        linesOf(sheet(table), { delimiter: ',', eol: '\r\n', cell: excel(US, ',') }),
        'windows-1252',
      ),
  },
  {
    name: 'Excel CSV UTF-8',
    contents: UNICODE,
    keeps: sheetText,
    write: (table) =>
      encoded(
        `\ufeff${linesOf(sheet(table), { delimiter: ',', eol: '\r\n', cell: excel(US, ',') })}`,
      ),
  },
  {
    name: 'Excel CSV UTF-8, German',
    contents: UNICODE,
    ...GERMAN_DAYS,
    keeps: sheetText,
    write: (table) =>
      encoded(
        `\ufeff${linesOf(sheet(table), { delimiter: ';', eol: '\r\n', cell: excel(GERMAN, ';') })}`,
      ),
  },
  {
    name: 'Excel CSV, German (windows-1252)',
    contents: WESTERN,
    encoding: 'windows-1252',
    ...GERMAN_DAYS,
    keeps: sheetText,
    write: (table) =>
      encoded(
        linesOf(sheet(table), { delimiter: ';', eol: '\r\n', cell: excel(GERMAN, ';') }),
        'windows-1252',
      ),
  },
  {
    name: 'Excel CSV with sep=, German',
    contents: UNICODE,
    ...GERMAN_DAYS,
    keeps: sheetText,
    write: (table) =>
      encoded(
        `\ufeffsep=;\r\n${linesOf(sheet(table), { delimiter: ';', eol: '\r\n', cell: excel(GERMAN, ';') })}`,
      ),
  },
  {
    name: 'Excel Unicode text',
    contents: UNICODE,
    keeps: sheetText,
    write: (table) =>
      encoded(
        `\ufeff${linesOf(sheet(table), { delimiter: '\t', eol: '\r\n', cell: excel(US, '\t') })}`,
        'utf-16le',
      ),
  },
  {
    name: 'Excel CSV (Macintosh)',
    // A pound sign is the same byte in windows-1252, and words without a space between them are no
    // spelling in any encoding, so none would be shown.
    contents: { ...WESTERN, without: /[£\u00a0]|[\p{L}\p{N}]\p{Lu}/u },
    encoding: 'macintosh',
    keeps: sheetText,
    write: (table) =>
      encoded(
        linesOf(sheet(table), { delimiter: ';', eol: '\r', cell: excel(US, ';') }),
        'macintosh',
      ),
  },
  {
    // KB 77295: from the 17th row on, cells that are empty at the end are not written.
    name: 'Excel CSV, empty last cells left out',
    contents: UNICODE,
    keeps: sheetText,
    write: (table) => {
      const lines = linesOf(sheet(table), { delimiter: FIELD, eol: ROW, cell: excel(US, ',') })
        .split(ROW)
        .slice(0, -1);
      const cut = lines.map((line, at) => {
        const cells = line.split(FIELD);
        if (at > 16) while (cells.at(-1) === '') cells.pop();
        return `${cells.join(',')}\r\n`;
      });
      return encoded(`\ufeff${cut.join('')}`);
    },
    // A short row whose last text ends in a backslash looks like a cut line.
    again: {
      said: 'add the missing cells',
      write: (table) =>
        encoded(
          `\ufeff${linesOf(sheet(table), { delimiter: ',', eol: '\r\n', cell: excel(US, ',') })}`,
        ),
    },
  },
];

/**
 * LibreOffice Calc (sc/source/ui/docshell/docsh.cxx, `AsciiSave`): a cell is quoted for the delimiter,
 * a quote or a line break; with "quote all text cells" each text.
 */
function calc(locale: Locale, quoteTexts: boolean): (value: Value) => string {
  const shown = shownIn(locale);
  return (value) => {
    const text = shown(value);
    const isText = typeof value === 'string' && !DAY.test(value);
    const quotes = hasAny(text, `${locale.delimiter}"\n`) || (quoteTexts && isText);
    return quotes ? doubled(text) : text;
  };
}

const CALC: readonly Writer[] = [
  {
    name: 'LibreOffice, UTF-8',
    contents: UNICODE,
    keeps: sheetText,
    write: (table) =>
      encoded(linesOf(sheet(table), { delimiter: ',', eol: '\n', cell: calc(US, false) })),
  },
  {
    name: 'LibreOffice, German, texts quoted',
    contents: UNICODE,
    ...GERMAN_DAYS,
    keeps: sheetText,
    write: (table) =>
      encoded(linesOf(sheet(table), { delimiter: ';', eol: '\n', cell: calc(GERMAN, true) })),
  },
  {
    name: 'LibreOffice --convert-to csv (windows-1252)',
    contents: WESTERN,
    encoding: 'windows-1252',
    keeps: sheetText,
    write: (table) =>
      encoded(
        linesOf(sheet(table), { delimiter: ',', eol: '\n', cell: calc(US, false) }),
        'windows-1252',
      ),
  },
];

export const SPREADSHEETS: readonly Writer[] = [...EXCEL, ...CALC];
