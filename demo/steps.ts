import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeCompany } from '../company/company';
import { DemoFailure, type Demo, type ShownRun } from './stage';

const CHECKED = 'looked through it: it is right';

/** The two files of a demo. */
export interface Files {
  readonly first: string;
  readonly second: string;
  /** Generated here: then the demo knows the expected result. */
  readonly madeUp: boolean;
}

/** Generates a company, and the same company a day later. */
export async function writeFiles(demo: Demo, folder: string, people: number): Promise<Files> {
  const [monday, tuesday] = [join(folder, 'monday.csv'), join(folder, 'tuesday.csv')];
  const company = { people, quoted: 0.01 };
  const first = await writeCompany(monday, { ...company, bad: 0.003, twice: 0.002 });
  const second = await writeCompany(tuesday, {
    ...company,
    nextDay: {
      hires: 0.02,
      leavers: 0.07,
      moves: 0.05,
      renames: 0.01,
      swaps: 0.006,
      returns: 0.05,
    },
  });
  demo.step(
    'A company',
    `Made up: ${people.toLocaleString('en')} people with names in eight scripts, as an HR system exports them.
monday.csv has ${String(first.rows)} rows; some are wrong (${Object.keys(first.bad).join(', ')}),
${String(first.identical)} people stand in it twice, ${String(first.contradicting)} twice with different values.
tuesday.csv is the same company a day later, ${String(second.rows)} rows: ${String(second.hired)} new people (hires) at its
end, ${String(second.left)} who were active and now say inactive (leavers), some back from leave, others with another
department, manager or name, pairs who exchanged addresses; and Monday's bad rows are good now.`,
  );
  demo.say(`\n$ head -4 monday.csv\n${head(monday, 4)}`);
  return { first: 'monday.csv', second: 'tuesday.csv', madeUp: true };
}

function head(path: string, lines: number): string {
  return readFileSync(path, 'utf8').split('\n').slice(0, lines).join('\n');
}

/**
 * A dry run of the first file, its plan, the application of that same plan, and the faulty rows.
 */
export async function playFirst(demo: Demo, files: Files): Promise<void> {
  demo.step(
    'Look first: a dry run',
    `The file is stored, read, matched with the people who are there, and planned. Nothing is changed.`,
  );
  const plan = await demo.runs(['import', files.first, '--dry-run']);
  expect(plan.state === 'planned', 'the dry run is planned');
  demo.say('\nWhat it would do, line by line (the first few):');
  await demo.run(['runs', 'diff', plan.runId, '--limit', '4']);

  demo.step('Apply that very plan', 'Nothing stronger than what was shown is written.');
  const applied = await settled(
    demo,
    await demo.runs(['runs', 'apply', plan.runId], { lines: 14 }),
    CHECKED,
  );
  if (files.madeUp) expect(applied.counts.created > 5_000, 'more than 5,000 people were created');
  if (applied.counts.error + applied.counts.conflict > 0) await playBadRows(demo, applied);
}

async function playBadRows(demo: Demo, run: ShownRun): Promise<void> {
  demo.step(
    'The bad rows',
    `${String(run.counts.error)} rows have a fault, ${String(run.counts.conflict)} contradict each other. They were left out, the good rows
beside them went through. Here they are as a file: mend it, and import it again.`,
  );
  await demo.run(['runs', 'report', run.runId, '--failed-rows', 'failed.csv']);
  demo.say(`\n$ head -4 failed.csv\n${head(join(demo.place.folder, 'failed.csv'), 4)}`);
}

/** The second file: held by a gate, inspected, approved. */
export async function playSecond(demo: Demo, files: Files): Promise<ShownRun> {
  demo.step(
    files.madeUp ? 'The next day' : 'The second file',
    files.madeUp
      ? `More than 5 % of the active people are inactive in this file. Perhaps they left; perhaps the export
went wrong. So a gate holds the whole run, before anything is changed. (Created are the hires, and
whom Monday's bad rows had left out; deactivated are the leavers whom Monday had let in.)`
      : 'Where it would do more than is usual, a gate holds it whole.',
  );
  const held = await demo.runs(['import', files.second]);
  if (files.madeUp) {
    const gates = held.held.map(({ gate }) => gate).join(', ');
    expect(held.state === 'held' && gates === 'deactivations', 'the gate deactivations holds it');
  }
  const reason = files.madeUp ? 'checked with HR: the plant in Bergen closed' : CHECKED;
  return settled(demo, held, reason);
}

/** Shows and approves a run as long as gates hold it. */
async function settled(demo: Demo, run: ShownRun, reason: string): Promise<ShownRun> {
  if (run.state !== 'held') return run;
  const [gate] = run.held;
  demo.step('Held', 'Nobody was changed yet. Whom would it change?');
  const counted = gate?.gate === 'deactivations' ? ['--gate', gate.gate] : [];
  await demo.run(['runs', 'diff', run.runId, ...counted, '--limit', '6']);
  demo.say('\nA person looks at it, decides, and says why:');
  const done = await demo.runs(['runs', 'approve', run.runId, '--reason', reason]);
  expect(done.state === 'done', 'the approved run is done');
  return done;
}

/** Undoes a run: first as a dry run, then for real. */
export async function playUndo(demo: Demo, run: ShownRun): Promise<void> {
  demo.step(
    'Undo',
    `And if it was wrong after all? Every field that the run wrote, and nobody changed since, goes back.
People whom it created are deactivated; nobody is deleted. First to look:`,
  );
  const plan = await demo.runs(['runs', 'undo', run.runId, '--dry-run']);
  const people = plan.held.find(({ gate }) => gate === 'expect')?.count ?? 0;
  if (people === 0) {
    demo.say('\nThere is nothing to take back.');
    return;
  }
  demo.say(`\nThen for real, for just that many people (another number would be held):`);
  const undone = await demo.runs(['runs', 'undo', run.runId, '--expect', String(people)]);
  expect(undone.state === 'done', 'the undo is done');
}

const SECOND_ACCOUNT = 'second.account@example.com';

const someone = z.object({
  users: z
    .array(z.object({ code: z.string(), firstName: z.string(), lastName: z.string() }))
    .min(1),
});
const merges = z.object({ merges: z.array(z.object({ mergeId: z.string() })).min(1) });

/** Merges the second account of a person into the first one, and takes that back. */
export async function playMerge(demo: Demo): Promise<void> {
  const [person] = someone.parse(await demo.ask(['users', 'list', '--limit', '1'])).users;
  if (person === undefined) throw new DemoFailure('nobody is left to be merged');
  const { code, firstName, lastName } = person;
  demo.step(
    'Two accounts, one person',
    `${firstName} ${lastName} has made a second account by a private address, and completed a course with it.
The first one is the account of the file. First the courses, and the second account:`,
  );
  await demo.run(['courses', 'create', 'SAFETY', '--name', 'Safety at work'], SHORT);
  await demo.run(['enrollments', 'set', code, 'SAFETY', '--status', 'enrolled'], SHORT);
  await demo.run(
    [
      'users',
      'create',
      '--email',
      SECOND_ACCOUNT,
      '--first-name',
      firstName,
      '--last-name',
      lastName,
    ],
    SHORT,
  );
  const completed = ['--status', 'completed', '--score', '91.5'];
  await demo.run(['enrollments', 'set', SECOND_ACCOUNT, 'SAFETY', ...completed], SHORT);
  demo.say('\nWhat a merge would do:');
  await demo.run(['users', 'merge', code, SECOND_ACCOUNT, '--dry-run']);
  demo.say('\nIt is right. The completed course is kept, and both addresses find the person:');
  await demo.run(['users', 'merge', code, SECOND_ACCOUNT, '--yes'], SHORT);
  await demo.run(['enrollments', 'list', SECOND_ACCOUNT]);
  demo.say('\nAnd if they were two people after all? A merge can be taken back for 180 days:');
  const listed = merges.parse(await demo.ask(['merges', 'list', '--user', code]));
  await demo.run(['users', 'unmerge', listed.merges[0]?.mergeId ?? '', '--yes'], SHORT);
  await demo.run(['enrollments', 'list', code]);
}

const SHORT = { lines: 8 } as const;

function expect(holds: boolean, what: string): void {
  if (!holds) throw new DemoFailure(`it is not so that ${what}`);
}
