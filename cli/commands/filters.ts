import type { Command } from 'commander';
import { verbatim } from '../../wording/called';
import type { SavedFilterView } from '../../operations/users/filters';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
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
      .description('save a filter under a name; it replaces your own one of that name')
      .option('--shared', 'for all admins; else only you find it')
      .option('--private', 'of a shared filter of yours: only you find it from now on')
      .addHelpText('after', FILTER_HELP)
      .action(action(io, save)),
    'rollcall filters save sales \'department eq "Sales"\'',
    'rollcall filters save leavers \'status eq "inactive"\' --shared',
  );
  examples(
    filters
      .command('list')
      .description('your saved filters and the shared ones, with how many people each finds')
      .action(action(io, list)),
    'rollcall filters list',
  );
  examples(
    filters
      .command('attributes')
      .description('what a filter can name, custom properties too, with its type')
      .action(action(io, attributes)),
    'rollcall filters attributes',
  );
  examples(
    filters
      .command('rename <name> <new-name>')
      .description('give a filter another name')
      .action(action(io, rename)),
    'rollcall filters rename sales "Sales people"',
  );
  examples(
    filters
      .command('delete <name>')
      .description('delete a filter: your own one of that name, else the shared one')
      .action(action(io, remove)),
    'rollcall filters delete sales',
  );
}

async function save(call: Call): Promise<Answer> {
  const [name = '', filter = ''] = call.args;
  const [shared, isPrivate] = [call.options.flag('shared'), call.options.flag('private')];
  if (shared && isPrivate) throw usage('Give --shared or --private, not both.');
  const { filters } = await call.rollcall();
  const document = await filters.save({
    ...{ name, filter },
    ...(shared || isPrivate ? { shared } : {}),
  });
  return { document, text: filterText(document) };
}

async function list(call: Call): Promise<Answer> {
  const { filters } = await call.rollcall();
  const listed = await filters.list();
  const text = table(
    ['name', 'filter', 'for', 'owner', 'people'],
    listed.map(({ name, filter, shared, owner, count }) => [
      ...[name, filter, shared ? 'all admins' : 'you', owner],
      count,
    ]),
  );
  return {
    document: { filters: listed, next: null },
    text: listed.length === 0 ? 'No saved filters.\n' : text,
  };
}

async function attributes(call: Call): Promise<Answer> {
  const { filters } = await call.rollcall();
  const listed = await filters.attributes();
  const text = table(
    ['name', 'type', 'quick'],
    listed.map(({ name, type, quick }) => [name, type, quick ? 'eq' : '']),
  );
  const legend =
    'quick: an index answers it. Other filters read all people, which takes longer where there are many.\n';
  return { document: { attributes: listed, next: null }, text: text + legend };
}

async function rename(call: Call): Promise<Answer> {
  const [name = '', to = ''] = call.args;
  const { filters } = await call.rollcall();
  const document = await filters.rename({ name, to });
  return { document, text: filterText(document) };
}

async function remove(call: Call): Promise<Answer> {
  const name = call.args[0] ?? '';
  const { filters } = await call.rollcall();
  const { left, ...deleted } = await filters.delete(name);
  const whose = deleted.shared ? ` of ${deleted.owner}, for all admins,` : '';
  const rest = left === null ? '' : `${name} is now the filter of ${left.owner}: ${left.filter}\n`;
  return {
    document: { ...deleted, deleted: true, left },
    text: verbatim(`Filter ${name}${whose} is deleted: ${deleted.filter}\n${rest}`),
  };
}

function filterText({ name, filter, shared }: SavedFilterView): string {
  return verbatim(`Filter ${name}${shared ? ', for all admins' : ''}: ${filter}\n`);
}
