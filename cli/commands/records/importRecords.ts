import type { Command } from 'commander';
import { RECORD_COLUMNS, type RecordSubject } from '../../../domain/records/fileColumns';
import { action, examples, repeatable, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { followRun, waitOptions } from '../../wait';
import { gateOf } from '../import';
import { givenListOptions, writtenOptions } from '../listOptions';

/** `rollcall enrollments import` and `rollcall credits import`, below the command of the subject. */
export function registerRecordsImport(
  group: Command,
  { io, subject }: { readonly io: Io; readonly subject: RecordSubject },
): void {
  const command = group
    .command('import <file>')
    .description(
      `import a CSV file of ${WHAT[subject]}, - for stdin; an empty cell changes nothing. Columns: ` +
        RECORD_COLUMNS[subject].map(({ name, about }) => `${name} (${about})`).join('; '),
    )
    .option('--dry-run', 'make the plan and show it; `runs apply` carries out that very plan')
    .option('--expect <n>', 'hold the run when it would change another number of them')
    .option(
      '--map <map>',
      'HEADER=COLUMN, or HEADER=- to pass a column over (repeatable)',
      repeatable,
    )
    .option('--ignore-unknown', 'pass over columns that Rollcall does not know');
  writtenOptions(command)
    .option(
      '--gate <gate=n>',
      'hold the run when it makes (creations) or changes (updates) more, with --reason (repeatable)',
      repeatable,
    )
    .option('--reason <text>', 'your reason, recorded with the run')
    .option('--retry-of <run>', 'the run whose failed rows this file fixes')
    .action(action(io, (call) => start(call, subject)));
  examples(waitOptions(command), ...EXAMPLES[subject]);
}

const WHAT = { enrollments: 'enrollments', credits: 'external credits' } as const;

const EXAMPLES = {
  enrollments: [
    'rollcall enrollments import completions.csv --dry-run',
    "rollcall enrollments import completions.csv --map 'Emp No=user,Kurs=course,Notes=-'",
  ],
  credits: [
    'rollcall credits import certificates.csv --dry-run',
    "rollcall credits import certificates.csv --date-format DD.MM.YYYY --map 'Hours=credits'",
  ],
} as const satisfies Record<RecordSubject, readonly string[]>;

async function start(call: Call, subject: RecordSubject): Promise<Answer> {
  const file = call.args[0];
  if (file === undefined) throw usage('A file is missing.', `rollcall ${subject} import FILE`);
  const { options } = call;
  const gates = options.list('gate').map(gateOf);
  const [expect, reason] = [options.number('expect', 0), options.text('reason')];
  const retryOf = options.text('retryOf');
  const { imports } = await call.rollcall();
  const { runId } = await imports.startRecords({
    ...givenListOptions(options),
    subject,
    file: file === '-' ? call.io.stdin : file,
    dryRun: options.flag('dryRun'),
    ...(expect === undefined ? {} : { expect }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(gates.length === 0 ? {} : { gates: Object.fromEntries(gates) }),
  });
  return followRun(call, runId);
}
