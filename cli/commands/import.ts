import { keyFrom, type ListKey } from '../../domain/files/listKey';
import { DATE_FORMATS } from '../../domain/dates';
import { DELIMITER_NAMES } from '../../domain/files/delimiters';
import {
  ESCAPES,
  IMPORT_CHOICES,
  IMPORT_DEFAULTS,
  twoRowsFrom,
  type TwoRows,
} from '../../domain/runs/runOptions';
import type { Command } from 'commander';
import type { StartImport } from '../../client/imports';
import { RAISABLE, GATES, type Gate } from '../../domain/runs/gates';
import { printableLines } from '../../domain/shown';
import { action, examples, repeatable, type Call, type Options } from '../command';
import { usage } from '../failure';
import type { Io } from '../output';
import { ownDocument, namingOwnCommand } from '../ownCommand';
import { followRun, waitOptions } from '../wait';
import { overwriting, writeCsv } from '../writeFile';
import { checkImport } from './importCheck';

/** `rollcall import …` */
export function registerImportCommands(program: Command, io: Io): void {
  const command = program
    .command('import [file]')
    .description('import people from a CSV file (- reads standard input)')
    .option(
      '--source <name>',
      'the list this file belongs to, such as hr; a new name has to be confirmed (or --yes)',
    )
    .option('--check', 'read and judge the file without storing anything; works with nothing up')
    .option('--dry-run', 'make the plan and show it; `runs apply` carries out that very plan')
    .option(
      `--missing <${IMPORT_CHOICES.missing.join('|')}>`,
      `people of the list who are not in the file: leave them alone, or deactivate them (default: ${IMPORT_DEFAULTS.missing})`,
    )
    .option(
      '--partial',
      'the file is no complete list, such as a few corrected rows: nobody counts as missing from it, and no later file is measured by it',
    )
    .option(
      `--blank <${IMPORT_CHOICES.blank.join('|')}>`,
      `an empty cell: keep the value, or clear it (default: ${IMPORT_DEFAULTS.blank})`,
    )
    .option(
      '--create <on|off>',
      `create people who are new (default: ${IMPORT_DEFAULTS.create ? 'on' : 'off'})`,
    )
    .option(
      `--update <${IMPORT_CHOICES.update.join('|')}>`,
      `existing people: all = overwrite, fill = only fill empty fields, off = leave them alone (default: ${IMPORT_DEFAULTS.update})`,
    )
    .option(
      '--key <key>',
      'what says who a row of the list is: code, email, login or COLUMN; the list remembers it (default: code)',
    )
    .option(
      '--two-rows <rule>',
      'of several rows about one person, the one that counts: first, last or COLUMN=VALUE; a list remembers it',
    )
    .option('--map <map>', 'NAME of a saved mapping, or column=field,… (repeatable)', repeatable)
    .option('--ignore-unknown', 'ignore columns that Rollcall does not know');
  formatOptions(command)
    .option(
      '--gate <gate=n>',
      'raise the limit of a gate for this run, with --reason (repeatable)',
      repeatable,
    )
    .option('--reason <text>', 'your reason, recorded with the run')
    .option('--retry-of <run>', 'the run whose failed rows this file fixes')
    .action(action(io, startImport));
  examples(
    waitOptions(command),
    'rollcall import staff.csv --check    # before anything else: is the file read as it is meant?',
    'rollcall import staff.csv --dry-run',
    'rollcall import staff.csv --source hr --missing deactivate',
    'rollcall import corrections.csv --source hr --partial    # a few rows of the list',
    'rollcall import staff.csv --map \'Emp No=code,Notes=-,status:"On leave"=active\'',
    'rollcall import ./columns        # a file that is named like a subcommand',
  );
  examples(
    command
      .command('columns')
      .description('the columns that a file may have')
      .action(action(io, listColumns)),
    'rollcall import columns',
  );
  examples(
    command
      .command('template [file]')
      .description('write an empty file with every column (default: to stdout)')
      .option('--force', 'overwrite a file that exists')
      .action(action(io, writeTemplate)),
    'rollcall import template staff.csv',
  );
}

/** The options that say how the file is written. */
function formatOptions(command: Command): Command {
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
      `--days <${IMPORT_CHOICES.days.join('|')}>`,
      `a last day that is over, or a first day still to come, in a row without a status: it ends or delays access, or is ignored (default: ${IMPORT_CHOICES.days[0]})`,
    )
    .option(
      '--null <words>',
      'words that mean no value, such as NULL,N/A: their cells are left alone, in any case (repeatable)',
      repeatable,
    );
}

async function startImport(call: Call) {
  const file = call.args[0];
  if (file === undefined) throw usage('A file is missing.', 'rollcall import FILE');
  const request = importRequest(call.options);
  if (call.options.flag('check')) return checkImport(call, { ...request, file });
  const { imports } = await call.rollcall();
  const createSource = await mayCreate(call, request.source, (name) => imports.sourceExists(name));
  const { runId } = await namingOwnCommand(call, () =>
    imports.start({ ...request, createSource, file: file === '-' ? call.io.stdin : file }),
  );
  return followRun(call, runId, { reword: (document) => ownDocument(document, call) });
}

/** A new name may be a misspelled old one, so a list is created only on a yes. */
async function mayCreate(
  call: Call,
  source: string | undefined,
  exists: (name: string) => Promise<boolean>,
): Promise<boolean> {
  if (source === undefined || (await exists(source))) return false;
  if (call.options.flag('yes')) return true;
  if (!call.canAsk) return false;
  return call.confirm(`There is no list "${source}" yet. Create it?`, '--yes');
}

/** The values of the options; wrong usage where one does not fit. */
export function importRequest(options: Options): Omit<StartImport, 'file' | 'createSource'> {
  const create = options.choice('create', ['on', 'off'] as const);
  const gates = options.list('gate').map(gateOf);
  const nullWords = options.list('null').flatMap((words) => words.split(','));
  return defined({
    source: options.text('source'),
    dryRun: options.flag('dryRun'),
    missing: options.choice('missing', IMPORT_CHOICES.missing),
    partial: options.flag('partial') ? true : undefined,
    blank: options.choice('blank', IMPORT_CHOICES.blank),
    create: create === undefined ? undefined : create === 'on',
    update: options.choice('update', IMPORT_CHOICES.update),
    twoRows: givenTwoRows(options.text('twoRows')) ?? undefined,
    key: givenKey(options.text('key')),
    map: options.list('map'),
    // Left out where it was not given, so that a retry keeps the option of the first run.
    ignoreUnknown: options.flag('ignoreUnknown') ? true : undefined,
    delimiter: options.text('delimiter'),
    encoding: options.text('encoding'),
    headerLine: options.number('headerLine', 1),
    escape: options.choice('escape', ESCAPES),
    dateFormat: options.text('dateFormat'),
    nullWords: nullWords.length === 0 ? undefined : nullWords,
    days: options.choice('days', IMPORT_CHOICES.days),
    gates: gates.length === 0 ? undefined : Object.fromEntries(gates),
    reason: options.text('reason'),
    retryOf: options.text('retryOf'),
  });
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

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value. */
function defined<T extends object>(from: T): Defined<T> {
  const kept: Defined<T> = {};
  for (const key in from) {
    const value = from[key];
    if (isDefined(value)) kept[key] = value;
  }
  return kept;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

function gateOf(text: string): readonly [Gate, number] {
  const [, name = '', number] = /^([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const gate = GATES.find((known) => known === name.trim().replaceAll('-', '_'));
  if (gate === undefined) {
    throw usage(`"${text}" is not GATE=N; the gates with a number are ${RAISABLE.join(', ')}.`);
  }
  if (!RAISABLE.includes(gate)) {
    throw usage(
      `The gate ${gate} has no number to set; a run that it puts on hold can be approved. ` +
        `The gates with a number are ${RAISABLE.join(', ')}.`,
    );
  }
  if (number === undefined || !/^\d+$/.test(number.trim())) {
    const given = number === undefined ? '' : `, not "${number}"`;
    throw usage(
      `The gate ${gate} takes a whole number${given}: --gate ${gate}=300. ` +
        'It can be raised, not switched off.',
    );
  }
  return [gate, Number(number)];
}

const SPELLING =
  'Case, spaces and punctuation do not count: first_name, First Name, first-name and firstName are ' +
  'one column, and --map takes a field in any of these spellings.';

async function listColumns(call: Call) {
  const { imports } = await call.rollcall();
  const columns = await imports.columns();
  return {
    document: { columns },
    text: `${columns.map(columnText).join('')}\n${SPELLING}\n`,
  };
}

const LINE_CHARS = 100;

/** The field, and below it its other names, in lines of a readable length. */
function columnText({
  name,
  about,
  aliases,
}: {
  readonly name: string;
  readonly about: string;
  readonly aliases: readonly string[];
}): string {
  const lines: string[] = [];
  for (const [i, alias] of aliases.entries()) {
    const said = i < aliases.length - 1 ? `${alias},` : alias;
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + said.length > LINE_CHARS) lines.push(`    ${said}`);
    else lines[lines.length - 1] = `${last} ${said}`;
  }
  return printableLines(`${name}: ${about}\n${lines.map((line) => `${line}\n`).join('')}`);
}

async function writeTemplate(call: Call) {
  const { imports } = await call.rollcall();
  const text = await imports.template();
  const file = call.args[0];
  if (file !== undefined) {
    await writeCsv(
      file,
      [text],
      overwriting(call, (name) => `rollcall import template ${name}`),
    );
    return { document: { file }, text: `${file}\n` };
  }
  return { document: { template: text }, text };
}
