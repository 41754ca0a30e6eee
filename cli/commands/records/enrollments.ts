import { pageText } from '../../output';
import type { Command } from 'commander';
import type { ChangedEnrollment } from '../../../operations/records/enrollments';
import { ENROLLMENT_STATUS_NAMES } from '../../../domain/records/statuses';
import { quoted } from '../../../domain/shown';
import { action, commandLine, examples, offering, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { enrollmentsText } from '../../text/records';
import { registerRecordsImport } from './importRecords';
import { namesOf, pageOf, pageOptions } from '../pages';

const STATUSES = ENROLLMENT_STATUS_NAMES;

/** `rollcall enrollments …` */
export function registerEnrollmentsCommands(program: Command, io: Io): void {
  const enrollments = program
    .command('enrollments')
    .description('who is in which course, and with what outcome');
  examples(enrollments, 'rollcall enrollments set anna@example.com SAFETY --status completed');
  examples(
    pageOptions(
      offering(enrollments.command('list <user>'), { status: STATUSES })
        .description("a person's enrollments: one for each course")
        .option('--course <code>', 'only in this course')
        .option('--status <status>', STATUSES.join(', ')),
    ).action(action(io, list)),
    'rollcall enrollments list anna@example.com',
    'rollcall enrollments list E-1042 --status completed',
  );
  examples(
    offering(enrollments.command('set <user> <course>'), { status: STATUSES, clear: CLEARED })
      .description('enroll a person, or change the enrollment that there is')
      .requiredOption('--status <status>', STATUSES.join(', '))
      .option('--score <n>', 'from 0 to 99999.99')
      .option('--progress <percent>', 'from 0 to 100')
      .option('--completed <date>', 'YYYY-MM-DD; without it, a course is completed today')
      .option('--clear <names>', 'empty score, progress or both (with a comma)')
      .option('--if-version <n>', 'only if the enrollment still has this version')
      .addHelpText('after', SET_HELP)
      .action(action(io, set)),
    'rollcall enrollments set anna@example.com SAFETY --status enrolled',
    'rollcall enrollments set E-1042 SAFETY --status completed --score 82.5 --completed 2026-11-27',
  );
  examples(
    enrollments
      .command('remove <user> <course>')
      .description('cancel an enrollment; `set` takes it up again')
      .action(action(io, remove)),
    'rollcall enrollments remove anna@example.com SAFETY',
  );
  registerRecordsImport(enrollments, { io, subject: 'enrollments' });
}

const CLEARED = ['score', 'progress'] as const;

const SET_HELP = `
A person has one enrollment for each course. What you leave out stays as it is. A course that is
completed keeps its day of completion until it has another status; a cancelled one keeps it, too.`;

async function list(call: Call): Promise<Answer> {
  const { enrollments } = await call.rollcall();
  const page = await enrollments.list({
    user: call.args[0] ?? '',
    ...call.options.texts('course', 'status'),
    ...pageOf(call),
  });
  const command = commandLine(call, 'rollcall enrollments list', ['course', 'status', 'limit']);
  const text =
    page.enrollments.length === 0 ? 'No enrollments.\n' : enrollmentsText(page.enrollments);
  return { document: page, text: text + pageText({ next: page.next, command }) };
}

async function set(call: Call): Promise<Answer> {
  const { options } = call;
  const [user = '', course = ''] = call.args;
  const clear = namesOf(call, 'clear').map(cleared);
  const ifVersion = options.number('ifVersion', 1);
  const completedAt = options.text('completed');
  const { enrollments } = await call.rollcall();
  const enrollment = await enrollments.set({
    ...{ user, course, status: options.text('status') ?? '' },
    ...options.texts('score', 'progress'),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(clear.length === 0 ? {} : { clear }),
    ...(ifVersion === undefined ? {} : { ifVersion }),
  });
  return changed(enrollment, user);
}

function cleared(given: string): (typeof CLEARED)[number] {
  const name = CLEARED.find((known) => known === given);
  if (name !== undefined) return name;
  throw usage(`--clear takes ${CLEARED.join(' and ')}, not "${given}".`);
}

async function remove(call: Call): Promise<Answer> {
  const { enrollments } = await call.rollcall();
  const [user = '', course = ''] = call.args;
  return changed(await enrollments.remove({ user, course }), user);
}

function changed(enrollment: ChangedEnrollment, user: string): Answer {
  const text = `${enrollment.change}\n${enrollmentsText([enrollment])}`;
  return { document: enrollment, text: `${text}next: rollcall users history ${quoted(user)}\n` };
}
