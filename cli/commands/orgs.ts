import type { Command } from 'commander';
import type { OrganizationView } from '../../operations/users/organizations';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { pairs, table, type Io, minute } from '../output';

/** `rollcall orgs …` */
export function registerOrgsCommands(program: Command, io: Io): void {
  const orgs = program.command('orgs').description('organizations: groups of users');
  examples(orgs, 'rollcall orgs create SALES --name "Sales and marketing"');
  examples(
    orgs
      .command('create <code>')
      .description('create an organization; files and commands use its code')
      .requiredOption('--name <name>', 'the name that people read')
      .action(action(io, create)),
    'rollcall orgs create SALES --name "Sales and marketing"',
  );
  examples(
    orgs
      .command('list')
      .description(
        'organizations, and how many users each has; without --all not the archived ones',
      )
      .option('--all', 'archived organizations, too')
      .action(action(io, list)),
    'rollcall orgs list',
    'rollcall orgs list --all',
  );
  examples(
    orgs.command('show <code>').description('one organization').action(action(io, show)),
    'rollcall orgs show SALES',
  );
  examples(
    orgs
      .command('rename <code>')
      .description('give it another name; the code stays')
      .requiredOption('--name <name>', 'the new name')
      .action(action(io, rename)),
    'rollcall orgs rename SALES --name Sales',
  );
  examples(
    orgs
      .command('archive <code>')
      .description('let nobody new into it; its people stay, and lists and exports still have it')
      .option('--undo', 'people can come into it again')
      .action(action(io, archive)),
    'rollcall orgs archive SALES',
    'rollcall orgs archive SALES --undo',
  );
  examples(
    orgs
      .command('set <code>')
      .description('how letters to its people are signed; the sender address stays the same')
      .option('--mail-name <name>', 'the name beside the sender address; "" for the configured one')
      .option('--reply-to <address>', 'where answers go; "" for the sender address')
      .action(action(io, set)),
    'rollcall orgs set SALES --mail-name "Sales academy" --reply-to sales-academy@example.com',
  );
}

async function create(call: Call): Promise<Answer> {
  const { organizations } = await call.rollcall();
  return shown(await organizations.create(codeAndName(call)));
}

async function list(call: Call): Promise<Answer> {
  const rollcall = await call.rollcall();
  const all = call.options.flag('all');
  const organizations = await rollcall.organizations.list({ all });
  const text = table(
    ['code', 'name', 'users', 'active', ...(all ? ['archived (UTC)'] : [])],
    organizations.map(({ code, name, users, activeUsers, archivedAt }) => [
      ...[code, name, users, activeUsers],
      ...(all ? [archivedAt === null ? null : minute(archivedAt)] : []),
    ]),
  );
  return {
    document: { organizations, next: null },
    text: organizations.length === 0 ? 'No organizations.\n' : text,
  };
}

async function show(call: Call): Promise<Answer> {
  const { organizations } = await call.rollcall();
  return shown(await organizations.get(call.args[0] ?? ''));
}

async function rename(call: Call): Promise<Answer> {
  const { organizations } = await call.rollcall();
  return shown(await organizations.rename(codeAndName(call)));
}

async function archive(call: Call): Promise<Answer> {
  const { organizations } = await call.rollcall();
  const [code = ''] = call.args;
  return shown(await organizations.archive({ code, undo: call.options.flag('undo') }));
}

async function set(call: Call): Promise<Answer> {
  const given = call.options.texts('mailName', 'replyTo');
  if (Object.keys(given).length === 0) throw usage('Give --mail-name, --reply-to or both.');
  const { organizations } = await call.rollcall();
  return shown(await organizations.set({ code: call.args[0] ?? '', ...given }));
}

function codeAndName(call: Call): { code: string; name: string } {
  return { code: call.args[0] ?? '', name: call.options.text('name') ?? '' };
}

function shown(org: OrganizationView): Answer {
  const { code, name, users, activeUsers, id, createdAt, archivedAt, mailName, replyTo } = org;
  return {
    document: org,
    text: pairs([
      ['code', code],
      ['name', name],
      ['users', users === activeUsers ? users : `${String(users)} (${String(activeUsers)} active)`],
      ...(mailName === null ? [] : [['letters from', mailName] as const]),
      ...(replyTo === null ? [] : [['answers to', replyTo] as const]),
      ...(archivedAt === null ? [] : [['archived', `${minute(archivedAt)} UTC`] as const]),
      ['id', id],
      ['created', `${minute(createdAt)} UTC`],
    ]),
  };
}
