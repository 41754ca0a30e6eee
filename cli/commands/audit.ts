import type { Command } from 'commander';
import type { AuditEventView } from '../../operations/audit/audit';
import { formatCsvLine } from '../../domain/files/csvCells';
import { action, commandLine, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { count, type Io, pageText } from '../output';
import { AUDIT_COLUMNS, auditCells, auditText } from '../text/audit';
import { marked, overwriting, STDOUT, writeCsv } from '../writeFile';

const SPREADSHEET = { delimiter: ',', mode: 'spreadsheet' } as const;
const CONDITIONS = ['actor', 'subject', 'action', 'since', 'limit'] as const;

/** `rollcall audit …` */
export function registerAuditCommands(program: Command, io: Io): void {
  const audit = program
    .command('audit')
    .description('who did what to which person, when, and with which values');
  examples(audit, 'rollcall audit list --subject E-1042');
  examples(
    audit
      .command('list')
      .description('events, newest first; for admins and owners')
      .option('--actor <admin>', 'what this admin did: a name or an id')
      .option(
        '--subject <subject>',
        'what was done to a user (id, code, login or e-mail), or to TYPE:NAME, such as source:personio, run:0192f0c1, admin:anna, token:rc_4k2m9x1q',
      )
      .option('--action <action>', 'only this action, such as user.edit or run.approve')
      .option('--since <date>', 'from this day (UTC) or instant on, such as 2026-11-30')
      .option('--limit <n>', 'at most this many (default 100, at most 1000; with --csv all)')
      .option('--cursor <c>', 'the next page: `next` of the page before')
      .option(
        '--csv <file>',
        'all of them, as CSV for a spreadsheet: a line for each field; - for standard output',
      )
      .option('--force', 'overwrite the file')
      .action(action(io, list)),
    'rollcall audit list --since 2026-11-01',
    'rollcall audit list --subject anna@example.com',
    'rollcall audit list --actor owner --action user.deactivate --csv audit.csv',
  );
}

async function list(call: Call): Promise<Answer> {
  const { options } = call;
  const csv = options.text('csv');
  const limit = options.number('limit', 1);
  const { audit } = await call.rollcall();
  const input = options.texts('actor', 'subject', 'action', 'since', 'cursor');
  if (csv === undefined) {
    const page = await audit.list({ ...input, ...(limit === undefined ? {} : { limit }) });
    const command = commandLine(call, 'rollcall audit list', CONDITIONS);
    return {
      document: page,
      text: auditText(page.events) + pageText({ next: page.next, command }),
    };
  }
  const counted = { events: 0 };
  const all = audit.all({ ...input, limit: 1000 });
  const csvLines = lines(all, { counted, limit: limit ?? Infinity });
  if (csv === STDOUT) {
    if (call.json) throw usage('--json prints its summary on standard output: give a file.');
    return { stream: marked(csvLines) };
  }
  await writeCsv(
    csv,
    csvLines,
    overwriting(
      call,
      (name) => `${commandLine(call, 'rollcall audit list', CONDITIONS)} --csv ${name}`,
    ),
  );
  const { events } = counted;
  return {
    document: { file: csv, events },
    text: `${csv}: ${events === 1 ? '1 event' : `${count(events)} events`}\n`,
  };
}

async function* lines(
  events: AsyncIterable<AuditEventView>,
  o: { readonly counted: { events: number }; readonly limit: number },
): AsyncGenerator<string> {
  yield formatCsvLine(AUDIT_COLUMNS, SPREADSHEET);
  for await (const event of events) {
    if (o.counted.events >= o.limit) return;
    o.counted.events += 1;
    for (const cells of auditCells(event)) yield formatCsvLine(cells, SPREADSHEET);
  }
}
