import { Fault } from '../faults';
import { splitMapEntries } from '../files/mapping';
import { shown } from '../shown';
import { RECORD_COLUMNS, recordColumnOf, type RecordSubject } from './fileColumns';

/** Header of a file → name of a column, or `-` to pass it over. */
export type RecordMap = Readonly<Record<string, string>>;

/**
 * The map that arguments of `--map` mean: `HEADER=column` or `HEADER=-`, also several with commas.
 *
 * @throws Fault `usage`/`bad_map`.
 */
export function recordMapOf(subject: RecordSubject, given: readonly string[]): RecordMap {
  return Object.fromEntries(
    given.flatMap(splitMapEntries).map((text): [string, string] => {
      const [header, to] = split(text);
      const name = to.trim() === '-' ? '-' : recordColumnOf(subject, to);
      if (header !== '' && name !== undefined) return [header, name];
      throw new Fault('usage', {
        code: 'bad_map',
        message: `The map entry ${shown(text)} is not understood.`,
        next: `Write --map HEADER=COLUMN or --map HEADER=-; columns: ${columnNames(subject)}.`,
      });
    }),
  );
}

/** The names of the columns of a subject's files. */
export function columnNames(subject: RecordSubject): string {
  return RECORD_COLUMNS[subject].map(({ name }) => name).join(', ');
}

/** Header and column of an entry, the header without its quotes. */
function split(text: string): readonly [header: string, to: string] {
  const at = Math.max(text.lastIndexOf('='), 0);
  const head = text.slice(0, at).trim();
  const bare = /^"((?:[^"]|"")*)"$/.exec(head)?.[1]?.replaceAll('""', '"');
  return [bare ?? head, text.slice(at + 1)];
}
