import type { Command } from 'commander';
import type { UserExport } from '../../../client/users/exports';
import { EXPORT_READERS } from '../../../domain/files/exportColumns';
import {
  action,
  commandLine,
  examples,
  offering,
  requireOneOf,
  type Answer,
  type Call,
} from '../../command';
import { usage } from '../../failure';
import { count, type Io } from '../../output';
import { progressBar } from '../../progress';
import { FILTER_HELP } from '../../text/filterHelp';
import { STDOUT, writeLong } from '../../writeFile';

const STATUSES = ['active', 'inactive', 'merged', 'all'] as const;
const CHOSEN = ['search', 'filter', 'saved', 'status', 'sort', 'columns', 'for'];

/** `rollcall users export` */
export function registerExportCommand(users: Command, io: Io): void {
  examples(
    requireOneOf(offering(users.command('export'), { status: STATUSES, for: EXPORT_READERS }), {
      names: ['csv', 'jsonl'],
      text: '--csv <file> or --jsonl <file>',
    })
      .description('write people to a file; without --status only active ones')
      .option('--csv <file>', 'as CSV, which can be imported again; - for standard output')
      .option(
        '--jsonl <file>',
        'one person as JSON on each line, with the exact values; - for standard output',
      )
      .option('--search <text>', 'words, each of which must be in a name, login, e-mail or code')
      .option('--filter <expr>', 'compare properties with values; see below')
      .option('--saved <name>', 'a saved filter')
      .option('--status <status>', STATUSES.join(', '))
      .option('--sort <field>', 'any property; with a - before it in reverse order')
      .option(
        '--columns <names>',
        'only these, in this order: code,email,properties.level (default: all that an import reads)',
      )
      .option(
        `--for <${EXPORT_READERS.join('|')}>`,
        'of CSV: people = safe to open in a spreadsheet (default); programs = the exact texts',
      )
      .option('--force', 'overwrite a file that exists')
      .addHelpText('after', HELP + FILTER_HELP)
      .action(action(io, exported)),
    'rollcall users export --csv people.csv --status all',
    'rollcall users export --csv sales.csv --filter \'department eq "Sales"\' --columns code,email,manager',
    'rollcall users export --jsonl - | jq -r .email',
  );
}

const HELP = `
The columns of CSV have the names that an import reads; manager and organization are codes. The file
is complete or not there: it gets its name when the last person is written. All people are as they
were at one moment. Columns that an import passes over are named _user.id, _user.version and so on.
For people, a last column _exported says when the file was written; with it, an import undoes the
apostrophes that keep a spreadsheet from running a cell as a formula.
`;

async function exported(call: Call): Promise<Answer> {
  const { options } = call;
  const [csv, jsonl] = [options.text('csv'), options.text('jsonl')];
  if (csv !== undefined && jsonl !== undefined) throw usage('Give --csv or --jsonl, not both.');
  const file = csv ?? jsonl;
  if (file === undefined) throw usage('Give --csv <file> or --jsonl <file>; - is standard output.');
  const reader = options.choice('for', EXPORT_READERS);
  if (jsonl !== undefined && reader !== undefined) throw usage('--for is for --csv.');
  if (file === STDOUT && call.json) {
    throw usage('--json prints its summary on standard output: give a file.');
  }
  const status = options.choice('status', STATUSES);
  const columns = options.text('columns');
  const { users } = await call.rollcall();
  const people = await users.export({
    format: csv === undefined ? 'jsonl' : 'csv',
    ...options.texts('search', 'filter', 'saved', 'sort'),
    ...(status === undefined ? {} : { status }),
    ...(columns === undefined ? {} : { columns: namesIn(columns) }),
    ...(reader === undefined ? {} : { for: reader }),
  });
  if (file === STDOUT) return { stream: noted(call, people) };
  return toFile(call, file, people);
}

function namesIn(list: string): string[] {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw usage('--columns takes names of columns, such as code,email.');
  return names;
}

async function toFile(call: Call, file: string, people: UserExport): Promise<Answer> {
  const option = call.options.text('csv') === undefined ? '--jsonl' : '--csv';
  const command = commandLine(call, 'rollcall users export', CHOSEN);
  const interrupted = await writeLong(call, {
    file,
    pieces: shown(call, people),
    instead: (name) => `${command} ${option} ${name}`,
  });
  if (interrupted !== null) return interrupted;
  const { users, columns } = people;
  return { document: { file, users, columns }, text: `${file}: ${peopleText(users)}\n` };
}

async function* shown(call: Call, people: UserExport): AsyncGenerator<string> {
  const bar = progressBar(call);
  try {
    for await (const piece of people) {
      bar.show('running', { phase: 'exporting', done: people.users, total: people.total });
      yield piece;
    }
  } finally {
    bar.stop();
  }
}

async function* noted(call: Call, people: UserExport): AsyncGenerator<string> {
  yield* shown(call, people);
  call.note(peopleText(people.users));
}

function peopleText(users: number): string {
  return users === 1 ? '1 person' : `${count(users)} people`;
}
