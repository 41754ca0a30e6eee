import { shown } from '../../domain/shown';
import { organizationCommand } from '../organizationCommand';
import { counted, type Words } from './words';

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

/** What messages about a complete file, or about a read of a source, say. */
export const READ_WORDS = {
  ignored_column: ({ place, header }) => {
    const what =
      header === ''
        ? `${String(place)} has no name`
        : `${String(place)} ${shown(header)} is not known`;
    return `Column ${what} and was not imported.`;
  },
  mapped_column_absent: ({ header }) =>
    `The map names a column ${shown(header)} that the file does not have.`,
  missing_organization: ({ rows, line, name }) =>
    `${String(rows)} rows, the first in line ${String(line)}, name the organization ` +
    `${shown(name)}, which does not exist. Create it (${organizationCommand(name)}), ` +
    'then import these rows again.',
  blank_rows: ({ rows }) =>
    `${counted(rows, 'row has', 'rows have')} no value in any cell and ${rows === 1 ? 'is' : 'are'} left out.`,
  withheld: ({ field, records }) =>
    `The source did not show ${field} in ${counted(records, 'record', 'records')}. ` +
    'The values that are known stay. Give the credential the right to read it, or take the field out of the connector.',
  below_floor: ({ field }) => `Fewer people than the connector expects have ${field}.`,
  not_whole: ({ why }) =>
    `The list was not proved complete (${why.replaceAll('_', ' ')}), so nobody counts as missing.`,
  not_listed: ({ people }) =>
    `${counted(people, 'person is', 'people are')} missing from the list, but the source has ` +
    'them when it is asked by id, so they stay. Ask the vendor why the list leaves them out.',
  column_gone: ({ run, filled, rows, source }, { column }) => {
    const had = `the last one (run ${run}) had a value for it in ${grouped(filled)} of ${grouped(rows)} rows.`;
    return source === null
      ? `This file has no column ${column ?? ''}; ${had} Those values stay as they are. If it was left out by mistake, import the file again with that column.`
      : `No row of this read has a value for ${column ?? ''}; ${had} See what the source gives now: rollcall sources test ${source}`;
  },
} as const satisfies Words<ReadCode>;
