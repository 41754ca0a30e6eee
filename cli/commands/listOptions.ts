import { defined } from '../defined';
import { Option, type Command } from 'commander';
import { DATE_FORMATS } from '../../domain/dates';
import { DELIMITER_NAMES } from '../../domain/files/delimiters';
import { keyFrom, type ListKey } from '../../domain/files/listKey';
import { ESCAPES, IMPORT_CHOICES, twoRowsFrom, type TwoRows } from '../../domain/runs/runOptions';
import {
  LIST_OPTION_NAMES,
  LIST_OPTIONS,
  type ListOption,
  type ListOptions,
} from '../../domain/sources/listOptions';
import { repeatable, type Options } from '../command';
import { usage } from '../failure';

/** The options that say how a file of people is written, and what its days mean. */
export function formatOptions(command: Command): Command {
  return writtenOptions(command).option(
    `--days <${IMPORT_CHOICES.days.join('|')}>`,
    `a last day that is over, or a first day still to come, in a row without a status: it ends or delays access, or is ignored (default: ${IMPORT_CHOICES.days[0]})`,
  );
}

/** The options that say how a file is written. */
export function writtenOptions(command: Command): Command {
  return command
    .option('--delimiter <d>', `${DELIMITER_NAMES} (default: detected)`)
    .option(
      '--encoding <name>',
      'encoding of a file that is not UTF-8; CSV from Excel on Windows is usually windows-1252',
    )
    .option(
      '--header-line <n>',
      'the line that has the names of the columns (default: looked for in the first 20 lines)',
    )
    .option(
      `--escape <${ESCAPES.join('|')}>`,
      'a backslash makes what follows it text, as MariaDB, MySQL and PHP write it',
    )
    .option('--date-format <format>', `the form of dates that are not YYYY-MM-DD: ${DATE_FORMATS}`)
    .option(
      '--null <words>',
      'words that mean no value, such as NULL,N/A: their cells are left alone, in any case (repeatable)',
      repeatable,
    );
}

/** `--no-…` for each option that a list keeps. They are not in the help, but one sentence about them is. */
export function withoutOptions(command: Command): Command {
  for (const name of LIST_OPTION_NAMES) {
    command.addOption(new Option(`--no-${LIST_OPTIONS[name]}`).hideHelp());
  }
  return command;
}

/** The options of `sources set` that a list keeps for its imports. */
export function listSettings(command: Command): Command {
  return withoutOptions(
    formatOptions(
      command
        .option('--key <key>', 'of a list that knows nobody yet: code, email, login or COLUMN')
        .option(
          `--missing <${IMPORT_CHOICES.missing.join('|')}>`,
          'of a list, for its next files: what becomes of its people who are not in the file',
        )
        .option(
          `--blank <${IMPORT_CHOICES.blank.join('|')}>`,
          'of a list: what an empty cell means',
        )
        .option('--map <map>', 'of a list: as `import --map` takes it (repeatable)', repeatable)
        .option('--ignore-unknown', 'of a list: ignore columns that Rollcall does not know'),
    ),
  );
}

/** The options that a list keeps, as they are given, and those that are taken back. */
export function givenListOptions(
  options: Options,
): ListOptions & { readonly without?: readonly ListOption[] } {
  const nullWords = options.list('null').flatMap((words) => words.split(','));
  const map = options.list('map');
  const without = LIST_OPTION_NAMES.filter((name) => options.isOff(optionOf(name)));
  return defined({
    missing: options.choice('missing', IMPORT_CHOICES.missing),
    blank: options.choice('blank', IMPORT_CHOICES.blank),
    map: map.length === 0 ? undefined : map,
    // Left out where it was not given, so that a retry keeps the option of the first run.
    ignoreUnknown: options.flag('ignoreUnknown') ? true : undefined,
    delimiter: options.text('delimiter'),
    encoding: options.text('encoding'),
    headerLine: options.number('headerLine', 1),
    escape: options.choice('escape', ESCAPES),
    dateFormat: options.text('dateFormat'),
    nullWords: nullWords.length === 0 ? undefined : nullWords,
    days: options.choice('days', IMPORT_CHOICES.days),
    without: without.length === 0 ? undefined : without,
  });
}

/** The name under which the command line has an option. */
function optionOf(name: ListOption): string {
  return name === 'nullWords' ? 'null' : name;
}

/** The key that `--key` names; wrong usage where it is empty. */
export function givenKey(text: string | undefined): ListKey | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '') throw usage('--key takes code, email, login or a column.');
  return keyFrom(text);
}

/** The rule that `--two-rows` names; wrong usage where it is none. */
export function givenTwoRows(text: string | undefined): TwoRows | null {
  if (text === undefined) return null;
  const rule = twoRowsFrom(text);
  if (rule !== null) return rule;
  throw usage(`--two-rows takes first, last or COLUMN=VALUE, not "${text}".`);
}
