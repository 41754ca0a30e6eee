import type { Command } from 'commander';
import { verbatim } from '../../wording/called';
import { action, examples, type Answer, type Call } from '../command';
import { table, type Io } from '../output';
import { FILTER_HELP } from '../text/filterHelp';

/** `rollcall filters …` */
export function registerFiltersCommands(program: Command, io: Io): void {
  const filters = program
    .command('filters')
    .description('saved filters, for the option --saved NAME');
  examples(filters, 'rollcall filters save sales \'department eq "Sales"\'');
  examples(
    filters
      .command('save <name> <expr>')
      .description('save a filter under a name; it replaces one of that name')
      .addHelpText('after', FILTER_HELP)
      .action(action(io, save)),
    'rollcall filters save sales \'department eq "Sales"\'',
  );
  examples(
    filters.command('list').description('all saved filters').action(action(io, list)),
    'rollcall filters list',
  );
  examples(
    filters
      .command('rename <name> <new-name>')
      .description('give a filter another name')
      .action(action(io, rename)),
    'rollcall filters rename sales "Sales people"',
  );
  examples(
    filters.command('delete <name>').description('delete a filter').action(action(io, remove)),
    'rollcall filters delete sales',
  );
}

async function save(call: Call): Promise<Answer> {
  const { saveFilter } = await import('../../operations/users/filters.js');
  const [name = '', filter = ''] = call.args;
  const document = await saveFilter(await call.context(), { name, filter });
  return { document, text: verbatim(`Filter ${document.name}: ${document.filter}\n`) };
}

async function list(call: Call): Promise<Answer> {
  const { listFilters } = await import('../../operations/users/filters.js');
  const filters = await listFilters(await call.context());
  const text = table(
    ['name', 'filter'],
    filters.map(({ name, filter }) => [name, filter]),
  );
  return {
    document: { filters, next: null },
    text: filters.length === 0 ? 'No saved filters.\n' : text,
  };
}

async function rename(call: Call): Promise<Answer> {
  const { renameFilter } = await import('../../operations/users/filters.js');
  const [name = '', to = ''] = call.args;
  const document = await renameFilter(await call.context(), { name, to });
  return { document, text: verbatim(`Filter ${document.name}: ${document.filter}\n`) };
}

async function remove(call: Call): Promise<Answer> {
  const { deleteFilter } = await import('../../operations/users/filters.js');
  const name = call.args[0] ?? '';
  await deleteFilter(await call.context(), name);
  return { document: { name, deleted: true }, text: verbatim(`Filter ${name} is deleted.\n`) };
}
