import { pageText } from '../../output';
import type { Command } from 'commander';
import { action, commandLine, examples, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { coursesText, courseText } from '../../text/records';
import { pageOptions, pageOf } from '../pages';

/** `rollcall courses …` */
export function registerCoursesCommands(program: Command, io: Io): void {
  const courses = program.command('courses').description('courses: what people are enrolled in');
  examples(courses, 'rollcall courses create SAFETY --name "Safety at work"');
  examples(
    courses
      .command('create <code>')
      .description('create a course; files, filters and commands use its code')
      .requiredOption('--name <name>', 'the name that people read')
      .action(action(io, create)),
    'rollcall courses create SAFETY --name "Safety at work"',
  );
  examples(
    pageOptions(
      courses.command('list').description('courses by code; without --all not the archived ones'),
    )
      .option('--all', 'archived courses, too')
      .action(action(io, list)),
    'rollcall courses list --all',
  );
  examples(
    courses
      .command('show <code>')
      .description('one course, and how many people have each status in it')
      .action(action(io, show)),
    'rollcall courses show SAFETY',
  );
  examples(
    courses
      .command('rename <code>')
      .description('give it another name, or another code; its enrollments stay')
      .option('--name <name>', 'the new name')
      .option('--code <code>', 'the new code; files and saved filters have to use it from then on')
      .action(action(io, rename)),
    'rollcall courses rename SAFETY --name "Safety in the workshop"',
    'rollcall courses rename SAFETY --code SAFETY-101',
  );
  examples(
    courses
      .command('archive <code>')
      .description('enroll nobody new in it; what is recorded stays')
      .option('--undo', 'people can be enrolled again')
      .action(action(io, archive)),
    'rollcall courses archive SAFETY',
    'rollcall courses archive SAFETY --undo',
  );
}

async function create(call: Call): Promise<Answer> {
  const { courses } = await call.rollcall();
  const [code = ''] = call.args;
  const course = await courses.create({ code, name: call.options.text('name') ?? '' });
  return { document: course, text: courseText(course) };
}

async function list(call: Call): Promise<Answer> {
  const { courses } = await call.rollcall();
  const page = await courses.list({ ...pageOf(call), all: call.options.flag('all') });
  const command = commandLine(call, 'rollcall courses list', ['all', 'limit']);
  return {
    document: page,
    text: coursesText(page.courses) + pageText({ next: page.next, command }),
  };
}

async function show(call: Call): Promise<Answer> {
  const { courses } = await call.rollcall();
  const course = await courses.get(call.args[0] ?? '');
  return { document: course, text: courseText(course) };
}

async function rename(call: Call): Promise<Answer> {
  const given = call.options.texts('name', 'code');
  if (Object.keys(given).length === 0) throw usage('Give --name, --code or both.');
  const { courses } = await call.rollcall();
  const course = await courses.rename({ course: call.args[0] ?? '', ...given });
  return { document: course, text: courseText(course) };
}

async function archive(call: Call): Promise<Answer> {
  const { courses } = await call.rollcall();
  const [course = ''] = call.args;
  const archived = await courses.archive({ course, undo: call.options.flag('undo') });
  return { document: archived, text: courseText(archived) };
}
