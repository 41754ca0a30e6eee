import { listed, shellWord, shown } from '../../domain/shown';
import type { Counted, MessageFacts, RowsOfDays } from '../../domain/runs/messages';
import { zonesMeant } from '../../domain/zones';
import { organizationCommand } from '../organizationCommand';
import { counted, grouped, type Place, type Words } from './words';

type ReadCode =
  | 'ignored_column'
  | 'mapped_column_absent'
  | 'missing_organization'
  | 'blank_rows'
  | 'words_for_nothing'
  | 'backslash_escapes'
  | 'unseen_characters'
  | 'question_marks'
  | 'garbled_letters'
  | 'rounded_manager'
  | 'no_day'
  | 'unknown_zone'
  | 'date_format_found'
  | 'header_found'
  | 'repeated_header'
  | 'active_after_last_day'
  | 'active_before_first_day'
  | 'days_without_number'
  | 'withheld'
  | 'below_floor'
  | 'not_whole'
  | 'not_listed'
  | 'not_in_file'
  | 'column_gone';

const MAX_NAMED = 12;

/** `Phone 3, Location 2` */
function each(all: readonly Counted[]): string {
  return listed(
    all.map(([name, n]) => `${name} ${grouped(n)}`),
    MAX_NAMED,
  );
}

function whichRows({ rows, lines }: RowsOfDays): string {
  return `${counted(rows, 'row says', 'rows say')} (${linesText(rows, lines)}) that people are`;
}

/** The first lines of rows that a message counts. */
function linesText(rows: number, lines: readonly number[]): string {
  const more = rows - lines.length;
  const named = `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`;
  return more > 0 ? `${named} and ${grouped(more)} more` : named;
}

function daysDecide(column: string | null): string {
  const days = column === null ? 'the days' : shown(column);
  return `To let ${days} decide, leave the status column out (--map STATUS=- with its name in the file).`;
}

/**
 * A command that writes a file as it was before a program read its UTF-8 in this encoding. `iconv` ends at
 * bytes without a character, which these encodings have (windows-1252: the second byte of Á, Í, Ï, Ð
 * and Ý) and programs keep as control characters. A letter that is no byte ends the command.
 */
function turnedBack(encoding: string): string {
  const name = encoding === 'macintosh' ? 'MacRoman' : encoding.replace('windows-', 'cp');
  return (
    `perl -MEncode -Ci -ne 's/^\\x{feff}//; print encode("${name}", $_, ` +
    `sub { $_[0] < 256 ? chr $_[0] : die })' FILE > FIXED.csv`
  );
}

/** Unknown time zones, with the zones that each may mean. */
function unknownZone(
  { cells, different, zones }: MessageFacts['unknown_zone'],
  { column }: Place,
): string {
  const named = zones.map(([zone, n]) => {
    const meant = zonesMeant(zone);
    const may = meant.length === 0 ? '' : `, perhaps ${meant.join(' or ')}`;
    return `${shown(zone)} (${grouped(n)}${may})`;
  });
  const more = different > zones.length ? ` and ${String(different - zones.length)} more` : '';
  const [first = ''] = zones.map(([zone]) => zone);
  const [zone = 'Europe/Vienna'] = zonesMeant(first);
  const map = `time_zone:"${first.replaceAll('"', '""')}"=${zone}`;
  return (
    `${counted(cells, 'cell', 'cells')} of ${shown(column ?? '')} ${cells === 1 ? 'names' : 'name'} a time ` +
    `zone that is not in the IANA list, and ${cells === 1 ? 'is' : 'are'} read as no value: ` +
    `${named.join('; ')}${more}. To say which zone is meant: --map ${shellWord(map)}`
  );
}

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
    `${grouped(rows)} rows, the first in line ${String(line)}, name the organization ` +
    `${shown(name)}, which does not exist. Create it (${organizationCommand(name)}), ` +
    'then import these rows again.',
  header_found: () => 'The columns are named in this line; the lines above it are not read.',
  repeated_header: ({ rows }) =>
    `${counted(rows, 'row repeats', 'rows repeat')} the header and ${rows === 1 ? 'is' : 'are'} left out.`,
  blank_rows: ({ rows }) =>
    `${counted(rows, 'row has', 'rows have')} no value in any cell and ${rows === 1 ? 'is' : 'are'} left out.`,
  words_for_nothing: ({ rows, few, columns, words }) =>
    (few
      ? `Words for nothing stand in these columns: ${each(columns)}. `
      : `Of ${grouped(rows)} rows, most hold a word for nothing in these columns: ${each(columns)}. `) +
    `The words: ${each(words)}. They are read as values. If they mean that there is no value, import ` +
    `the file again with --null ${shellWord(words.map(([word]) => word).join(','))}`,
  backslash_escapes: ({ count, line }) =>
    `${counted(count, 'backslash stands', 'backslashes stand')} where databases write one before a ` +
    `line break, a tab or another backslash, the first in line ${String(line)}. If a database wrote ` +
    'the file, import it with --escape backslash; a backslash in a path is right as it is.',
  unseen_characters: ({ cells, line }) =>
    `Characters that cannot be seen (zero-width spaces, soft hyphens, byte order marks) were taken ` +
    `out of ${counted(cells, 'cell', 'cells')}, the first in line ${String(line)}.`,
  question_marks: ({ cells, line, value }) =>
    `${counted(cells, 'name has', 'names have')} a question mark beside a letter, the first in line ` +
    `${String(line)}: ${shown(value)}. The program that wrote the file could probably not write ` +
    'that letter. Names that are known and fit stay as they are. Write the file again in UTF-8.',
  garbled_letters: ({ cells, line, value, meant, encoding, twice }) =>
    `${counted(cells, 'cell is', 'cells are')} garbled, the first in line ${String(line)}: ` +
    `${shown(value)} for ${shown(meant)}. A program read UTF-8 as ${encoding} and saved the file` +
    `${twice ? ', twice' : ''}. Texts that are known and fit stay as they are; others are read as ` +
    'they stand. Write the file again, and name UTF-8 where a program asks for the encoding (in ' +
    'Excel: Data, From Text/CSV, 65001). Or, if all such letters are garbled, turn the file back' +
    `${twice ? ' (two times)' : ''} and import that one: ${turnedBack(encoding)}`,
  rounded_manager: ({ cells, line, value }) =>
    `${counted(cells, 'row names its manager', 'rows name their managers')} by a rounded number, ` +
    `the first in line ${String(line)}: ${shown(value)}. The managers of these people stay as they ` +
    'are. Write the file again with this column as text.',
  no_day: ({ cells, days }, { column }) =>
    `${counted(cells, 'cell', 'cells')} of ${shown(column ?? '')} ${cells === 1 ? 'holds' : 'hold'} ` +
    `a day by which programs mean that there is none (${each(days)}), and ` +
    `${cells === 1 ? 'is' : 'are'} read as no day.`,
  unknown_zone: unknownZone,
  date_format_found: ({ format, cells, value }, { column }) =>
    `${counted(cells, 'date', 'dates')} of ${shown(column ?? '')}, such as ${shown(value)}, ` +
    `${cells === 1 ? 'is' : 'are'} read as ${format}: all of them fit this format and no other.`,
  active_after_last_day: (rows, { column }) =>
    `${whichRows(rows)} active, although the last day is over. The status of a row counts, so they ` +
    `stay active. ${daysDecide(column)}`,
  active_before_first_day: (rows, { column }) =>
    `${whichRows(rows)} active, although the first day is still to come. The status of a row ` +
    `counts, so they are active already. ${daysDecide(column)}`,
  days_without_number: ({ rows, lines }) =>
    `${counted(rows, 'row names', 'rows name')} a day ahead (${linesText(rows, lines)}) and no ` +
    'number of the person (column code), so nothing happens on that day by itself: import the list ' +
    'again from that day on, or add the numbers.',
  withheld: ({ field, records }) =>
    `The source did not show ${field} in ${counted(records, 'record', 'records')}. ` +
    'The values that are known stay. Give the credential the right to read it, or take the field out of the connector.',
  below_floor: ({ field }) => `Fewer people than the connector expects have ${field}.`,
  not_whole: ({ why }) =>
    `The list was not proved complete (${why.replaceAll('_', ' ')}), so nobody counts as missing.`,
  not_listed: ({ people }) =>
    `${counted(people, 'person is', 'people are')} missing from the list, but the source has ` +
    'them when it is asked by id, so they stay. Ask the vendor why the list leaves them out.',
  not_in_file: ({ people, source }) =>
    `${counted(people, 'person of this list is', 'people of this list are')} not in this file; nothing ` +
    `happens to ${people === 1 ? 'this person' : 'them'}. If the file has everybody of the list, and ` +
    `${people === 1 ? 'the person' : 'these people'} left: rollcall import FILE --source ${source} --missing deactivate`,
  column_gone: ({ run, filled, rows, source }, { column }) => {
    const had = `the last one (run ${run}) had a value for it in ${grouped(filled)} of ${grouped(rows)} rows.`;
    return source === null
      ? `This file has no column ${column ?? ''}; ${had} Those values stay as they are. If it was left out by mistake, import the file again with that column.`
      : `No row of this read has a value for ${column ?? ''}; ${had} See what the source gives now: rollcall sources test ${source}`;
  },
} as const satisfies Words<ReadCode>;
