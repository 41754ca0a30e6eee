import type { Command } from 'commander';
import type { BulkChange } from '../../operations/users/bulk';
import { quoted } from '../../domain/shown';
import { action, commandLine, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { count, type Io } from '../output';
import { confirmation, confirmOptions, followConfirmed, waiting, waitOptions } from '../wait';

const STAYS = 'Imports leave that alone until `users edit --release`';

/** `rollcall users deactivate|activate|assign`: changes of many users, by name or by a filter. */
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
  readonly verb: 'deactivate' | 'activate' | 'assign';
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
  return withSticky(answer, { field: Object.keys(what)[0] ?? '', users: args });
}

/** The command that confirms the number of named users, or shows that of a filter. */
function confirmed(call: Call, { verb }: Wanted): string {
  const { length } = call.args;
  const names = ['filter', 'saved', 'organization', 'reason'];
  const again = commandLine(call, `rollcall users ${verb}`, names);
  return `${again} ${length === 0 ? '--dry-run' : `--expect ${String(length)}`}`;
}

/** Says that a value set by hand stays so through imports, and how to release it. */
function withSticky(
  answer: Answer,
  { field, users }: { readonly field: string; readonly users: readonly string[] },
): Answer {
  if (!('text' in answer) || answer.exit !== 0) return answer;
  const [only] = users;
  const whom = only === undefined || users.length > 1 ? 'USER' : quoted(only);
  const said =
    `${field} is now set by hand; imports leave it alone until: ` +
    `rollcall users edit ${whom} --release ${field}\n`;
  const [, before = answer.text, next = ''] = /^(.*?)(next: .*)$/s.exec(answer.text) ?? [];
  return { ...answer, text: `${before}${said}${next}` };
}

function counted(people: number): string {
  return `${count(people)} ${people === 1 ? 'user' : 'users'}`;
}
