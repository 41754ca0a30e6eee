import type { Command } from 'commander';
import { PROPERTY_TYPES } from '../../domain/users/fields';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { table, type Io } from '../output';

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
    properties.command('list').description('all properties').action(action(io, list)),
    'rollcall properties list',
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
  const properties = await rollcall.properties.list();
  const text = table(
    ['key', 'type', 'name'],
    properties.map(({ key, type, name }) => [key, type, name]),
  );
  return {
    document: { properties, next: null },
    text: properties.length === 0 ? 'No properties.\n' : text,
  };
}

async function remove(call: Call): Promise<Answer> {
  const { properties } = await call.rollcall();
  const key = call.args[0] ?? '';
  await properties.delete(key);
  return { document: { key, deleted: true }, text: `properties.${key} is deleted.\n` };
}
