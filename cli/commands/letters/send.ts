import type { Command } from 'commander';
import type { LetterPreview, SendLetter } from '../../../client';
import { LETTER_CATEGORIES } from '../../../domain/letters/content';
import { people } from '../../../wording/messages/words';
import {
  action,
  commandLine,
  examples,
  offering,
  repeatable,
  type Answer,
  type Call,
} from '../../command';
import { usage } from '../../failure';
import { count, type Io } from '../../output';
import { previewText } from '../../text/campaign';
import { waiting } from '../../wait';
import { campaignAnswer, campaignWaitOptions, followCampaign } from '../../waitCampaign';
import { defined } from '../../defined';
import { givenText, givenValues, isConfirmed, recentlyOf, requirePeople } from './given';

/** `rollcall letters send` */
export function registerSendCommand(letters: Command, io: Io): void {
  const send = letters
    .command('send [letter] [users...]')
    .description(
      'send a letter: to users by id, code, login or e-mail, or to those that a filter finds. With --custom all names are users',
    )
    .option('--filter <expr>', 'the users that a filter finds, such as department eq "Sales"')
    .option('--saved <name>', 'the users that a saved filter finds')
    .option('--value <name=text>', 'a value that the letter asks for; may be repeated', repeatable)
    .option('--custom', 'a one-off letter, which is not kept under a name')
    .option('--subject <text>', 'with --custom: its subject')
    .option('--text <text>', 'with --custom: its text; @FILE reads a file')
    .option('--html <text>', 'with --custom: its HTML; @FILE reads a file')
    .option(
      '--category <category>',
      'with --custom: administrative (default), or optional for letters that people may unsubscribe from',
    )
    .option('--at <time>', 'when to send it, as local time: 2026-12-24T09:00')
    .option('--time-zone <zone>', 'the zone of that time (default: ROLLCALL_TIME_ZONE, else UTC)')
    .option('--per-minute <n>', 'send at most this many letters a minute')
    .option('--again', 'also to people who got the same letter within 24 hours')
    .option('--skip-recent', 'leave out people who got the same letter within 24 hours')
    .option(
      '--expect <n>',
      'how many people it should go to; with any other number it is put on hold',
    )
    .option(
      '--gate <recipients=n>',
      'let it go to this many people without an approval; needs --reason',
    )
    .option('--reason <text>', 'your reason, recorded in the audit');
  examples(
    offering(campaignWaitOptions(send), { category: LETTER_CATEGORIES }).action(
      action(io, sendLetter),
    ),
    'rollcall letters send Welcome anna@example.com E-1042',
    'rollcall letters send Welcome --filter \'department eq "Sales"\' --expect 214',
    'rollcall letters send Holidays --saved everyone --at 2026-12-24T09:00 --time-zone Europe/Vienna',
    'rollcall letters send --custom --subject "Fire drill" --text @drill.txt --saved vienna',
  );
}

async function sendLetter(call: Call): Promise<Answer> {
  waiting(call);
  const request = await requestOf(call);
  const expect = call.options.number('expect');
  const { campaigns } = await call.rollcall();
  const preview = await campaigns.preview({ ...request, ...defined({ expect }) });
  if (isNothing(preview, expect)) {
    return {
      document: { campaignId: null, state: 'done', chosen: preview.chosen },
      text:
        preview.chosen === 0
          ? 'No users match: nothing is sent.\n'
          : 'All of these people got it within the last 24 hours: nothing is sent.\n',
    };
  }
  // Nobody can get it: the fault of sending says so, and nothing has to be confirmed.
  const confirmed =
    preview.recipients === 0 ||
    expect !== undefined ||
    (await isConfirmed(call, confirming(call, preview)));
  if (!confirmed) {
    const document = { campaignId: null, state: null, recipients: preview.recipients };
    return { document, text: 'Nothing was sent.\n' };
  }
  if (expect !== undefined && preview.recipients > 0) call.note(previewText(preview).trimEnd());
  // With --yes any number is meant; at the prompt it is the one that was shown.
  const meant = expect ?? (call.options.flag('yes') ? null : preview.recipients);
  const { campaignId, state } = await campaigns.send({ ...request, expect: meant });
  if (request.at === undefined || state === 'held') return followCampaign(call, campaignId);
  return campaignAnswer(await campaigns.get(campaignId));
}

/** A filter that finds nobody, or only people who got it already, is no fault unless a number was expected. */
function isNothing({ chosen, recipients, leftOut }: LetterPreview, expect = 0): boolean {
  if (recipients > 0 || expect > 0) return false;
  return chosen === 0 || leftOut.sent_recently > 0;
}

function confirming(call: Call, preview: LetterPreview): Parameters<typeof isConfirmed>[1] {
  const { recipients } = preview;
  const when = preview.sendAt === null ? '' : ' at that time';
  return {
    what: 'the letter',
    recipients,
    preview: previewText(preview),
    besides: leftOutNote(preview),
    question: `Send it to ${people(recipients)}${when}?`,
    command: commandOf(call),
  };
}

function leftOutNote({ chosen, recipients }: LetterPreview): string {
  const others = chosen - recipients;
  if (others === 0) return '';
  return `${count(others)} of the ${count(chosen)} chosen ${others === 1 ? 'is' : 'are'} left out. `;
}

/** The command line again. */
function commandOf(call: Call): string {
  const names = [
    ...['filter', 'saved', 'custom', 'subject', 'text', 'html', 'category', 'at', 'timeZone'],
    ...['perMinute', 'again', 'skipRecent', 'gate', 'reason', 'detach', 'timeout', 'value'],
  ];
  return commandLine(call, 'rollcall letters send', names);
}

async function requestOf(call: Call): Promise<SendLetter> {
  const { options } = call;
  const isCustom = options.flag('custom');
  const [letter, ...named] = call.args;
  const users = isCustom ? call.args : named;
  if (!isCustom && letter === undefined) {
    throw usage('Name the letter, or write a one-off: --custom --subject S --text @FILE.');
  }
  requirePeople(call, users);
  const perMinute = options.number('perMinute');
  const gate = gateOf(options.text('gate'));
  return {
    ...(isCustom ? { custom: await customOf(call) } : defined({ letter })),
    users,
    ...options.texts('filter', 'saved', 'at', 'timeZone', 'reason'),
    values: givenValues(options.list('value')),
    ...defined({ perMinute, gate }),
    recently: recentlyOf(call),
  };
}

async function customOf({ options }: Call): Promise<NonNullable<SendLetter['custom']>> {
  const [subject, text, html] = [
    options.text('subject'),
    options.text('text'),
    options.text('html'),
  ];
  if (subject === undefined || text === undefined) {
    throw usage('A one-off letter needs a subject and a text: --custom --subject S --text @FILE.');
  }
  const category = options.choice('category', LETTER_CATEGORIES);
  return {
    subject,
    text: await givenText('text', text),
    html: html === undefined ? null : await givenText('html', html),
    ...defined({ category }),
  };
}

function gateOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const [, n] = /^recipients=(\d{1,9})$/.exec(given) ?? [];
  if (n === undefined) throw usage(`--gate takes recipients=N, not "${given}".`);
  return Number(n);
}
