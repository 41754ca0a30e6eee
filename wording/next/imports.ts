import type { NextOf } from '../../domain/next';
import { mapArgument } from '../../domain/runs/offers';
import { shellWord, shown } from '../../domain/shown';
import { propertyCommand } from '../offers';
import type { SomeWords } from './words';

/** What stands in an offered `--map` for a column that only the reader knows. */
const TO_FILL_IN = 'FIELD';

/** Words of the steps about files. */
export const IMPORT_WORDS = {
  importAgain: () => 'Import the file again: rollcall import FILE',
  importRowAgain: () => 'Import the row again: rollcall import FILE',
  importOnceUp: () => 'rollcall status, then import the file again',
  importAfterNewer: ({ source }) =>
    `If this file is the right one after all, import it again: rollcall import FILE --source ${source}`,
  importOtherKey: ({ known, wanted }) =>
    `Import the file with --key ${shellWord(known)}, or into another list: ` +
    `rollcall import FILE --source OTHER --key ${shellWord(wanted)}`,
  importAbsence: () => 'rollcall import FILE --source NAME --missing deactivate',
  importNewList: ({ source }) => `rollcall import FILE --source ${source} --yes`,
  importWithReason: () => 'rollcall import FILE --reason TEXT',
  helpImport: () => 'rollcall import --help',
  showColumns: () => 'rollcall import columns',
  importEncoded: ({ readings }) => encodedOf(readings),
  importEscaped: () =>
    'A backslash stands before a quote, as MariaDB, MySQL and PHP write it: rollcall import FILE --escape backslash. ' +
    "In a file of PHP that drops the backslash; fputcsv(…, escape: '') writes one that needs no option. " +
    'Otherwise put the whole cell in double quotes and double each quote inside it: "He said ""hi""".',
  importUnquoted: () =>
    'If a database wrote the file, quotes in it are text: rollcall import FILE --escape backslash. ' +
    'Otherwise put the whole cell in double quotes and double each quote inside it: "He said ""hi""".',
  importFromLine: ({ line }) =>
    `If line ${String(line)} has the names of the columns: rollcall import FILE --header-line ${String(line)}.`,
  checkPath: () => 'Check the path; rollcall import - reads standard input.',
  nameFileOrPipe: () => 'Name a file or a pipe; rollcall import - reads standard input.',
  startWriter: () => 'Start what writes into it first, or: COMMAND | rollcall import -',
  declareField: ({ field }) =>
    `Declare it: ${propertyCommand(field)}. All fields: rollcall import columns.`,
  mapNearest: ({ map }) =>
    `If the nearest is meant: rollcall import FILE --map ${mapArgument(map)}`,
  placeColumns: (next) => placeColumns(next),
  mapToField: ({ name, swapped }) =>
    (swapped === undefined
      ? ''
      : `The file's column goes first: --map ${mapArgument([[name, swapped]])}. `) +
    `Declare a property first: ${propertyCommand(name)} (or --type number, boolean, date). ` +
    'Known fields: rollcall import columns.',
} as const satisfies SomeWords;

function encodedOf(readings: NextOf<'importEncoded'>['readings']): string {
  const [only, ...others] = readings.map(
    ({ word, encoding }) => [shown(word), `rollcall import FILE --encoding ${encoding}.`] as const,
  );
  if (only === undefined) return 'rollcall import FILE --encoding NAME';
  if (others.length === 0) return `If ${only[0]} is right: ${only[1]}`;
  const each = [only, ...others].map(([word, command]) => `${word}: ${command}`);
  return ['Take the one that reads the word right.', ...each].join(' ');
}

function placeColumns({ map, columns, keyless, property }: NextOf<'placeColumns'>): string {
  const sure = map.every(([, column]) => column !== null);
  const filled = map.map(([header, column]) => [header, column ?? TO_FILL_IN] as const);
  const [it, each] = columns === 1 ? ['it', 'it is'] : ['them', 'each of them is'];
  const ways = [
    map.length === 0
      ? ''
      : `${sure ? 'If that is meant' : `Say what ${each}`}: rollcall import FILE ` +
        `--map ${mapArgument(filled)}` +
        (sure ? '.' : ` (${TO_FILL_IN}: a known name, or - to pass the column over).`),
    keyless ? 'One column has to say who a row is: --map HEADER=code.' : '',
    property === null
      ? ''
      : `Keep ${columns === 1 ? 'it' : 'one'} as a property: ${propertyCommand(property)}.`,
    map.length === 0 || columns === 1
      ? `Pass ${it} over: rollcall import FILE --ignore-unknown.`
      : '',
    'Known names: rollcall import columns.',
  ];
  return ways.filter((way) => way !== '').join(' ');
}
