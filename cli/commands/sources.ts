import type { Command } from 'commander';
import type { TwoRows } from '../../domain/runs/runOptions';
import { MERGED_PEOPLE, type MergedPeople } from '../../domain/sources/mergedPeople';
import type { GivenList } from '../../operations/sources/listSettings';
import type { SourceDetails } from '../../operations/sources/showSource';
import { action, examples, repeatable, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { givenConfig, givenGates, givenSecrets, readJsonFile, type Faults } from '../givenSettings';
import { table, type Io } from '../output';
import { sourcesText, sourceText, typesText, typeText } from '../text/source';
import { givenKey, givenListOptions, givenTwoRows, listSettings } from './listOptions';
import { confirmLossy } from './connectorsCheck';
import { registerReadingCommands } from './sourcesRead';

/** `rollcall sources …` */
export function registerSourcesCommands(program: Command, io: Io): void {
  const sources = program
    .command('sources')
    .description('where people come from: lists, HR systems, CRMs, directories');
  examples(sources, 'rollcall sources list', 'rollcall sources types');
  examples(
    sources
      .command('types [type]')
      .description('the systems that can be read on a schedule, and the settings of each')
      .action(action(io, types)),
    'rollcall sources types',
    'rollcall sources types bamboohr',
  );
  examples(
    settings(
      sources
        .command('add [type]')
        .description('a new source; nothing is read yet')
        .requiredOption('--name <name>', 'what it is called here'),
    ).action(action(io, add)),
    'rollcall sources add bamboohr --name hr --config company=acme --secret apiKey=-',
    'rollcall sources add --connector payroll.json --name payroll --secret token=@token.txt',
  );
  examples(
    sources
      .command('list')
      .description('all sources: state, last run, next sync, what blocks them')
      .action(action(io, list)),
    'rollcall sources list',
  );
  examples(
    sources
      .command('show <name>')
      .description('one source and its settings; of secrets only whether they are set')
      .action(action(io, show)),
    'rollcall sources show hr',
  );
  examples(
    listSettings(
      systemSettings(
        sources
          .command('set <name>')
          .description(
            'change settings; settings that you do not give stay, and --no-OPTION removes what a list keeps (--no-encoding)',
          ),
      ),
    )
      .option(
        '--time-zone <zone>',
        'time zone of its people, unless it names one for each of them (default: that of its schedule, else UTC)',
      )
      .option(
        '--gate <gate=n>',
        'limit of a gate for this source, or gate=default (repeatable)',
        repeatable,
      )
      .option(
        '--two-rows <rule>',
        'of a list: which of several rows about one person counts: first, last, COLUMN=VALUE or none',
      )
      .action(action(io, set)),
    'rollcall sources set hr --secret apiKey=@key.txt',
    'rollcall sources set hr --gate deactivations=50 --gate creations=default',
    'rollcall sources set hr --time-zone Europe/Vienna',
    'rollcall sources set staff --two-rows Primary=yes',
    'rollcall sources set staff --missing deactivate --encoding windows-1252 --no-map',
  );
  registerReadingCommands(sources, io);
  registerPrecedence(sources, io);
  examples(
    sources
      .command('remove <name>')
      .description('remove a source with its secrets; deactivates nobody')
      .action(action(io, remove)),
    'rollcall sources remove hr',
  );
}

/** `rollcall sources precedence`, and its old word for one release. */
function registerPrecedence(sources: Command, io: Io): void {
  const described = (command: Command, handler: (call: Call) => Promise<Answer>): void => {
    examples(
      command
        .description(
          'which source decides a field of people that several sources know; without a field: all',
        )
        .option('--sources <names>', 'the first of these that says something of the person decides')
        .option('--clear', 'no order: the source that was read last decides')
        .action(action(io, handler)),
      'rollcall sources precedence',
      'rollcall sources precedence department --sources hr,crm',
      'rollcall sources precedence department --clear',
    );
  };
  described(sources.command('precedence [field]'), precedence);
  described(sources.command('mastering [field]', { hidden: true }), async (call) => {
    call.note('`mastering` is now called `precedence`.');
    return precedence(call);
  });
}

function settings(command: Command): Command {
  return command
    .option('--config <key=value>', 'a setting of its type (repeatable)', repeatable)
    .option(
      '--secret <name=from>',
      'where to read a secret: - (standard input), @FILE or env:VARIABLE (repeatable)',
      repeatable,
    )
    .option(
      '--base-url <url>',
      'address of the system, instead of that of its type or connection file',
    )
    .option('--connector <file>', 'your own connection file (JSON), instead of a type');
}

async function types(call: Call): Promise<Answer> {
  const { sourceTypes } = await import('../../client/connectors.js');
  const [wanted] = call.args;
  const all = sourceTypes();
  const found = all.filter(({ id }) => wanted === undefined || id === wanted);
  const [only] = found;
  if (only === undefined) {
    throw usage(`"${wanted ?? ''}" is not a type of source.`, 'rollcall sources types');
  }
  return {
    document: { types: found, next: null },
    text: wanted === undefined ? typesText(found) : typeText(only),
  };
}

/** The values of `add` and `set`; reports every fault of the command line at once. */
async function given(call: Call) {
  const { options } = call;
  const faults: Faults = [];
  const config = givenConfig(options.list('config'), faults);
  const gates = givenGates(options.list('gate'), faults);
  const file = options.text('connector');
  const isNew = call.options.text('name') !== undefined;
  if (file !== undefined && call.args[0] !== undefined && isNew) {
    faults.push('Give a type or --connector, not both.');
  }
  const secrets = await givenSecrets(call, options.list('secret'), faults);
  if (faults.length > 0) throw usage(faults.join('\n'));
  const declaration = file === undefined ? undefined : await readJsonFile(file);
  if (file !== undefined) await confirmLossy(call, { file, isNew, declaration, config });
  return {
    gates,
    config,
    secrets,
    ...options.texts('baseUrl'),
    ...(declaration === undefined ? {} : { declaration }),
  };
}

async function add(call: Call): Promise<Answer> {
  const [type] = call.args;
  if (type === undefined && call.options.text('connector') === undefined) {
    throw usage('TYPE or --connector <file> is missing.', 'rollcall sources types');
  }
  const { gates: _, ...input } = await given(call);
  const { sources } = await call.rollcall();
  const source = await sources.add({
    ...input,
    name: call.options.text('name') ?? '',
    ...(type === undefined ? {} : { type }),
  });
  return shown(source);
}

async function list(call: Call): Promise<Answer> {
  const { sources } = await call.rollcall();
  const all = await sources.list();
  return { document: { sources: all, next: null }, text: sourcesText(all) };
}

async function show(call: Call): Promise<Answer> {
  const { sources } = await call.rollcall();
  return shown(await sources.get(call.args[0] ?? ''));
}

/** Options of `set` that only a system has. */
function systemSettings(command: Command): Command {
  return settings(command)
    .option('--no-base-url', 'go back to the address of its type or connection file')
    .option(
      `--merged-people <${MERGED_PEOPLE.join('|')}>`,
      'of a system that merges people itself: only say so, or propose the pair (users duplicates), too (default: tell)',
    );
}

async function set(call: Call): Promise<Answer> {
  const { secrets, config, gates, ...rest } = await given(call);
  const { sources } = await call.rollcall();
  const source = await sources.set({
    name: call.args[0] ?? '',
    config,
    gates,
    ...rest,
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    ...(call.options.isOff('baseUrl') ? { baseUrl: null } : {}),
    ...zone(call.options.text('timeZone')),
    ...rule(call.options.text('twoRows')),
    ...mergedPeople(call),
    ...listOptions(call),
  });
  return shown(source);
}

/** `default`: the zone of the source's schedule, otherwise UTC. */
function zone(given: string | undefined): { timeZone?: string | null } {
  if (given === undefined) return {};
  return { timeZone: given === 'default' ? null : given };
}

/** Options that a list keeps for its imports. */
function listOptions({ options }: Call): { list?: GivenList } {
  const key = givenKey(options.text('key'));
  const list = { ...givenListOptions(options), ...(key === undefined ? {} : { key }) };
  return Object.keys(list).length === 0 ? {} : { list };
}

function mergedPeople({ options }: Call): { mergedPeople?: MergedPeople } {
  const mergedPeople = options.choice('mergedPeople', MERGED_PEOPLE);
  return mergedPeople === undefined ? {} : { mergedPeople };
}

/** `none`: several rows about one person are conflicts again. */
function rule(given: string | undefined): { twoRows?: TwoRows | null } {
  if (given === undefined) return {};
  return { twoRows: given === 'none' ? null : givenTwoRows(given) };
}

async function remove(call: Call): Promise<Answer> {
  const { sources } = await call.rollcall();
  const name = call.args[0] ?? '';
  const question = `Remove the source "${name}" with its secrets? Nobody is deactivated.`;
  if (!(await call.confirm(question, '--yes'))) {
    return { document: { name, removed: false, keptAs: null }, text: 'Nothing was changed.\n' };
  }
  const lists = (await sources.mastering()).filter((one) => one.sources.includes(name));
  const removed = await sources.remove(name);
  const kept =
    removed.keptAs === null
      ? ''
      : `Its runs and the people it knows are kept as "${removed.keptAs}"; the name is free again.\n`;
  return {
    document: { ...removed, removed: true },
    text: `The source "${name}" is removed with its secrets. Nobody was deactivated.\n${kept}${undecided(name, lists)}`,
  };
}

/** Says which fields the removed source had a part in deciding. */
function undecided(name: string, lists: readonly { readonly field: string }[]): string {
  if (lists.length === 0) return '';
  const fields = lists.map(({ field }) => field).join(', ');
  return `"${name}" no longer decides ${fields}: rollcall sources precedence shows which sources do.\n`;
}

async function precedence(call: Call): Promise<Answer> {
  const [field] = call.args;
  const names = call.options.text('sources');
  const clear = call.options.flag('clear');
  const { sources } = await call.rollcall();
  if (names !== undefined && clear) {
    throw usage('Give --sources or --clear, not both.', 'rollcall sources precedence --help');
  }
  if (names !== undefined || clear) {
    if (field === undefined) throw usage('FIELD is missing.', 'rollcall sources precedence --help');
    const list = (names ?? '').split(',').map((name) => name.trim());
    await sources.setMastering({ field, sources: list.filter((name) => name !== '') });
  }
  const all = await sources.mastering();
  const rows = all.map((one) => [one.field, one.sources.join(', ')]);
  const none = 'No field has a source precedence: the source that was read last decides.\n';
  return {
    document: { mastering: all, next: null },
    text: all.length === 0 ? none : table(['field', 'decided by'], rows),
  };
}

function shown(source: SourceDetails): Answer {
  return { document: source, text: sourceText(source) };
}
