import { pageText } from '../output';
import type { Command } from 'commander';
import { RUN_STATES } from '../../domain/runs/run';
import { action, commandLine, examples, offering, type Call } from '../command';
import type { Io } from '../output';
import { runsText, whoText } from '../text/runs';
import { wordedRun, wordedSummary } from '../documents';
import { runText } from '../text/run';
import { registerDecisionCommands } from './runsDecide';
import { registerReportCommands } from './runsReport';

/** `rollcall runs …` */
export function registerRunsCommands(program: Command, io: Io): void {
  const runs = program
    .command('runs')
    .description('imports, syncs, bulk changes and undos: see them, decide about them');
  examples(
    runs,
    'rollcall runs list --state held',
    'rollcall runs show 0192f0c1',
    'rollcall runs diff 0192f0c1',
  );
  examples(
    offering(runs.command('list'), { state: RUN_STATES })
      .description('runs, newest first')
      .option('--source <name>', 'only runs of this source')
      .option('--state <state>', `only runs in this state: ${RUN_STATES.join(', ')}`)
      .option('--limit <n>', 'at most this many (default 20, at most 1000)')
      .option('--cursor <c>', 'the next page: `next` of the page before')
      .action(action(io, listRuns)),
    'rollcall runs list --state held',
  );
  examples(
    runs
      .command('show <id>')
      .description('one run; the beginning of its id is enough')
      .action(action(io, showRun)),
    'rollcall runs show 0192f0c1',
  );
  registerReportCommands(runs, io);
  registerDecisionCommands(runs, io);
}

async function listRuns(call: Call) {
  const { options } = call;
  const state = options.choice('state', RUN_STATES);
  const source = options.text('source');
  const cursor = options.text('cursor');
  const limit = Math.min(options.number('limit', 1) ?? 20, 1000);
  const { runs } = await call.rollcall();
  const page = await runs.list({
    limit,
    ...(state === undefined ? {} : { state }),
    ...(source === undefined ? {} : { source }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const command = commandLine(call, 'rollcall runs list', ['source', 'state', 'limit']);
  const more = pageText({ next: page.next, command });
  const words = page.runs.map(wordedSummary);
  return { document: { ...page, runs: words }, text: runsText(words) + more };
}

async function showRun(call: Call) {
  const { runs } = await call.rollcall();
  const document = wordedRun(await runs.get(call.args[0] ?? ''));
  const next = document.next === null ? '' : `next: ${document.next}\n`;
  const text = runText({ ...document, next: null }) + whoText(document) + next;
  return { document, text };
}
