import type { Command } from 'commander';
import { action, commandLine, examples, type Answer, type Call } from '../../command';
import type { Io } from '../../output';
import { mergesText, mergeText } from '../../text/merge';
import { pageText } from '../../text/user';

/** `rollcall merges …` */
export function registerMergesCommands(program: Command, io: Io): void {
  const merges = program.command('merges').description('merges of accounts: list, show');
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
