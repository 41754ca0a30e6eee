import iconv from 'iconv-lite';
import type { Contents, Table, Value } from './table';

/** A program that writes people into a file, by its own rules. */
export interface Writer {
  readonly name: string;
  readonly contents: Contents;
  /** The encoding, where it is not UTF-8: what a person recognizes when all readings are shown. */
  readonly encoding?: string;
  /** How the user of the program writes days, where it is not `YYYY-MM-DD`. */
  readonly dateFormat?: string;
  write(table: Table): Buffer;
  /**
   * The same table without what a reader cannot know: how its user writes the file again when the
   * message says so. `said`: what of the message says it.
   */
  readonly again?: { readonly said: string; readonly write: (table: Table) => Buffer };
  /** What is left of a text in the file: where the program itself changes it. */
  readonly keeps?: (text: string) => string;
}

/** How the rows of a file are put together; each cell comes as the program writes it. */
export interface Layout {
  readonly delimiter: string;
  readonly eol: string;
  readonly cell: (value: Value) => string;
  /** By default a header is written as a text. */
  readonly header?: (name: string) => string;
}

/** Header and rows as text. */
export function linesOf({ columns, rows }: Table, layout: Layout): string {
  const { delimiter, eol, cell, header = cell } = layout;
  const lines = [
    columns.map(({ header: name }) => header(name)),
    ...rows.map((row) => row.map(cell)),
  ];
  return lines.map((cells) => cells.join(delimiter) + eol).join('');
}

/** Bytes of a text in an encoding of iconv-lite; `utf-8` without a byte order mark. */
export function encoded(text: string, encoding = 'utf-8'): Buffer {
  return iconv.encode(text, encoding);
}

/** The text in quotes, quotes within it doubled. */
export function doubled(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** True when the text holds one of the characters. */
export function hasAny(text: string, chars: string): boolean {
  return Array.from(chars).some((char) => text.includes(char));
}
