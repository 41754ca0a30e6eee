import type { Command } from 'commander';
import type { Next } from '../../domain/next';
import type { Todo } from '../../domain/todo';
import { wordNext } from '../../wording/next';
import { action, examples, type Answer, type Call } from '../command';
import type { Io } from '../output';
import { todoText } from '../text/todo';

/** `rollcall todo` */
export function registerTodoCommand(program: Command, io: Io): void {
  examples(
    program
      .command('todo')
      .description('what waits for you, the most urgent first, each with its next command')
      .option('--limit <n>', 'list at most this many of each kind (default 10, at most 1000)')
      .addHelpText(
        'after',
        `
Runs on hold, campaigns that are on hold or paused or have unknown deliveries, sources in trouble
(stopped, overdue, blocked), failed runs, conflicts that nobody resolved, rows in error that were not
imported again, runs that have waited for more than ten minutes, tokens that end within two weeks, and
dry runs that were not applied. What a newer file or sync has replaced is left out, and so is what is
older than 30 days and was probably given up. Each kind shows how many there are.`,
      )
      .action(action(io, todo)),
    'rollcall todo',
    'rollcall todo --json',
  );
}

async function todo(call: Call): Promise<Answer> {
  const limit = call.options.number('limit', 1);
  const rollcall = await call.rollcall();
  const found = await rollcall.todo(limit === undefined ? {} : { limit });
  return { document: worded(found), text: todoText(found) };
}

/** The next steps as commands. */
function worded(todo: Todo): unknown {
  const {
    count,
    held,
    campaigns,
    sources,
    failed,
    conflicts,
    failedRows,
    waiting,
    tokens,
    planned,
  } = todo;
  const inWords = <T extends { readonly next: Next }>(things: readonly T[]) =>
    things.map((thing) => ({ ...thing, next: wordNext(thing.next) }));
  const things = [
    ...[
      ...held.runs,
      ...campaigns.campaigns,
      ...sources.sources,
      ...failed.runs,
      ...conflicts.conflicts,
    ],
    ...[...failedRows.runs, ...waiting.runs, ...tokens.tokens, ...planned.runs],
  ];
  const [first] = things;
  return {
    count,
    held: { ...held, runs: inWords(held.runs) },
    campaigns: { ...campaigns, campaigns: inWords(campaigns.campaigns) },
    sources: { ...sources, sources: inWords(sources.sources) },
    failed: { ...failed, runs: inWords(failed.runs) },
    conflicts: { ...conflicts, conflicts: inWords(conflicts.conflicts) },
    failedRows: { ...failedRows, runs: inWords(failedRows.runs) },
    waiting: { ...waiting, runs: inWords(waiting.runs) },
    tokens: { ...tokens, tokens: inWords(tokens.tokens) },
    planned: { ...planned, runs: inWords(planned.runs) },
    // The most urgent thing first.
    next: first === undefined ? null : wordNext(first.next),
  };
}
