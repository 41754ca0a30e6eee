import type { Command } from 'commander';
import type { UserView } from '../../domain/users/userView';
import type { UserList } from '../../operations/users/users';
import {
  action,
  commandLine,
  examples,
  offering,
  repeatable,
  type Answer,
  type Call,
} from '../command';
import { printable } from '../../domain/shown';
import { verbatim } from '../../wording/called';
import { usage } from '../failure';
import { count, type Io, pageText } from '../output';
import { historyText, originsText, userText, usersText } from '../text/user';
import { userRecordsText } from '../text/records';
import { FILTER_HELP } from '../text/filterHelp';
import { registerDuplicatesCommands } from './users/duplicates';
import { registerMergeCommand } from './merges/usersMerge';
import { registerUnmergeCommand } from './merges/usersUnmerge';
import { registerExportCommand } from './users/export';
import { fieldOptions, namesIn, setFields } from './users/fields';
import { registerBulkCommands } from './usersBulk';

const STATUSES = ['active', 'inactive', 'merged', 'all'] as const;

/** `rollcall users …` */
export function registerUsersCommands(program: Command, io: Io): void {
  const users = program
    .command('users')
    .description('people: find, show, create, edit, change many');
  examples(
    users,
    'rollcall users list --search anna',
    'rollcall users show anna@example.com --explain',
  );
  registerReading(users, io);
  registerExportCommand(users, io);
  registerWriting(users, io);
  registerLinks(users, io);
  registerDuplicatesCommands(program, { users, io });
  registerBulkCommands(users, io);
  registerMergeCommand(users, io);
  registerUnmergeCommand(users, io);
}

function registerReading(users: Command, io: Io): void {
  examples(
    offering(users.command('list'), { status: STATUSES })
      .description('list users; without --status only active ones')
      .option(
        '--search <text>',
        'words, or parts of words, each in a name, login, e-mail or code; accents do not count',
      )
      .option('--filter <expr>', 'compare properties with values; see below')
      .option('--saved <name>', 'a saved filter')
      .option('--status <status>', STATUSES.join(', '))
      .option('--sort <field>', 'any property; with a - before it in reverse order')
      .option('--limit <n>', 'at most this many (default 100, at most 1000)')
      .option('--cursor <c>', 'the next page: `next` of the page before')
      .option('--count', 'also how many there are in all')
      .addHelpText('after', FILTER_HELP)
      .action(action(io, list)),
    'rollcall users list --search "anna berg"                 # both words, in a name, login, e-mail or code',
    'rollcall users list --filter \'department eq "Sales" and not (hireDate ge "2024-01-01")\' --count',
    'rollcall users list --filter \'manager eq ""\'            # everyone without a manager',
    'rollcall users list --status inactive --sort -deactivatedAt --limit 20',
    'rollcall users list --status all --json --limit 1000     # everybody, as data; next: the next page',
  );
  examples(
    users
      .command('show <user>')
      .description('one user, by id, code, login or e-mail')
      .option('--explain', 'for each value: source, run, time, and whether it was set by hand')
      .action(action(io, show)),
    'rollcall users show anna@example.com --explain',
  );
  examples(
    users
      .command('history <user>')
      .description('what was changed about a user, by hand and by runs, newest first')
      .option('--limit <n>', 'at most this many (default 100, at most 1000)')
      .option('--cursor <c>', 'the next page: `next` of the page before')
      .action(action(io, history)),
    'rollcall users history E-1042',
  );
}

function registerWriting(users: Command, io: Io): void {
  examples(
    fieldOptions(users.command('create').description('create one user by hand')).action(
      action(io, create),
    ),
    'rollcall users create --email anna@example.com --first-name Anna --last-name Berg',
  );
  examples(
    fieldOptions(
      users
        .command('edit <user>')
        .description('set fields by hand; imports leave them alone until you release them'),
    )
      .option('--clear <fields>', 'empty these fields (repeatable, or with commas)', repeatable)
      .option(
        '--release <fields>',
        'let imports change these fields again, or `all` (repeatable)',
        repeatable,
      )
      .option('--if-version <n>', 'only if the user still has this version, as `users show` says')
      .action(action(io, edit)),
    'rollcall users edit anna@example.com --department Sales --clear phone',
    'rollcall users edit anna@example.com --release department',
    'rollcall users edit anna@example.com --last-name Berg --if-version 7',
  );
  examples(
    users
      .command('protect <user>')
      .description('no source deactivates a protected user')
      .option('--off', 'let sources deactivate the user again')
      .action(action(io, protect)),
    'rollcall users protect E-1042',
  );
}

function registerLinks(users: Command, io: Io): void {
  const described = (command: Command): Command =>
    command
      .requiredOption('--source <name>', 'the source; `csv` for unnamed uploads')
      .requiredOption('--external-id <id>', "the person's number in that source");
  examples(
    described(
      users
        .command('link <user>')
        .description('say that a number in a source belongs to this user')
        .option('--move', 'also when it belongs to another user now'),
    ).action(action(io, link)),
    'rollcall users link anna@example.com --source csv --external-id 10042',
  );
  examples(
    described(
      users
        .command('unlink <user>')
        .description('end the link between a user and a number in a source'),
    ).action(action(io, unlink)),
    'rollcall users unlink anna@example.com --source csv --external-id 10042',
  );
}

/** The options that select the users of a page. */
const LISTED = ['search', 'filter', 'saved', 'status', 'sort', 'limit', 'count'];

async function list(call: Call): Promise<Answer> {
  const { options } = call;
  const status = options.choice('status', STATUSES);
  const limit = options.number('limit', 1);
  const { users } = await call.rollcall();
  const page = await users.list({
    ...options.texts('search', 'filter', 'saved', 'sort', 'cursor'),
    ...(status === undefined ? {} : { status }),
    ...(limit === undefined ? {} : { limit }),
    count: options.flag('count'),
  });
  const command = commandLine(call, 'rollcall users list', LISTED);
  const more = pageText({ total: await totalText(call, page.count), next: page.next, command });
  const others = page.users.length === 0 && !call.json ? await othersText(call) : '';
  return { document: page, text: usersText(page.users) + howFound(page) + others + more };
}

/** What is special about how these people were found. */
function howFound({ approximate, indexing }: UserList): string {
  const similar = 'Few people have these words. People whose names are similar are listed, too.\n';
  const behind =
    'Many people were written just now. The search does not find all of them yet; try again in a minute.\n';
  return (approximate === true ? similar : '') + (indexing === true ? behind : '');
}

/** Says that a list of active users leaves out others that the same words find. */
async function othersText(call: Call): Promise<string> {
  if (call.options.text('status') !== undefined) return '';
  const all = await countAll(call);
  if (all === 0) return '';
  const command = commandLine(call, 'rollcall users list', LISTED);
  return `This list has only active users. Of any status there are ${String(all)}: ${command} --status all\n`;
}

/** The number of users that the same words find, whatever their status. */
async function countAll(call: Call): Promise<number> {
  const { users } = await call.rollcall();
  const { count: all = 0 } = await users.list({
    ...call.options.texts('search', 'filter', 'saved'),
    ...{ status: 'all', limit: 1, count: true },
  });
  return all;
}

/** The number of users; where only active ones are listed, also the number with the others. */
async function totalText(call: Call, active: number | undefined): Promise<string | undefined> {
  const { options, json } = call;
  if (active === undefined || json) return undefined;
  const all = `${count(active)} in all`;
  if (options.text('status') !== undefined) return all;
  const everybody = await countAll(call);
  if (everybody === active) return all;
  return `${count(active)} active (${count(everybody)} with all others: --status all)`;
}

async function show(call: Call): Promise<Answer> {
  const { users } = await call.rollcall();
  const ref = call.args[0] ?? '';
  if (!call.options.flag('explain')) {
    const user = await users.get(ref);
    return { document: user, text: userText(user) + userRecordsText(user, ref) };
  }
  const { user, explain } = await users.explain(ref);
  const text = `${userText(user)}\n${originsText(explain, user)}${userRecordsText(user, ref)}`;
  return { document: { ...user, explain }, text };
}

async function history(call: Call): Promise<Answer> {
  const limit = call.options.number('limit', 1);
  const { users } = await call.rollcall();
  const page = await users.history({
    user: call.args[0] ?? '',
    ...call.options.texts('cursor'),
    ...(limit === undefined ? {} : { limit }),
  });
  const command = commandLine(call, 'rollcall users history', ['limit']);
  return {
    document: page,
    text: historyText(page.events) + pageText({ next: page.next, command }),
  };
}

async function create(call: Call): Promise<Answer> {
  const { users } = await call.rollcall();
  const user = await users.create({ set: setFields(call) });
  return { document: user, text: userText(user) };
}

async function edit(call: Call): Promise<Answer> {
  const input = {
    set: setFields(call),
    clear: namesIn(call, 'clear'),
    release: namesIn(call, 'release'),
  };
  const set = Object.keys(input.set);
  if (set.length + input.clear.length + input.release.length === 0) {
    throw usage('There is nothing to change.');
  }
  const { users } = await call.rollcall();
  const ref = call.args[0] ?? '';
  const ifVersion = call.options.number('ifVersion', 1);
  const named = await users.get(ref);
  // An account that was merged is edited as the user who absorbed it.
  const before = named.mergedIntoId === null ? named : await users.get(named.mergedIntoId);
  const user = await users.edit({
    user: ref,
    ...input,
    ...(ifVersion === undefined ? {} : { ifVersion }),
  });
  const released = before.sticky.filter((field) => !user.sticky.includes(field));
  const parts = [
    ['set by hand', set],
    ['emptied', input.clear],
    ['imports may change it again', released],
    ['was not set by hand', notReleased(input.release, released)],
  ] as const;
  const said = parts
    .filter(([, fields]) => fields.length > 0)
    .map(([what, fields]) => `${what}: ${fields.join(', ')}\n`);
  const login = set.includes('login') ? '' : loginAfter(before, user);
  const other =
    named.mergedIntoId === null
      ? ''
      : `"${verbatim(printable(ref))}" is merged into this user, who is changed\n`;
  return { document: user, text: `${said.join('')}${other}${login}\n${userText(user)}` };
}

/** What became of a login that was the e-mail. */
function loginAfter(before: UserView, after: UserView): string {
  if (after.login !== before.login) return `the login follows the e-mail: ${after.login ?? ''}\n`;
  const same = ({ login, email }: UserView): boolean =>
    login?.toLowerCase() === email?.toLowerCase();
  const stays =
    after.email !== null && after.email !== before.email && same(before) && !same(after);
  return stays
    ? `the login stays ${after.login ?? 'empty'}: it is set on its own, or another user has the new one\n`
    : '';
}

/** The fields to release that were not set by hand; with `all` only when none was. */
function notReleased(asked: readonly string[], released: readonly string[]): readonly string[] {
  const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');
  if (asked.some((name) => plain(name) === 'all'))
    return released.length === 0 ? ['any field'] : [];
  return asked.filter((name) => !released.some((field) => plain(field) === plain(name)));
}

async function protect(call: Call): Promise<Answer> {
  const { users } = await call.rollcall();
  const user = await users.protect(call.args[0] ?? '', !call.options.flag('off'));
  return { document: user, text: userText(user) };
}

async function link(call: Call): Promise<Answer> {
  const { users } = await call.rollcall();
  const user = await users.link({ ...linkInput(call), move: call.options.flag('move') });
  return { document: user, text: userText(user) };
}

async function unlink(call: Call): Promise<Answer> {
  const { users } = await call.rollcall();
  const user = await users.unlink(linkInput(call));
  return { document: user, text: userText(user) };
}

function linkInput(call: Call): { user: string; source: string; externalId: string } {
  return {
    user: call.args[0] ?? '',
    source: call.options.text('source') ?? '',
    externalId: call.options.text('externalId') ?? '',
  };
}
