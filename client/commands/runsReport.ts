import type { Command } from 'commander';
import { formatCsvLine } from '../../domain/csvCells';
import type { DiffEntry } from '../../domain/run';
import { parseAction, parseGate } from '../../operations/runs';
import { action, examples, type Answer, type Call } from '../command';
import { diffLines, entryCells, ENTRY_COLUMNS, shownValue } from '../diffText';
import { printable, type Io } from '../output';
import { runText } from '../runText';
import { usage } from '../failure';
import { writeOutput } from '../writeFile';

const SPREADSHEET = { delimiter: ',', mode: 'spreadsheet' } as const;

/** `rollcall runs diff|report`: what a plan changes, and what was wrong with its rows. */
export function registerReportCommands(runs: Command, io: Io): void {
  examples(
    runs
      .command('diff <id>')
      .description('what the plan of a run changes, entry by entry')
      .option('--action <action>', 'only this action: create, update, deactivate, conflict, …')
      .option('--gate <gate>', 'only what this gate counts')
      .option('--field <field>', 'only changes of this field')
      .option('--csv <file>', 'into a file, one line an entry; `runs approve --entries` reads it')
      .action(action(io, diff)),
    'rollcall runs diff 0192f0c1 --action deactivate',
    'rollcall runs diff 0192f0c1 --gate deactivations --csv leavers.csv',
  );
  examples(
    runs
      .command('report <id>')
      .description('a run with all its messages')
      .option('--csv <file>', 'the messages into a file')
      .option('--failed-rows <file>', 'the rows that failed, to mend and import with --retry-of')
      .action(action(io, report)),
    'rollcall runs report 0192f0c1',
    'rollcall runs report 0192f0c1 --failed-rows mend.csv',
  );
}

async function diff(call: Call): Promise<Answer> {
  const { options } = call;
  const [id = ''] = call.args;
  const [what, gate] = [options.text('action'), options.text('gate')];
  const [field, file] = [options.text('field'), options.text('csv')];
  const wanted = {
    ...(what === undefined ? {} : { action: parseAction(what) }),
    ...(gate === undefined ? {} : { gate: parseGate(gate) }),
    ...(field === undefined ? {} : { field }),
  };
  const { runs } = await call.rollcall();
  const entries = await runs.diff({ run: id, ...wanted });
  if (file === undefined) {
    return {
      stream: call.json ? diffJson((await runs.get(id)).runId, entries) : diffLines(entries),
    };
  }
  const counted = { entries: 0 };
  await writeOutput(file, entriesCsv(entries, counted));
  const document = { runId: (await runs.get(id)).runId, file, entries: counted.entries };
  return { document, text: `${file}: ${String(counted.entries)} entries\n` };
}

async function* diffJson(runId: string, entries: AsyncIterable<DiffEntry>): AsyncGenerator<string> {
  yield `{"runId":${JSON.stringify(runId)},"entries":[`;
  let first = true;
  for await (const entry of entries) {
    yield `${first ? '' : ','}\n${JSON.stringify(entry)}`;
    first = false;
  }
  yield '\n]}\n';
}

async function* entriesCsv(
  entries: AsyncIterable<DiffEntry>,
  counted: { entries: number },
): AsyncGenerator<string> {
  yield formatCsvLine(ENTRY_COLUMNS, SPREADSHEET);
  for await (const entry of entries) {
    counted.entries += 1;
    yield formatCsvLine(entryCells(entry), SPREADSHEET);
  }
}

async function report(call: Call): Promise<Answer> {
  const { options } = call;
  const [id = ''] = call.args;
  const [csv, failed] = [options.text('csv'), options.text('failedRows')];
  if (csv !== undefined && failed !== undefined) {
    throw usage('Give --csv or --failed-rows, not both.', 'rollcall runs report --help');
  }
  const { runs } = await call.rollcall();
  const document = await runs.get(id);
  if (failed !== undefined) {
    const rows = await runs.failedRows(document.runId);
    await writeOutput(failed, rows.lines);
    const next = `rollcall import ${failed} --retry-of ${document.runId}`;
    return {
      document: { runId: document.runId, file: failed, rows: rows.count, next },
      text: `${failed}: ${String(rows.count)} rows\nnext: mend them, then ${next}\n`,
    };
  }
  const messages = await runs.messages(document.runId);
  if (csv !== undefined) {
    await writeOutput(csv, messagesCsv(messages));
    return {
      document: { runId: document.runId, file: csv, messages: document.messageCount },
      text: `${csv}: ${String(document.messageCount)} messages\n`,
    };
  }
  const all: Message[] = [];
  for await (const message of messages) all.push(message);
  return {
    document: { ...document, messages: all },
    text: runText({ ...document, messages: all, messageCount: all.length }),
  };
}

interface Message {
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

async function* messagesCsv(messages: AsyncIterable<Message>): AsyncGenerator<string> {
  yield formatCsvLine(['line', 'column', 'code', 'message'], SPREADSHEET);
  for await (const { line, column, code, message } of messages) {
    yield formatCsvLine([line, column, code, printable(shownValue(message))], SPREADSHEET);
  }
}
