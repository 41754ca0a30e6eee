import type { Command } from 'commander';
import { formatCsvLine } from '../../domain/files/csvCells';
import { GATES } from '../../domain/runs/gates';
import { parseAction, parseEntryState, parseGate } from '../../domain/runs/given';
import { ACTIONS, CHANGED_COUNTS } from '../../domain/runs/run';
import {
  ENTRY_STATES,
  type DiffEntry,
  type RunDocument,
  type RunMessage,
} from '../../domain/runs/runDocument';
import type { RunSubject } from '../../domain/runs/subject';
import { printable } from '../../domain/shown';
import { quoted } from '../../domain/shown';
import { action, commandLine, examples, offering, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { count, type Io } from '../output';
import { diffLines, entryCells, ENTRY_COLUMNS } from '../text/diff';
import { wordedRun } from '../documents';
import { runText } from '../text/run';
import { overwriting, writeCsv } from '../writeFile';

const SPREADSHEET = { delimiter: ',', mode: 'spreadsheet' } as const;

/** `rollcall runs diff|report`: what a plan changes, and what was wrong with its rows. */
export function registerReportCommands(runs: Command, io: Io): void {
  examples(
    offering(runs.command('diff <id>'), {
      action: [...ACTIONS, 'kept'],
      gate: GATES,
      state: [...ENTRY_STATES, 'all'],
    })
      .description('what a run changes (its plan), person by person')
      .option(
        '--action <action>',
        'only this action: create, update, deactivate, conflict, …; kept = values set by hand that stay',
      )
      .option('--gate <gate>', 'only the entries that this gate counts')
      .option('--field <field>', 'only changes of this field')
      .option(
        '--state <state>',
        'show only entries in this state: planned, held, applied, rejected or skipped. Without it, a partly applied run shows what is still open; use all for everything',
      )
      .option('--limit <n>', 'at most this many entries')
      .option(
        '--csv <file>',
        'write them to a file, one line for each entry; `runs approve --entries` reads it',
      )
      .option('--force', 'with --csv: overwrite a file that exists')
      .action(action(io, diff)),
    'rollcall runs diff 0192f0c1 --action deactivate',
    'rollcall runs diff 0192f0c1 --gate deactivations --csv leavers.csv',
  );
  examples(
    runs
      .command('report <id>')
      .description('a run with all its messages')
      .option('--csv <file>', 'write the messages to a file')
      .option(
        '--failed-rows <file>',
        'write the rows that failed to a file: fix them there, then import it with --retry-of',
      )
      .option('--force', 'overwrite a file that exists')
      .action(action(io, report)),
    'rollcall runs report 0192f0c1',
    'rollcall runs report 0192f0c1 --failed-rows failed.csv',
  );
}

async function diff(call: Call): Promise<Answer> {
  const { options } = call;
  const [id = ''] = call.args;
  const [what, gate] = [options.text('action'), options.text('gate')];
  const [field, file] = [options.text('field'), options.text('csv')];
  const [state, limit] = [options.text('state'), options.number('limit', 1)];
  const wanted = {
    ...(what === undefined ? {} : { action: parseAction(what) }),
    ...(gate === undefined ? {} : { gate: parseGate(gate) }),
    ...(field === undefined ? {} : { field }),
    ...(state === undefined ? {} : { state: parseEntryState(state) }),
  };
  if (file !== undefined && limit !== undefined) throw usage('--limit is not for --csv.');
  const { runs } = await call.rollcall();
  const entries = await runs.diff({ run: id, ...wanted });
  const run = await runs.get(id);
  const { runId, partly } = run;
  if (file === undefined) {
    const open = partly !== null && state === undefined;
    return {
      stream: call.json
        ? diffJson(runId, entries, limit)
        : diffLines(entries, {
            head: call.io.terminal.output,
            ...(limit === undefined ? {} : { limit }),
            cure: call.called(cureNote(runId)),
            ...(open ? { note: call.called(appliedNote(runId)) } : {}),
          }),
    };
  }
  const counted = { entries: 0, open: 0 };
  await writeCsv(
    file,
    entriesCsv(runId, entries, counted),
    overwriting(call, (name) => `${diffCommand(call)} --csv ${name}`),
  );
  const document = { runId, file, entries: counted.entries };
  return {
    document,
    text:
      `${file}: ${counted.entries === 1 ? '1 entry' : `${String(counted.entries)} entries`}\n` +
      leftOutText(run, counted.open),
  };
}

/** What an approval of this file alone would reject, of a run that can be approved. */
function leftOutText({ state, counts, partly }: RunDocument, inFile: number): string {
  if (state !== 'held') return '';
  const open = partly?.held ?? counts;
  const others = CHANGED_COUNTS.reduce((sum, name) => sum + open[name], 0) - inFile;
  if (others <= 0) return '';
  const more = others === 1 ? '1 more change' : `${count(others)} more changes`;
  return (
    `The plan has ${more}. \`runs approve --entries\` rejects what is not in its file; ` +
    'with --keep-held it stays on hold.\n'
  );
}

const appliedNote = (runId: string): string =>
  `This is what is still open. To see what is applied, too: rollcall runs diff ${runId} --state all`;

const cureNote = (runId: string): string =>
  `What is wrong with each row that is left out, and how it is resolved: rollcall runs report ${runId}`;

const diffCommand = (call: Call): string =>
  commandLine(call, 'rollcall runs diff', ['action', 'gate', 'field', 'state', 'limit']);
const reportCommand = (call: Call): string => commandLine(call, 'rollcall runs report', []);

async function* diffJson(
  runId: string,
  entries: AsyncIterable<DiffEntry>,
  limit = Infinity,
): AsyncGenerator<string> {
  yield `{"runId":${JSON.stringify(runId)},"entries":[`;
  let n = 0;
  for await (const entry of entries) {
    n += 1;
    if (n <= limit) yield `${n === 1 ? '' : ','}\n${JSON.stringify(entry)}`;
  }
  yield `\n],"more":${String(Math.max(n - limit, 0))}}\n`;
}

async function* entriesCsv(
  runId: string,
  entries: AsyncIterable<DiffEntry>,
  counted: { entries: number; open: number },
): AsyncGenerator<string> {
  yield formatCsvLine(ENTRY_COLUMNS, SPREADSHEET);
  for await (const entry of entries) {
    counted.entries += 1;
    if (entry.state === 'held') counted.open += 1;
    yield formatCsvLine(entryCells(runId, entry), SPREADSHEET);
  }
}

async function report(call: Call): Promise<Answer> {
  const { options } = call;
  const [id = ''] = call.args;
  const [csv, failed] = [options.text('csv'), options.text('failedRows')];
  if (csv !== undefined && failed !== undefined) {
    throw usage('Give --csv or --failed-rows, not both.');
  }
  const { runs } = await call.rollcall();
  const run = await runs.get(id);
  // The report is itself where such a next step leads, so it is left out.
  const document = wordedRun(run.next?.do === 'report' ? { ...run, next: null } : run);
  if (failed !== undefined) return failedRows(call, document, failed);
  const messages = await runs.messages(document.runId);
  if (csv !== undefined) {
    const counted = { messages: 0 };
    await writeCsv(
      csv,
      messagesCsv(call, messages, counted),
      overwriting(call, (name) => `${reportCommand(call)} --csv ${name}`),
    );
    const { messages: n } = counted;
    return {
      document: { runId: document.runId, file: csv, messages: n },
      text: `${csv}: ${n === 1 ? '1 message' : `${count(n)} messages`}\n`,
    };
  }
  const all: RunMessage[] = [];
  for await (const message of messages) all.push(message);
  return {
    document: { ...document, messages: all },
    text: runText({ ...document, messages: all }),
  };
}

async function failedRows(
  call: Call,
  { runId, subject }: Pick<RunDocument, 'runId' | 'subject'>,
  file: string,
): Promise<Answer> {
  const { runs } = await call.rollcall();
  const rows = await runs.failedRows(runId, (error) => call.called(error));
  if (rows.count === 0) {
    return {
      document: { runId, file: null, rows: 0, next: null },
      text: `No row of run ${runId} failed. There is nothing to fix, so ${file} is not written.\n`,
    };
  }
  await writeCsv(
    file,
    rows.lines,
    overwriting(call, (name) => `${reportCommand(call)} --failed-rows ${name}`),
  );
  const next = `rollcall ${IMPORTS[subject]} ${quoted(file)} --retry-of ${runId}`;
  const [counted, them] =
    rows.count === 1 ? ['1 row', 'it'] : [`${count(rows.count)} rows`, 'them'];
  return {
    document: { runId, file, rows: rows.count, next },
    text: `${file}: ${counted}\nnext: fix ${them}, then ${next}\n`,
  };
}

/** The command that imports a file of each subject. */
const IMPORTS = {
  users: 'import',
  enrollments: 'enrollments import',
  credits: 'credits import',
  merges: 'merges import',
} as const satisfies Record<RunSubject, string>;

async function* messagesCsv(
  call: Call,
  messages: AsyncIterable<RunMessage>,
  counted: { messages: number },
): AsyncGenerator<string> {
  yield formatCsvLine(['line', 'column', 'code', 'message', 'count', 'lines'], SPREADSHEET);
  for await (const { line, column, code, message, count = 1, lines } of messages) {
    counted.messages += 1;
    const said = printable(call.called(message));
    const all = lines?.join(' ') ?? line;
    yield formatCsvLine([line, column, code, said, count, all], SPREADSHEET);
  }
}
