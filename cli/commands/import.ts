import { IMPORT_CHOICES, IMPORT_DEFAULTS } from '../../domain/runs/runOptions';
import type { Command } from 'commander';
import type { StartedImport, StartImport } from '../../client/imports';
import { RAISABLE, GATES, type Gate } from '../../domain/runs/gates';
import { printableLines, quoted } from '../../domain/shown';
import { optionWords } from '../../domain/sources/listOptions';
import { action, examples, repeatable, type Call, type Options } from '../command';
import { usage } from '../failure';
import type { Io } from '../output';
import { ownDocument, namingOwnCommand } from '../ownCommand';
import { followRun, waitOptions } from '../wait';
import { overwriting, writeCsv } from '../writeFile';
import { defined } from '../defined';
import { checkImport } from './importCheck';
import {
  formatOptions,
  givenKey,
  givenListOptions,
  givenTwoRows,
  withoutOptions,
} from './listOptions';

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
  withoutOptions(formatOptions(command))
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

async function startImport(call: Call) {
  const file = call.args[0];
  if (file === undefined) throw usage('A file is missing.', 'rollcall import FILE');
  const request = importRequest(call.options);
  if (call.options.flag('check')) return checkImport(call, { ...request, file });
  const { imports } = await call.rollcall();
  // A dry run changes nobody, and the import after it asks.
  const createSource =
    request.dryRun === true
      ? call.options.flag('yes')
      : await mayCreate(call, request.source, (name) => imports.sourceExists(name));
  const { runId, listOptions } = await namingOwnCommand(call, () =>
    imports.start({ ...request, createSource, file: file === '-' ? call.io.stdin : file }),
  );
  if (request.source !== undefined) noteListOptions(call, request.source, listOptions);
  return followRun(call, runId, { reword: (document) => ownDocument(document, call) });
}

/** Says at once what the run takes from its list, and what the list keeps from it. */
function noteListOptions(
  call: Call,
  list: string,
  { used, kept }: StartedImport['listOptions'],
): void {
  if (Object.keys(used).length > 0) {
    call.note(`options kept with the list ${list}: ${optionWords(used, quoted)}`);
  }
  if (Object.keys(kept).length > 0) {
    call.note(
      `the list ${list} keeps for its next files, once this run is applied: ${optionWords(kept, quoted)}`,
    );
  }
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
  return defined({
    ...givenListOptions(options),
    map: options.list('map'),
    source: options.text('source'),
    dryRun: options.flag('dryRun'),
    partial: options.flag('partial') ? true : undefined,
    create: create === undefined ? undefined : create === 'on',
    update: options.choice('update', IMPORT_CHOICES.update),
    twoRows: givenTwoRows(options.text('twoRows')) ?? undefined,
    key: givenKey(options.text('key')),
    gates: gates.length === 0 ? undefined : Object.fromEntries(gates),
    reason: options.text('reason'),
    retryOf: options.text('retryOf'),
  });
}

/** The gate and the number that `--gate` names. */
export function gateOf(text: string): readonly [Gate, number] {
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
