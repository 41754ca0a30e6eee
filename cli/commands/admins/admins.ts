import type { Command } from 'commander';
import type { AdminView } from '../../../domain/admins/adminView';
import { PERMISSION_LEVELS, VERBS } from '../../../domain/permissions';
import { quoted } from '../../../domain/shown';
import { verbatim } from '../../../wording/called';
import { action, examples, offering, repeatable, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import { pairs, table, type Io, minute } from '../../output';

/** `rollcall admins …` */
export function registerAdminsCommands(program: Command, io: Io): void {
  const admins = program
    .command('admins')
    .description('who may act here: levels, and the organizations that they reach');
  examples(admins, 'rollcall admins add anna --level manager --org SALES', 'rollcall admins list');
  registerAdd(admins, io);
  examples(
    admins.command('list').description('all admins').action(action(io, list)),
    'rollcall admins list',
  );
  examples(
    admins.command('show <admin>').description('one admin, by name or id').action(action(io, show)),
    'rollcall admins show anna',
  );
  registerSet(admins, io);
  examples(
    admins
      .command('disable <admin>')
      .description('let an admin do nothing from now on; `admins set --enable` ends that')
      .action(action(io, disable)),
    'rollcall admins disable anna',
  );
  examples(
    admins
      .command('levels')
      .description('which level may give which command, and how far it reaches')
      .action(action(io, levels)),
    'rollcall admins levels',
  );
}

async function levels(): Promise<Answer> {
  const { LEVELS: rows, LEVELS_NOTES: notes } = await import('../../../domain/admins/levels.js');
  const shown = new Map(rows.map((row) => [row.command, row]));
  const text = table(
    ['command', ...PERMISSION_LEVELS],
    [...shown.values()].map(({ command, reach }) => [
      command,
      ...PERMISSION_LEVELS.map((level) => reach[level] ?? '-'),
    ]),
  );
  const also = [...shown.values()].flatMap(({ command, also: more }) =>
    more === null ? [] : [`${command} needs ${VERBS[more.verb]} when ${more.when}.`],
  );
  return {
    document: { levels: rows, notes, next: null },
    text: `${text}\n${[...also, ...notes].map(verbatim).join('\n')}\n`,
  };
}

const LEVELS = PERMISSION_LEVELS.join(', ');

function registerAdd(admins: Command, io: Io): void {
  examples(
    offering(
      admins
        .command('add <name>')
        .description('add an admin, who then needs a token')
        .requiredOption('--level <level>', `${LEVELS}: each may do what those before it may`)
        .option(
          '--org <code>',
          'an organization that the admin reaches (repeatable): needed for a manager; a viewer without one sees everybody',
          repeatable,
        )
        .option(
          '--user <user>',
          'the user who is this admin: while the user is inactive, the admin may do nothing',
        )
        .action(action(io, add)),
      { level: PERMISSION_LEVELS },
    ),
    'rollcall admins add anna --level manager --org SALES',
    'rollcall admins add auditor --level viewer --yes',
  );
}

function registerSet(admins: Command, io: Io): void {
  examples(
    offering(
      admins
        .command('set <admin>')
        .description('change an admin; what is not given stays')
        .option('--name <name>', 'another name')
        .option('--level <level>', LEVELS)
        .option('--org <code>', 'the organizations from now on (repeatable)', repeatable)
        .option(
          '--everybody',
          'a viewer sees everybody: no organizations. A manager who becomes a viewer keeps theirs',
        )
        .option('--user <user>', 'the user who is this admin; `none`: no user')
        .option('--enable', 'a disabled admin may act again')
        .action(action(io, set)),
      { level: PERMISSION_LEVELS },
    ),
    'rollcall admins set anna --org SALES --org EXPORT',
    'rollcall admins set anna --level admin',
  );
}

async function add(call: Call): Promise<Answer> {
  const { options } = call;
  const [name = ''] = call.args;
  const level = options.text('level') ?? '';
  const organizations = options.list('org');
  const everybody = isViewer(level) && organizations.length === 0;
  if (everybody && !(await call.confirm(SEES_EVERYBODY, '--org CODE, or --yes'))) {
    throw usage('Nobody was added.');
  }
  const { admins } = await call.rollcall();
  const user = options.text('user');
  const added = await admins.add({ name, level, organizations, user });
  return {
    document: added,
    text: `${adminText(added)}next: rollcall tokens create --admin ${quoted(added.name)}\n`,
  };
}

const SEES_EVERYBODY =
  'A viewer without an organization (--org) sees the people of all of them. Is that meant?';

async function list(call: Call): Promise<Answer> {
  const { admins } = await call.rollcall();
  const all = await admins.list();
  const text = table(
    ['name', 'level', 'organizations', 'state', 'tokens', 'last used (UTC)'],
    all.map((admin) => [
      admin.name,
      admin.level,
      reachOf(admin),
      STATES[admin.state],
      admin.tokens,
      minute(admin.lastUsedAt),
    ]),
  );
  return { document: { admins: all, next: null }, text };
}

async function show(call: Call): Promise<Answer> {
  const { admins } = await call.rollcall();
  return shown(await admins.get(call.args[0] ?? ''));
}

async function set(call: Call): Promise<Answer> {
  const { options } = call;
  const organizations = options.list('org');
  const everybody = options.flag('everybody');
  if (everybody && organizations.length > 0) throw usage('Give --org or --everybody, not both.');
  const user = options.text('user');
  const given = {
    ...options.texts('name', 'level'),
    ...(everybody || organizations.length > 0 ? { organizations } : {}),
    ...(user === undefined ? {} : { user: user === 'none' ? null : user }),
    ...(options.flag('enable') ? { enable: true } : {}),
  };
  if (Object.keys(given).length === 0) {
    throw usage('Say what to change: --name, --level, --org, --everybody, --user or --enable.');
  }
  const { admins } = await call.rollcall();
  const [name = ''] = call.args;
  const asks = !everybody && organizations.length === 0 && isViewer(given.level);
  if (asks && (await becomesViewer(call, name))) {
    if (!(await call.confirm(SEES_EVERYBODY, '--org CODE, --everybody, or --yes'))) {
      throw usage('Nothing was changed.');
    }
  }
  const admin = await admins.set({ admin: name, ...given });
  if (admin.level === 'viewer' && admin.organizations.length === 0) {
    call.note(verbatim(`${admin.name} sees the people of all organizations.`));
  }
  return shown(admin);
}

/** True for an admin of another level without organizations: as a viewer, they would see everybody. */
async function becomesViewer(call: Call, name: string): Promise<boolean> {
  const { admins } = await call.rollcall();
  const { level, organizations } = await admins.get(name);
  return level !== 'viewer' && organizations.length === 0;
}

function isViewer(level: string | undefined): boolean {
  return level?.trim().toLowerCase() === 'viewer';
}

async function disable(call: Call): Promise<Answer> {
  const { admins } = await call.rollcall();
  return shown(await admins.disable(call.args[0] ?? ''));
}

function shown(admin: AdminView): Answer {
  return { document: admin, text: adminText(admin) };
}

const STATES = {
  enabled: '',
  disabled: 'disabled',
  user_inactive: 'stopped: the user is not active',
} as const satisfies Record<AdminView['state'], string>;

function reachOf({ organizations }: AdminView): string {
  return organizations.length === 0 ? 'all' : organizations.join(', ');
}

function adminText(admin: AdminView): string {
  const { name, level, user, state, tokens, id, createdAt } = admin;
  return pairs([
    ['name', name],
    ['level', level],
    ['organizations', reachOf(admin)],
    ...(user === null ? [] : [['user', user.code ?? user.id] as const]),
    ...(state === 'enabled' ? [] : [['state', STATES[state]] as const]),
    ['tokens', tokens],
    ['last used', admin.lastUsedAt === null ? 'never' : `${minute(admin.lastUsedAt)} UTC`],
    ['id', id],
    ['created', `${minute(createdAt)} UTC`],
  ]);
}
