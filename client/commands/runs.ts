import type { Command } from 'commander';
import { RUN_STATES } from '../../domain/run';
import { action, examples, type Call } from '../command';
import { table, type Io } from '../output';
import { runText } from '../runText';
import { registerDecisionCommands } from './runsDecide';
import { registerReportCommands } from './runsReport';

/** `rollcall runs …` */
export function registerRunsCommands(program: Command, io: Io): void {
  const runs = program.command('runs').description('imports, bulk changes and undos');
  examples(
    runs
      .command('list')
      .description('runs, newest first')
      .option('--source <name>', 'of this source')
      .option('--state <state>', `in this state: ${RUN_STATES.join(', ')}`)
      .option('--limit <n>', 'at most so many (default 20, at most 1000)')
      .option('--cursor <c>', 'go on after the last page: its `next`')
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
  const text = table(
    [
      'run',
      'kind',
      'source',
      'state',
      'rows',
      'created',
      'updated',
      'deactivated',
      'started',
      'file',
    ],
    page.runs.map((run) => [
      run.runId,
      run.dryRun ? `${run.kind}, dry` : run.kind,
      run.source,
      run.state,
      run.counts.rows,
      run.counts.created,
      run.counts.updated,
      run.counts.deactivated,
      run.createdAt.slice(0, 16).replace('T', ' '),
      run.file,
    ]),
  );
  const more = page.next === null ? '' : `next: rollcall runs list --cursor ${page.next}\n`;
  return { document: page, text: page.runs.length === 0 ? 'No runs.\n' : text + more };
}

async function showRun(call: Call) {
  const { runs } = await call.rollcall();
  const document = await runs.get(call.args[0] ?? '');
  return { document, text: runText(document) };
}
