import { CONTROL } from '../../../domain/files/staged';
import { NULL_CELL, QUOTED_NULL_CELL } from '../../../domain/files/tokens';
import { isSuspicious } from './suspicious';

/**
 * How quotes are written. `doubled`: a quote within quotes is doubled (RFC 4180). `backslash`: a
 * backslash before a quote makes it text, too (MariaDB's `INTO OUTFILE … ENCLOSED BY`, PHP's
 * `fputcsv`). `none`: a quote is text, and backslashes stand before what would end a cell (MariaDB's
 * `INTO OUTFILE`, `mariadb --batch`, PostgreSQL's text format).
 */
export type Quoting = 'doubled' | 'backslash' | 'none';

/** Quoting that is broken; `at`: where in the text. The codes are those of csv-parse. */
export class QuoteError extends Error {
  constructor(
    readonly code: 'CSV_QUOTE_NOT_CLOSED' | 'CSV_INVALID_CLOSING_QUOTE',
    readonly at: number,
  ) {
    super(code);
  }
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CAPITAL_N = 0x4e;
const BOM = 0xfeff;

/** What a letter after a backslash stands for, in a cell without quotes; others are themselves. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['Z', '\u001a'],
]);

/**
 * Reads records of a dialect that csv-parse does not know: backslashes, and quotes that are text
 * within a cell. (csv-parse's option `escape` acts only within quotes, drops the backslash before
 * any character, so that `C:\tools` loses it, and then refuses a doubled quote.)
 *
 * Within quotes a backslash counts only before a quote, a backslash or a line break: writers that
 * quote escape nothing else, and PHP leaves the backslashes of a text as they are.
 */
export class DialectReader {
  readonly cells: string[] = [];
  /** Cells of the last record. */
  count = 0;
  /** Line breaks of the file within the last record. */
  breaks = 0;
  /** True when the last record may hold control characters. */
  suspicious = false;
  private readonly delimiter: number;
  private readonly quotes: boolean;
  private readonly escapes: boolean;
  /** True where quotes that quote no cell are text. */
  private readonly isLenient: boolean;
  private readonly crIsText: boolean;
  private readonly columns: number;
  /** Complete text: nothing comes after it. */
  private last = false;
  private text = '';

  constructor({
    delimiter,
    quoting,
    crIsText = false,
    columns = 0,
  }: {
    readonly delimiter: string;
    readonly quoting: Quoting;
    readonly crIsText?: boolean;
    /** Of the header; 0: not known. */
    readonly columns?: number;
  }) {
    this.crIsText = crIsText;
    this.columns = columns;
    this.delimiter = delimiter.charCodeAt(0);
    this.quotes = quoting !== 'none';
    this.escapes = quoting !== 'doubled';
    this.isLenient = !this.escapes && delimiter === '\t';
  }

  /**
   * Reads the record that starts at `from`. Returns the index after its line break; -1 when the text
   * does not hold the complete record. `last`: nothing comes after the text.
   *
   * @throws QuoteError
   */
  read(text: string, from: number, last: boolean): number {
    this.count = 0;
    this.breaks = 0;
    this.suspicious = false;
    this.text = text;
    this.last = last;
    // A byte order mark at the start of a line is where files were joined.
    let at = text.charCodeAt(from) === BOM ? from + 1 : from;
    for (;;) {
      at = this.quotes && text.charCodeAt(at) === QUOTE ? this.quoted(at) : this.bare(at);
      if (at < 0 || at === text.length) return at;
      const char = text.charCodeAt(at++);
      if (char === this.delimiter) continue;
      if (char === LF || text.charCodeAt(at) !== LF) {
        return char === CR && at === text.length && !last ? -1 : at;
      }
      return at + 1;
    }
  }

  /** A cell without quotes; returns the index after it, -1 when it may go on. */
  private bare(from: number): number {
    const { text } = this;
    let value = '';
    let start = from;
    let at = from;
    for (; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === this.delimiter || char === LF) break;
      if (char === CR) {
        if (this.endsCell(at)) break;
        this.breaks++;
      }
      if (char === BACKSLASH && this.escapes && at + 1 < text.length) {
        if (at === from && text.charCodeAt(at + 1) === CAPITAL_N && this.endsCell(at + 2)) {
          at++;
          continue;
        }
        value += text.slice(start, at);
        start = at + 1;
        const escaped = ESCAPES.get(text.charAt(start));
        if (escaped === undefined) at = this.breakAt(start);
        else {
          value += escaped;
          if (CONTROL.test(escaped)) this.suspicious = true;
          at = start++;
        }
      } else if (
        (char < 32 && char !== TAB) ||
        (char > 126 && isSuspicious(char, text.charCodeAt(at + 1)))
      )
        this.suspicious = true;
    }
    // A \r at the very end may be the first half of a \r\n.
    if (!this.last && (at >= text.length || (at + 1 === text.length && this.isCr(at)))) return -1;
    this.add(value + text.slice(start, at), start > from);
    return at;
  }

  /** A cell in quotes; returns the index after it, -1 when the text ends before it. */
  private quoted(from: number): number {
    const { text, breaks } = this;
    let value = '';
    let start = from + 1;
    for (let at = start; at < text.length; at++) {
      const char = text.charCodeAt(at);
      const next = text.charCodeAt(at + 1);
      if (char === QUOTE) {
        if (at + 1 === text.length ? this.last : next !== QUOTE && this.endsCell(at + 1)) {
          const cell = value + text.slice(start, at);
          if (this.isLenient && this.breaks > breaks && this.hasRow(cell)) {
            this.breaks = breaks;
            return this.bare(from);
          }
          this.add(cell, true);
          return at + 1;
        }
        if (at + 1 === text.length) return -1;
        if (next !== QUOTE) {
          // A quoted cell ends with its quote, so these quotes are text.
          if (this.isLenient) {
            this.breaks = breaks;
            return this.bare(from);
          }
          throw new QuoteError('CSV_INVALID_CLOSING_QUOTE', at);
        }
        value += text.slice(start, at);
        start = ++at;
      } else if (char === BACKSLASH && this.escapes) {
        if (next !== QUOTE && next !== BACKSLASH && next !== LF && next !== CR) continue;
        value += text.slice(start, at);
        start = at + 1;
        at = this.breakAt(start);
      } else if (char === LF || char === CR) at = this.breakAt(at);
      else if (
        (char < 32 && char !== TAB) ||
        (char > 126 && isSuspicious(char, text.charCodeAt(at + 1)))
      )
        this.suspicious = true;
    }
    if (!this.last) return -1;
    throw new QuoteError('CSV_QUOTE_NOT_CLOSED', text.length);
  }

  /** The index of the last character of a line break at `at`, which is counted; else `at`. */
  private breakAt(at: number): number {
    const char = this.text.charCodeAt(at);
    if (char !== LF && char !== CR) return at;
    this.breaks++;
    return char === CR && this.text.charCodeAt(at + 1) === LF ? at + 1 : at;
  }

  private endsCell(at: number): boolean {
    const { text } = this;
    const char = text.charCodeAt(at);
    if (at >= text.length || char === this.delimiter || char === LF) return true;
    return (
      char === CR && (!this.crIsText || at + 1 === text.length || text.charCodeAt(at + 1) === LF)
    );
  }

  /**
   * True for what two quotes of different rows enclose: a line break, and as many delimiters as a row
   * has. So the quotes are text of cells that begin and end with one.
   */
  private hasRow(cell: string): boolean {
    let delimiters = 0;
    for (let at = 0; at < cell.length; at++) {
      if (cell.charCodeAt(at) === this.delimiter) delimiters++;
    }
    return this.columns > 1 && delimiters >= this.columns - 1;
  }

  private isCr(at: number): boolean {
    return this.text.charCodeAt(at) === CR;
  }

  private add(cell: string, written: boolean): void {
    this.cells[this.count++] = written && cell === NULL_CELL ? QUOTED_NULL_CELL : cell;
  }
}
