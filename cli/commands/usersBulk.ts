import { Option, type Command } from 'commander';
import type { BulkChange } from '../../operations/users/bulk';
import { quoted } from '../../domain/shown';
import { USER_FIELD_NAMES, USER_FIELDS } from '../../domain/users/fields';
import { action, commandLine, examples, repeatable, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { count, type Io } from '../output';
import { fieldOptions, namesIn, setFields } from './users/fields';
import { confirmation, confirmOptions, followConfirmed, waiting, waitOptions } from '../wait';

const STAYS = 'Imports leave that alone until `users edit --release`';

/** `rollcall users deactivate|activate|assign|set`: changes of many users, by name or by a filter. */
export function registerBulkCommands(users: Command, io: Io): void {
  examples(
    choosing(
      users
        .command('deactivate [users...]')
        .description(`end the access of users; nothing is deleted. ${STAYS}`),
    ).action(action(io, (call) => change(call, DEACTIVATE))),
    'rollcall users deactivate anna@example.com E-1042 --expect 2',
    'rollcall users deactivate --filter \'department eq "Sales"\' --dry-run',
  );
  examples(
    choosing(
      users.command('activate [users...]').description(`give users their access back. ${STAYS}`),
    ).action(action(io, (call) => change(call, ACTIVATE))),
    'rollcall users activate anna@example.com E-1042 --expect 2',
    'rollcall users activate --filter \'department eq "Sales"\' --dry-run',
  );
  examples(
    choosing(
      users
        .command('assign [users...]')
        .description(`put users into an organization. ${STAYS}`)
        .requiredOption('--organization <code>', 'its code'),
    ).action(
      action(io, (call) => {
        const organization = call.options.text('organization') ?? '';
        return change(call, {
          verb: 'assign',
          what: { organization },
          question: (people) => `Put ${people} into ${organization}?`,
          already: `in ${organization} already`,
        });
      }),
    ),
    'rollcall users assign anna@example.com E-1042 --organization SALES --expect 2',
    'rollcall users assign --filter \'department eq "Sales"\' --organization SALES --dry-run',
  );
  examples(
    choosing(
      fieldOptions(
        users
          .command('set [users...]')
          .description(`give users the same values. ${STAYS}`)
          .option(
            '--clear <fields>',
            'empty these fields (repeatable, or with commas)',
            repeatable,
          ),
        { only: SET_FIELDS },
      ),
    )
      .addOption(hidden('--code <value>'))
      .addOption(hidden('--login <value>'))
      .addOption(hidden('--email <value>'))
      .addHelpText('after', SET_HELP)
      .action(action(io, (call) => change(call, setting(call)))),
    'rollcall users set anna@example.com E-1042 --department Sales --clear phone --expect 2',
    'rollcall users set --filter \'department eq "Sales"\' --location Graz --dry-run',
    'rollcall users set --saved newcomers --property level=3 --manager E-1001 --expect 14',
  );
}

/** Fields of which many users may have the same value. */
const SET_FIELDS = USER_FIELD_NAMES.filter((field) => USER_FIELDS[field].kind !== 'key');

/** An option that only the answer to it mentions: one person has it. */
function hidden(flags: string): Option {
  return new Option(flags).hideHelp();
}

const SET_HELP = `
Everything that is set or cleared counts as set by hand, also where a user had the value already. A code, a
login or an e-mail belongs to one person: rollcall users edit USER. To give the old values back:
rollcall runs undo RUN
`;

/** What the options of `users set` change. */
function setting(call: Call): Wanted {
  const [set, clear] = [setFields(call), namesIn(call, 'clear')];
  const [values, emptied] = [Object.keys(set).join(', '), clear.join(', ')];
  if (values + emptied === '') {
    throw usage('Say what to change, such as --department Sales or --clear phone.');
  }
  const parts = [
    ...(values === '' ? [] : [`set ${values}`]),
    ...(emptied === '' ? [] : [`empty ${emptied}`]),
  ].join(' and ');
  return {
    verb: 'set',
    what: { set, clear },
    question: (people) => `${parts.charAt(0).toUpperCase()}${parts.slice(1)} of ${people}?`,
    already: 'like that already, set by hand',
  };
}

function choosing(command: Command): Command {
  return waitOptions(
    confirmOptions(
      command
        .option('--filter <expr>', 'the users that a filter finds, such as department eq "Sales"')
        .option('--saved <name>', 'the users that a saved filter finds')
        .option('--reason <text>', 'your reason, recorded with the run'),
    ),
  );
}

interface Wanted {
  readonly verb: 'deactivate' | 'activate' | 'assign' | 'set';
  readonly what: BulkChange;
  readonly question: (people: string) => string;
  /** The text about people that the change would leave as they are. */
  readonly already: string;
}

const DEACTIVATE: Wanted = {
  verb: 'deactivate',
  what: { status: 'inactive' },
  question: (people) => `Deactivate ${people}?`,
  already: 'inactive already',
};
const ACTIVATE: Wanted = {
  verb: 'activate',
  what: { status: 'active' },
  question: (people) => `Activate ${people}?`,
  already: 'active already',
};

async function change(call: Call, wanted: Wanted): Promise<Answer> {
  const { what, question, already } = wanted;
  const { args, options } = call;
  const filters = options.texts('filter', 'saved');
  const named = args.length + Object.keys(filters).length > 0;
  if (!named)
    throw usage(
      'Name the users (USERS, --filter or --saved), and how many they are (--expect N or --yes).',
    );
  waiting(call);
  const { expect } = confirmation(call, confirmed(call, wanted));
  const selection = { ...filters, users: args, ...what };
  const { users } = await call.rollcall();
  const { chosen, changed } = await users.sizeOfChange(selection);
  // No users, where a number was expected, holds the run: the filter may be a mistake.
  if (changed === 0 && (chosen > 0 || (expect ?? 0) === 0)) {
    const text =
      chosen === 0
        ? 'No users match: nothing to change.\n'
        : `${counted(chosen)} ${chosen === 1 ? 'is' : 'are'} ${already}: nothing to change.\n`;
    return { document: { runId: null, state: 'done', chosen }, text };
  }
  const answer = await followConfirmed(call, {
    start: (o) => users.change({ ...selection, ...options.texts('reason'), ...o }),
    question: (people) => question(counted(people)),
  });
  if (options.flag('dryRun')) return answer;
  return withSticky(answer, { fields: changedBy(what), users: args });
}

/** The fields of a change, by the names that `users edit --release` takes. */
function changedBy(what: BulkChange): readonly string[] {
  if ('status' in what || 'organization' in what) return Object.keys(what);
  return [...Object.keys(what.set ?? {}), ...(what.clear ?? [])];
}

/** The command that confirms the number of named users, or shows that of a filter. */
function confirmed(call: Call, { verb }: Wanted): string {
  const { length } = call.args;
  const names = ['filter', 'saved', 'reason', ...USER_FIELD_NAMES, 'property', 'clear'];
  const again = commandLine(call, `rollcall users ${verb}`, names);
  return `${again} ${length === 0 ? '--dry-run' : `--expect ${String(length)}`}`;
}

/** Says that a value set by hand stays so through imports, and how to release it. */
function withSticky(
  answer: Answer,
  { fields, users }: { readonly fields: readonly string[]; readonly users: readonly string[] },
): Answer {
  if (!('text' in answer) || answer.exit !== 0) return answer;
  const [only] = users;
  const whom = only === undefined || users.length > 1 ? 'USER' : quoted(only);
  const [are, them] = fields.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const said =
    `${fields.join(', ')} ${are} now set by hand; imports leave ${them} alone until: ` +
    `rollcall users edit ${whom} --release ${fields.join()}\n`;
  const [, before = answer.text, next = ''] = /^(.*?)(next: .*)$/s.exec(answer.text) ?? [];
  return { ...answer, text: `${before}${said}${next}` };
}

function counted(people: number): string {
  return `${count(people)} ${people === 1 ? 'user' : 'users'}`;
}
