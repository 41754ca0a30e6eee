import { wordForText, type Alphabet } from './texts';
import type { Dice } from '../sync/chance';

/** What a column holds; a day is `YYYY-MM-DD`. */
type Kind = 'key' | 'email' | 'text' | 'day' | 'boolean' | 'number';

export interface Column {
  readonly header: string;
  /** The column of a staged row that it fills; of properties the key. */
  readonly field: string;
  readonly kind: Kind;
}

export type Value = string | number | boolean | null;

/** People, as a program has them before it writes them into a file. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
}

/** What a writer can put into a file, and what its users put into it. */
export interface Contents {
  readonly alphabet: Alphabet;
  /** Kinds of columns besides keys, e-mails and texts. */
  readonly kinds: readonly Kind[];
  /** The word that stands for no value; no text of the table is this word. */
  readonly nullWord?: string;
  /** Texts that its users do not have, or that no reader can tell from others. */
  readonly without?: RegExp;
}

const COLUMNS: readonly Column[] = [
  { header: 'email', field: 'email', kind: 'email' },
  { header: 'first_name', field: 'first_name', kind: 'text' },
  { header: 'last_name', field: 'last_name', kind: 'text' },
  { header: 'display_name', field: 'display_name', kind: 'text' },
  { header: 'job_title', field: 'job_title', kind: 'text' },
  { header: 'department', field: 'department', kind: 'text' },
  { header: 'location', field: 'location', kind: 'text' },
  { header: 'phone', field: 'phone', kind: 'text' },
  { header: 'hire_date', field: 'hire_date', kind: 'day' },
  { header: 'properties.remote', field: 'remote', kind: 'boolean' },
  { header: 'properties.score', field: 'score', kind: 'number' },
];
const CODE: Column = { header: 'code', field: 'code', kind: 'key' };

/** A table of 1 to 40 people with two to eleven columns. */
export function tableOf(dice: Dice, contents: Contents): Table {
  const kinds: readonly Kind[] = ['email', 'text', ...contents.kinds];
  const chosen = COLUMNS.filter(({ kind }) => kinds.includes(kind) && dice.often(0.6));
  const columns = [CODE, ...(chosen.length === 0 ? COLUMNS.slice(0, 1) : chosen)];
  // A column has hardly any gaps, or hardly anything else: then a word for nothing is plain to see.
  const gappy = columns.map(({ kind }) => kind !== 'key' && dice.often(0.3));
  const least = contents.nullWord === undefined ? 1 : 4;
  const rows = Array.from({ length: least + dice.below(40) }, (_, row) =>
    columns.map((column, at): Value => {
      if (gappy[at] === true && row % 10 !== 3) return null;
      return valueOf(dice, { column, row, contents });
    }),
  );
  return { columns, rows };
}

function valueOf(
  dice: Dice,
  o: { readonly column: Column; readonly row: number; readonly contents: Contents },
): Value {
  const { column, row, contents } = o;
  switch (column.kind) {
    case 'key':
      return `${dice.pick(['', '', 'E', 'x-'])}${String(100_000 + row * 7).padStart(dice.pick([6, 8]), '0')}`;
    case 'email':
      return `p${String(row)}.${dice.pick(["o'neil", 'a+b', 'c_d'])}@staff.example`;
    case 'day':
      return `20${String(10 + dice.below(15))}-0${String(1 + dice.below(9))}-${String(10 + dice.below(18))}`;
    case 'boolean':
      return dice.often(0.5);
    case 'number':
      return dice.pick([0, 7, -3, 12.5, 1_000_000, 0.25, -1234.75]);
    case 'text': {
      for (;;) {
        const text = wordForText(dice, contents.alphabet);
        const isNothing = text.trim().toUpperCase() === contents.nullWord?.toUpperCase();
        if (!isNothing && contents.without?.test(text) !== true) return text;
      }
    }
  }
}

/**
 * The value that a file should be read back with: the reader takes white space around a cell, and
 * empty texts, for nothing.
 */
export function expectedOf(value: Value): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') return String(value);
  const text = value.trim();
  return text === '' ? null : text;
}
