import type { Command } from 'commander';
import { GIVEN_REASONS, SUPPRESSION_REASONS } from '../../../domain/letters/suppressions';
import { verbatim } from '../../../wording/called';
import { action, commandLine, examples, offering, type Answer, type Call } from '../../command';
import { pageText, type Io } from '../../output';
import { addedText, removedText, suppressionsText } from '../../text/suppressions';
import { pageOptions, pageOf } from '../pages';

/** `rollcall suppressions …` */
export function registerSuppressionsCommands(program: Command, io: Io): void {
  const suppressions = program
    .command('suppressions')
    .description('addresses that get no letters: bounced, unsubscribed, complained, or by hand');
  examples(suppressions, 'rollcall suppressions list');
  examples(
    offering(
      pageOptions(
        suppressions.command('list').description('suppressed addresses, the newest first'),
      )
        .option('--reason <reason>', `only these: ${SUPPRESSION_REASONS.join(', ')}`)
        .option('--address <address>', 'whether this address is suppressed, and why'),
      { reason: SUPPRESSION_REASONS },
    ).action(action(io, list)),
    'rollcall suppressions list --reason hard_bounce',
    'rollcall suppressions list --address anna@example.com',
  );
  examples(
    offering(
      suppressions
        .command('add <address>')
        .description(
          'send no more letters to an address; unsubscribed still gets administrative letters',
        )
        .option('--reason <reason>', `${GIVEN_REASONS.join(', ')} (default: by_hand)`)
        .option('--note <text>', 'why, for others who read the list'),
      { reason: GIVEN_REASONS },
    ).action(action(io, add)),
    'rollcall suppressions add anna@example.com --note "asked by phone"',
    'rollcall suppressions add anna@example.com --reason unsubscribed',
  );
  examples(
    offering(
      suppressions
        .command('remove <address>')
        .description('letters go to an address again; a bounce suppresses it again')
        .option('--reason <reason>', 'only this reason; without it all reasons'),
      { reason: SUPPRESSION_REASONS },
    ).action(action(io, remove)),
    'rollcall suppressions remove anna@example.com',
    'rollcall suppressions remove anna@example.com --reason hard_bounce',
  );
}

async function list(call: Call): Promise<Answer> {
  const { suppressions } = await call.rollcall();
  const page = await suppressions.list({
    ...pageOf(call),
    ...call.options.texts('reason', 'address'),
  });
  const command = commandLine(call, 'rollcall suppressions list', ['reason', 'limit']);
  return {
    document: page,
    text: verbatim(suppressionsText(page.suppressions)) + pageText({ next: page.next, command }),
  };
}

async function add(call: Call): Promise<Answer> {
  const { suppressions } = await call.rollcall();
  const [address = ''] = call.args;
  const added = await suppressions.add({ address, ...call.options.texts('reason', 'note') });
  return { document: added, text: verbatim(addedText(added)) };
}

async function remove(call: Call): Promise<Answer> {
  const { suppressions } = await call.rollcall();
  const [address = ''] = call.args;
  const removed = await suppressions.remove({ address, ...call.options.texts('reason') });
  return { document: removed, text: verbatim(removedText(removed)) };
}
