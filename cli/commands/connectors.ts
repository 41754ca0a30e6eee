import type { Command } from 'commander';
import { wordedPerson } from '../../client/words';
import { EXITS, exitOfRows } from '../../domain/exits';
import { action, examples, offering, repeatable, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { givenConfig, readJsonFile, type Faults } from '../givenSettings';
import { count, table, type Io } from '../output';
import { personText } from '../text/source';
import { overwriting, writeOutput } from '../writeFile';
import { faultsText, notRight, registerConnectorsCheck } from './connectorsCheck';

/** `rollcall connectors …` */
export function registerConnectorsCommands(program: Command, io: Io): void {
  const connectors = program
    .command('connectors')
    .description('write and test a connection file for a system that is not among the types');
  examples(connectors, 'rollcall connectors init payroll.json');
  examples(
    offering(connectors.command('init [file]'), {
      paging: ['none', 'offset', 'page', 'cursor', 'nextUrl', 'linkHeader', 'job'],
    })
      .description('write a connection file to begin with (default: to stdout)')
      .option(
        '--paging <kind>',
        'how the system divides its list into pages; see below (default: cursor)',
      )
      .option('--force', 'overwrite a file that exists')
      .addHelpText('after', PAGING_HELP)
      .action(action(io, init)),
    'rollcall connectors init payroll.json --paging page     # writes the file, explains its keys of paging',
    'rollcall connectors validate payroll.json               # after you changed it: every mistake',
    'rollcall connectors check payroll.json                  # does it lose people where the system misbehaves?',
    'rollcall connectors try payroll.json --pages saved/     # on answers that you saved',
    'rollcall sources add --connector payroll.json --name payroll --config host=pay.example.com --secret token=-',
  );
  examples(
    connectors
      .command('validate <file>')
      .description('list every mistake in a connection file, with its place')
      .action(action(io, validate)),
    'rollcall connectors validate payroll.json',
  );
  examples(
    connectors
      .command('try <file>')
      .description('read answers that you saved as files, and show the people; makes no call')
      .requiredOption(
        '--pages <dir>',
        'answers of the system: 1.json, 2.json, …, one for each call',
      )
      .option('--config <key=value>', 'a setting of the connection file (repeatable)', repeatable)
      .option('--people <n>', 'show this many people (default 5)')
      .action(action(io, tryPages)),
    'rollcall connectors try payroll.json --pages saved/',
  );
  registerConnectorsCheck(connectors, io);
}

/** What the kinds of paging are, in words. */
const PAGING_HELP = `
Kinds of paging, and the call for the second page:
  none        everybody in one answer
  offset      GET /people?offset=100&limit=100
  page        GET /people?page=2
  cursor      GET /people?cursor=VALUE, where VALUE stood in the answer
  nextUrl     the whole link stood in the answer
  linkHeader  the whole link stood in the header Link
  job         POST to create a job, GET until it is done, GET its result
docs/connectors/writing.md has a worked example of each, and explains every key.`;

async function init(call: Call): Promise<Answer> {
  const { EXAMPLE, exampleFor } = await import('../../connectors/check/example.js');
  const { PAGE_TYPES, pageKeys } = await import('../../connectors/declaration/pages.js');
  const wanted = call.options.choice('paging', PAGE_TYPES);
  const kind = wanted ?? 'cursor';
  const example = wanted === undefined ? EXAMPLE : exampleFor(wanted);
  const text = `${JSON.stringify(example, null, 2)}\n`;
  const [file] = call.args;
  if (file === undefined) return { document: example, text };
  await writeOutput(
    file,
    [text],
    overwriting(call, (name) => `rollcall connectors init ${name}`),
  );
  const next = `rollcall connectors validate ${file}`;
  const keys = pageKeys(kind).map(
    ({ key, required, about }) =>
      `  page.${key}${required ? '' : ' (may be left out)'}: ${about}\n`,
  );
  return {
    document: { file, next },
    text: `${file}\npaging: ${kind}\n${keys.join('')}next: ${next}\n`,
  };
}

async function validate(call: Call): Promise<Answer> {
  const file = call.args[0] ?? '';
  const { validateConnector } = await import('../../connectors/declaration/validate.js');
  const checked = validateConnector(await readJsonFile(file));
  if (!checked.ok) {
    const { faults } = checked;
    const next = `Fix them, then: rollcall connectors validate ${file}`;
    return {
      document: { file, valid: false, faults, next },
      text: `${faultsText(faults)}next: ${next}\n`,
      exit: EXITS.usage.code,
    };
  }
  const { id, name } = checked.connector;
  const next = `rollcall connectors check ${file}`;
  return {
    document: { file, valid: true, id, sha256: checked.sha256, faults: [], next },
    text: `${id} (${name}) is valid. sha256 ${checked.sha256}\nnext: ${next}\n`,
  };
}

async function tryPages(call: Call): Promise<Answer> {
  const file = call.args[0] ?? '';
  const faults: Faults = [];
  const config = givenConfig(call.options.list('config'), faults);
  const shown = call.options.number('people', 1) ?? 5;
  if (faults.length > 0) throw usage(faults.join('\n'));
  const { validateConnector } = await import('../../connectors/declaration/validate.js');
  const checked = validateConnector(await readJsonFile(file));
  if (!checked.ok) throw notRight(checked.faults, file);
  const { tryConnector } = await import('../../client/connectors.js');
  const folder = call.options.text('pages') ?? '';
  const tried = await tryConnector({ connector: checked.connector, folder, config });
  const { requests, unused, coverage, empty, faulty } = tried;
  const people = tried.people.map(wordedPerson);
  const whole = tried.complete ? 'complete' : `not proved complete: ${words(tried.why ?? '')}`;
  const text = [
    table(
      ['request', 'answered from'],
      requests.map((request) => [request.request, request.file]),
    ),
    `${count(people.length)} people; the list is ${whole}\n`,
    ...people.slice(0, shown).map(personText),
    `have a value: ${Object.entries(coverage)
      .map(([field, n]) => `${field} ${String(n)}`)
      .join(', ')}\n`,
    empty.length === 0 ? '' : `! nobody has ${empty.join(', ')}: are the paths right?\n`,
    unused.length === 0 ? '' : `! files that were not read: ${unused.join(', ')}\n`,
    faulty === 0 ? '' : `! ${count(faulty)} of them would be errors\n`,
    `next: rollcall sources add --connector ${file} --name NAME\n`,
  ].join('');
  return { document: { ...tried, people }, text, exit: exitOfRows(faulty) };
}

function words(code: string): string {
  return code.replaceAll('_', ' ');
}
