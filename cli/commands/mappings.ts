import type { Command } from 'commander';
import { DATE_FORMATS } from '../../domain/dates';
import { action, examples, repeatable, type Call } from '../command';
import { table, type Io } from '../output';
import type { SavedMapping } from '../../operations/sources/mappings';

/** `rollcall mappings …` */
export function registerMappingsCommands(program: Command, io: Io): void {
  const mappings = program
    .command('mappings')
    .description('saved mappings of columns and values, for `import --map NAME`');
  examples(mappings, "rollcall mappings save hr --map 'Emp No=code,Notes=-'");
  examples(
    mappings
      .command('save <name>')
      .description('save a mapping under a name; it replaces one of that name')
      .option('--map <map>', 'column=field,… as `import --map` takes it (repeatable)', repeatable)
      .option(
        '--date-format <format>',
        `the form of dates that are not YYYY-MM-DD: ${DATE_FORMATS}`,
      )
      .option(
        '--null <words>',
        'words that mean no value, such as NULL,N/A (repeatable)',
        repeatable,
      )
      .action(action(io, save)),
    'rollcall mappings save hr --map \'Emp No=code,Notes=-,status:"On leave"=active\'',
  );
  examples(
    mappings.command('list').description('all mappings').action(action(io, list)),
    'rollcall mappings list',
  );
  examples(
    mappings.command('show <name>').description('one mapping').action(action(io, show)),
    'rollcall mappings show hr',
  );
  examples(
    mappings.command('delete <name>').description('delete a mapping').action(action(io, remove)),
    'rollcall mappings delete hr',
  );
}

async function save(call: Call) {
  const { mappings } = await call.rollcall();
  const dateFormat = call.options.text('dateFormat');
  const nullWords = call.options.list('null').flatMap((words) => words.split(','));
  const document = await mappings.save({
    name: call.args[0] ?? '',
    map: call.options.list('map'),
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(nullWords.length === 0 ? {} : { nullWords }),
  });
  return { document, text: mappingText(document) };
}

async function list(call: Call) {
  const { mappings } = await call.rollcall();
  const all = await mappings.list();
  const text = table(
    ['name', 'columns', 'value maps', 'dates', 'saved (UTC)'],
    all.map((mapping) => [
      mapping.name,
      Object.keys(mapping.columns).length,
      Object.keys(mapping.values).join(', '),
      mapping.dateFormat ?? null,
      mapping.updatedAt.slice(0, 16).replace('T', ' '),
    ]),
  );
  return {
    document: { mappings: all, next: null },
    text: all.length === 0 ? 'No mappings.\n' : text,
  };
}

async function show(call: Call) {
  const { mappings } = await call.rollcall();
  const document = await mappings.get(call.args[0] ?? '');
  return { document, text: mappingText(document) };
}

async function remove(call: Call) {
  const { mappings } = await call.rollcall();
  const name = call.args[0] ?? '';
  await mappings.delete(name);
  return { document: { name, deleted: true }, text: `Mapping ${name} is deleted.\n` };
}

function mappingText({ name, columns, values, dateFormat, nullWords = [] }: SavedMapping): string {
  const rows = [
    ...Object.entries(columns).map(([header, field]) => [
      header,
      field === '-' ? '(ignored)' : field,
    ]),
    ...Object.entries(values).flatMap(([field, map]) =>
      Object.entries(map).map(([given, value]) => [`${field}: ${given}`, value]),
    ),
    ...(dateFormat === undefined ? [] : [['dates', dateFormat]]),
    ...nullWords.map((word) => [word, '(no value)']),
  ];
  return `mapping ${name}\n${table(['in the file', 'means'], rows)}`;
}
