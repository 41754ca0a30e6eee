import { pageText } from '../../output';
import type { Command } from 'commander';
import type { ChangedCredit } from '../../../operations/records/credits';
import { action, commandLine, examples, offering, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { creditsText, creditText } from '../../text/records';
import { registerRecordsImport } from './importRecords';
import { namesOf, pageOf, pageOptions } from '../pages';

/** `rollcall credits …` */
export function registerCreditsCommands(program: Command, io: Io): void {
  const credits = program
    .command('credits')
    .description('external credits: what people learned elsewhere');
  const example =
    'rollcall credits add anna@example.com --title "First aid" --provider "Red Cross" --credits 1.5 --earned 2026-03-01';
  examples(credits, example);
  examples(
    pageOptions(
      credits.command('list <user>').description("a person's external credits, the newest first"),
    ).action(action(io, list)),
    'rollcall credits list anna@example.com',
  );
  examples(
    credits
      .command('add <user>')
      .description('add an external credit; the same one is there once')
      .requiredOption('--title <text>', 'what was learned')
      .requiredOption('--provider <name>', 'who gave it')
      .requiredOption('--credits <n>', 'above 0, up to 999999.99')
      .requiredOption('--earned <date>', 'YYYY-MM-DD')
      .option('--evidence <address>', EVIDENCE)
      .action(action(io, add)),
    example,
  );
  examples(
    offering(credits.command('edit <user> <credit>'), { clear: ['evidence'] })
      .description('change values of a credit, by the id that `credits list` shows')
      .option('--title <text>', 'what was learned')
      .option('--provider <name>', 'who gave it')
      .option('--credits <n>', 'above 0, up to 999999.99')
      .option('--earned <date>', 'YYYY-MM-DD')
      .option('--evidence <address>', EVIDENCE)
      .option('--clear <name>', 'take it out: evidence')
      .option('--if-version <n>', 'only if the credit still has this version')
      .action(action(io, edit)),
    'rollcall credits edit anna@example.com 0192f0c1-0000-7000-8000-000000000001 --credits 2',
  );
  examples(
    credits
      .command('remove <user> <credit>')
      .description("delete a credit; the person's history keeps its values")
      .action(action(io, remove)),
    'rollcall credits remove anna@example.com 0192f0c1-0000-7000-8000-000000000001',
  );
  registerRecordsImport(credits, { io, subject: 'credits' });
}

const EVIDENCE = 'an https:// address; it is shown, and never opened by Rollcall';

async function list(call: Call): Promise<Answer> {
  const { credits } = await call.rollcall();
  const page = await credits.list({ user: call.args[0] ?? '', ...pageOf(call) });
  const command = commandLine(call, 'rollcall credits list', ['limit']);
  const text = page.credits.length === 0 ? 'No external credits.\n' : creditsText(page.credits);
  return { document: page, text: text + pageText({ next: page.next, command }) };
}

async function add(call: Call): Promise<Answer> {
  const { credits } = await call.rollcall();
  const { title = '', provider = '', credits: number = '', earnedOn = '', ...more } = given(call);
  const [user = ''] = call.args;
  return changed(await credits.add({ user, title, provider, credits: number, earnedOn, ...more }));
}

async function edit(call: Call): Promise<Answer> {
  const { options } = call;
  const other = namesOf(call, 'clear').find((name) => name !== 'evidence');
  if (other !== undefined) throw usage(`--clear takes evidence, not "${other}".`);
  const values = given(call);
  const clears = options.text('clear') !== undefined;
  if (Object.keys(values).length === 0 && !clears) throw usage('There is nothing to change.');
  const ifVersion = options.number('ifVersion', 1);
  const { credits } = await call.rollcall();
  const [user = '', credit = ''] = call.args;
  const edited = await credits.edit({
    ...{ user, credit },
    ...values,
    ...(clears ? { clear: ['evidenceUrl'] } : {}),
    ...(ifVersion === undefined ? {} : { ifVersion }),
  });
  return changed(edited);
}

async function remove(call: Call): Promise<Answer> {
  const { credits } = await call.rollcall();
  const [user = '', credit = ''] = call.args;
  return changed(await credits.remove({ user, credit }));
}

/** The values that are given, by the names that the library has for them. */
function given({ options }: Call): {
  readonly title?: string;
  readonly provider?: string;
  readonly credits?: string;
  readonly earnedOn?: string;
  readonly evidenceUrl?: string;
} {
  const { earned, evidence, ...same } = options.texts(
    ...(['title', 'provider', 'credits', 'earned', 'evidence'] as const),
  );
  return {
    ...same,
    ...(earned === undefined ? {} : { earnedOn: earned }),
    ...(evidence === undefined ? {} : { evidenceUrl: evidence }),
  };
}

function changed(credit: ChangedCredit): Answer {
  return { document: credit, text: `${credit.change}\n${creditText(credit)}` };
}
