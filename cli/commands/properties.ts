import type { Command } from 'commander';
import type { CountedProperty, PropertyView } from '../../operations/users/properties';
import { PROPERTY_TYPES } from '../../domain/users/fields';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { count, pairs, table, type Io, minute } from '../output';

/** `rollcall properties …` */
export function registerPropertiesCommands(program: Command, io: Io): void {
  const properties = program
    .command('properties')
    .description('custom properties of users: `properties.KEY` in files and filters');
  examples(properties, 'rollcall properties create costCentre --type text --name "Cost centre"');
  examples(
    properties
      .command('create <key>')
      .description('create a property')
      .requiredOption('--type <type>', PROPERTY_TYPES.join(', '))
      .requiredOption('--name <name>', 'the name that people read')
      .action(action(io, create)),
    'rollcall properties create costCentre --type text --name "Cost centre"',
  );
  examples(
    properties
      .command('list')
      .description('properties by key; without --all not the archived ones')
      .option('--all', 'archived properties, too')
      .option('--count', 'also how many users have a value in each')
      .action(action(io, list)),
    'rollcall properties list',
    'rollcall properties list --all --count',
  );
  examples(
    properties
      .command('show <key>')
      .description('one property, and how many users have a value in it')
      .action(action(io, show)),
    'rollcall properties show costCentre',
  );
  examples(
    properties
      .command('rename <key>')
      .description('give it another name; the key stays')
      .requiredOption('--name <name>', 'the new name')
      .action(action(io, rename)),
    'rollcall properties rename costCentre --name "Cost centre (SAP)"',
  );
  examples(
    properties
      .command('archive <key>')
      .description('let nobody get a new value in it; the values that people have stay')
      .option('--undo', 'people can get values again')
      .action(action(io, archive)),
    'rollcall properties archive costCentre',
    'rollcall properties archive costCentre --undo',
  );
  examples(
    properties
      .command('delete <key>')
      .description('delete a property; only while no user has a value in it')
      .action(action(io, remove)),
    'rollcall properties delete costCentre',
  );
}

async function create(call: Call): Promise<Answer> {
  const type = call.options.choice('type', PROPERTY_TYPES);
  if (type === undefined) throw usage('--type is missing.');
  const { properties } = await call.rollcall();
  const name = call.options.text('name') ?? '';
  const document = await properties.create({
    key: call.args[0] ?? '',
    name,
    type,
  });
  return { document, text: `properties.${document.key} is created: ${document.type}.\n` };
}

async function list(call: Call): Promise<Answer> {
  const rollcall = await call.rollcall();
  const [all, counts] = [call.options.flag('all'), call.options.flag('count')];
  const properties: readonly Listed[] = await (counts
    ? rollcall.properties.counts({ all })
    : rollcall.properties.list({ all }));
  const text = table(
    [
      ...['key', 'type', 'name'],
      ...(counts ? ['users', 'active'] : []),
      ...(all ? ['archived (UTC)'] : []),
    ],
    properties.map(({ key, type, name, users = 0, activeUsers = 0, archivedAt }) => [
      ...[key, type, name],
      ...(counts ? [users, activeUsers] : []),
      ...(all ? [archivedAt === null ? null : minute(archivedAt)] : []),
    ]),
  );
  return {
    document: { properties, next: null },
    text: properties.length === 0 ? 'No properties.\n' : text,
  };
}

type Listed = PropertyView & Partial<CountedProperty>;

async function show(call: Call): Promise<Answer> {
  const { properties } = await call.rollcall();
  return shown(await properties.get(call.args[0] ?? ''));
}

async function rename(call: Call): Promise<Answer> {
  const { properties } = await call.rollcall();
  const [key = ''] = call.args;
  return shown(await properties.rename({ key, name: call.options.text('name') ?? '' }));
}

async function archive(call: Call): Promise<Answer> {
  const { properties } = await call.rollcall();
  const [key = ''] = call.args;
  return shown(await properties.archive({ key, undo: call.options.flag('undo') }));
}

function shown(property: Listed): Answer {
  const { key, type, name, users, activeUsers, archivedAt } = property;
  return {
    document: property,
    text: pairs([
      ...([
        ['key', key],
        ['type', type],
        ['name', name],
      ] as const),
      ...(users === undefined
        ? []
        : [['users', `${count(users)} (${count(activeUsers ?? 0)} active)`] as const]),
      ...(archivedAt === null ? [] : [['archived', `${minute(archivedAt)} UTC`] as const]),
    ]),
  };
}

async function remove(call: Call): Promise<Answer> {
  const { properties } = await call.rollcall();
  const key = call.args[0] ?? '';
  await properties.delete(key);
  return { document: { key, deleted: true }, text: `properties.${key} is deleted.\n` };
}
