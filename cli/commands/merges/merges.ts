import type { Command } from 'commander';
import { DELIMITER_NAMES } from '../../../domain/files/delimiters';
import { PAIR_COLUMNS } from '../../../domain/merges/fileColumns';
import { action, commandLine, examples, type Answer, type Call } from '../../command';
import { count, type Io, pageText } from '../../output';
import { mergesText, mergeText } from '../../text/merge';
import { confirmOptions, followConfirmed, waiting, waitOptions } from '../../wait';
import { defined } from '../../defined';

/** `rollcall merges …` */
export function registerMergesCommands(program: Command, io: Io): void {
  const merges = program
    .command('merges')
    .description('merges of accounts: list, show, many from a file');
  examples(merges, 'rollcall merges list --user anna@example.com');
  examples(
    merges
      .command('list')
      .description('merges, newest first')
      .option('--user <user>', 'only merges of this person: id, code, login or e-mail')
      .option('--limit <n>', 'at most this many (default 100, at most 1000)')
      .option('--cursor <c>', 'the next page: `next` of the page before')
      .action(action(io, list)),
    'rollcall merges list',
    'rollcall merges list --user E-1042',
  );
  examples(
    merges
      .command('show <merge>')
      .description('one merge: what it changed, and until when it can be unmerged')
      .action(action(io, show)),
    'rollcall merges show 0192f0c1',
  );
  const file = merges
    .command('import <file>')
    .description(
      `merge the pairs of a CSV file, - for stdin; other columns are passed over. Columns: ${PAIR_COLUMNS.map(({ name, about }) => `${name} (${about})`).join('; ')}`,
    )
    .option('--reason <text>', 'your reason, recorded with the run')
    .option('--delimiter <d>', `${DELIMITER_NAMES} (default: detected)`)
    .option('--encoding <name>', 'encoding of a file that is not UTF-8')
    .option('--header-line <n>', 'the line that has the names of the columns')
    .option('--retry-of <run>', 'the run whose failed pairs this file fixes');
  examples(
    waitOptions(confirmOptions(file)).action(action(io, importFile)),
    'rollcall merges import pairs.csv --dry-run',
    'rollcall merges import pairs.csv --expect 214',
  );
}

async function importFile(call: Call): Promise<Answer> {
  const [file = ''] = call.args;
  waiting(call);
  const { merges } = await call.rollcall();
  const format = defined({
    delimiter: call.options.text('delimiter'),
    encoding: call.options.text('encoding'),
    headerLine: call.options.number('headerLine', 1),
  });
  return followConfirmed(call, {
    start: (o) =>
      merges.start({
        ...format,
        ...call.options.texts('reason', 'retryOf'),
        ...o,
        file: file === '-' ? call.io.stdin : file,
      }),
    question: (pairs) => `Merge ${count(pairs)} ${pairs === 1 ? 'pair' : 'pairs'}?`,
  });
}

async function list(call: Call): Promise<Answer> {
  const limit = call.options.number('limit', 1);
  const { merges } = await call.rollcall();
  const page = await merges.list({
    ...call.options.texts('user', 'cursor'),
    ...(limit === undefined ? {} : { limit }),
  });
  const command = commandLine(call, 'rollcall merges list', ['user', 'limit']);
  return {
    document: page,
    text: mergesText(page.merges) + pageText({ next: page.next, command }),
  };
}

async function show(call: Call): Promise<Answer> {
  const { merges } = await call.rollcall();
  const merge = await merges.get(call.args[0] ?? '');
  return { document: merge, text: mergeText(merge) };
}
