import { shown } from '../../domain/shown';
import { organizationCommand } from '../organizationCommand';
import type { Words } from './words';

type ReadCode =
  | 'ignored_column'
  | 'mapped_column_absent'
  | 'missing_organization'
  | 'blank_rows'
  | 'withheld'
  | 'below_floor'
  | 'not_whole'
  | 'not_listed'
  | 'column_gone';

const grouped = (n: number): string => n.toLocaleString('en-US');

/** What messages about a file, or a read of a source, as a whole say. */
export const READ_WORDS = {
  ignored_column: ({ place, header }) => {
    const what =
      header === ''
        ? `${String(place)} has no name`
        : `${String(place)} ${shown(header)} is not known`;
    return `Column ${what} and was passed over.`;
  },
  mapped_column_absent: ({ header }) =>
    `The map names a column ${shown(header)} that the file does not have.`,
  missing_organization: ({ rows, line, name }) =>
    `${String(rows)} rows, from line ${String(line)} on, name the organization ${shown(name)}, ` +
    `which is not there. Create it (${organizationCommand(name)}), then retry these rows.`,
  blank_rows: ({ rows }) =>
    `${rows === 1 ? '1 row has' : `${String(rows)} rows have`} no value in any cell: passed over.`,
  withheld: ({ field, records }) =>
    `The source withheld ${field} in ${String(records)} records: what is known stays. ` +
    'Give the credential the right to read it, or take the field out.',
  below_floor: ({ field }) => `Fewer people than the connector expects have ${field}.`,
  not_whole: ({ why }) => `Nobody counts as missing: ${why.replaceAll('_', ' ')}.`,
  not_listed: ({ people }) =>
    `${people === 1 ? '1 person is' : `${String(people)} people are`} missing from the list, ` +
    'but the source knows them when it is asked by id: they stay. Ask the vendor why its list leaves them out.',
  column_gone: ({ run, filled, rows, source }, { column }) => {
    const had = `in the last one (run ${run}) ${grouped(filled)} of ${grouped(rows)} rows had a value for it.`;
    return source === null
      ? `No column of this file is read as ${column ?? ''}; ${had} What people have there stays as it is. Left out by mistake: import the file again with that column.`
      : `No row of this read has a value for ${column ?? ''}; ${had} See what the source gives now: rollcall sources test ${source}`;
  },
} as const satisfies Words<ReadCode>;
