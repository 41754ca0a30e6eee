import { pageText } from '../../output';
import type { Command } from 'commander';
import { LETTER_CATEGORIES } from '../../../domain/letters/content';
import type {
  AnnouncementPreview,
  SendAnnouncement,
} from '../../../operations/letters/announcements';
import { people } from '../../../wording/messages/words';
import { action, commandLine, examples, offering, type Answer, type Call } from '../../command';
import type { Io } from '../../output';
import {
  announcementPreviewText,
  announcementsText,
  notificationsText,
  retractedText,
} from '../../text/announcements';
import { waiting } from '../../wait';
import { campaignAnswer, campaignWaitOptions, followCampaign } from '../../waitCampaign';
import { pageOptions, pageOf } from '../pages';
import { givenText, isConfirmed, recentlyOf, requirePeople } from './given';

/** `rollcall announcements …` */
export function registerAnnouncementsCommands(program: Command, io: Io): void {
  const announcements = program
    .command('announcements')
    .description('announcements in people’s lists, also by mail');
  examples(announcements, 'rollcall announcements list');
  const send = announcements
    .command('send [users...]')
    .description(
      'announce something to users by id, code, login or e-mail, or to those that a filter finds; it is in their lists at once',
    )
    .requiredOption('--title <text>', 'one line')
    .requiredOption('--text <text>', 'Markdown; @FILE reads a file. HTML in it is shown as text')
    .option('--link <url>', 'an https page that belongs to it')
    .option('--filter <expr>', 'the users that a filter finds, such as department eq "Sales"')
    .option('--saved <name>', 'the users that a saved filter finds')
    .option('--visible-from <time>', 'not before this local time (2026-12-24T09:00) or day')
    .option('--visible-until <time>', 'not after this local time or day')
    .option('--time-zone <zone>', 'the zone of these times (default: ROLLCALL_TIME_ZONE, else UTC)')
    .option(
      '--also-mail',
      'mail it, too, to those who have an address: at once, or at --visible-from',
    )
    .option('--category <category>', 'of the mail: optional (default) or administrative')
    .option('--again', 'also to people who got the same within 24 hours')
    .option('--skip-recent', 'leave out people who got the same within 24 hours')
    .option('--expect <n>', 'how many people it should go to; with another number nothing is sent');
  examples(
    offering(campaignWaitOptions(send), { category: LETTER_CATEGORIES }).action(
      action(io, sendAnnouncement),
    ),
    'rollcall announcements send --title "Fire drill" --text @drill.md --filter \'location eq "Vienna"\' --expect 214',
    'rollcall announcements send anna@example.com --title "New course" --text "See **Safety**." --visible-until 2026-12-31',
    'rollcall announcements send --title "Maintenance" --text @it.md --saved everyone --also-mail --yes',
  );
  examples(
    pageOptions(
      announcements.command('list').description('announcements, the newest first'),
    ).action(action(io, list)),
    'rollcall announcements list',
  );
  examples(
    announcements
      .command('retract <announcement>')
      .description('take it out of all lists at once; mails that are not sent yet are cancelled')
      .option('--reason <text>', 'your reason')
      .action(action(io, retract)),
    'rollcall announcements retract 0192f0c1',
  );
}

/** `rollcall notifications …` */
export function registerNotificationsCommands(program: Command, io: Io): void {
  const notifications = program
    .command('notifications')
    .description('the announcements in a person’s list');
  examples(notifications, 'rollcall notifications list anna@example.com --unread');
  examples(
    pageOptions(
      notifications.command('list <user>').description('the list of a person, the newest first'),
    )
      .option('--unread', 'only what the person has not read')
      .action(action(io, inbox)),
    'rollcall notifications list anna@example.com --unread',
  );
  examples(
    notifications
      .command('read <user> [announcements...]')
      .description('mark announcements as read for a person')
      .option('--all', 'all that are in the list')
      .action(action(io, markRead)),
    'rollcall notifications read anna@example.com --all',
  );
}

async function sendAnnouncement(call: Call): Promise<Answer> {
  waiting(call);
  const request = await requestOf(call);
  const expect = call.options.number('expect');
  const { announcements } = await call.rollcall();
  const preview = await announcements.preview(request);
  if (expect === undefined && !(await isConfirmed(call, confirming(call, preview)))) {
    return { document: { announcement: null, state: null }, text: 'Nothing was sent.\n' };
  }
  const meant = expect ?? (call.options.flag('yes') ? null : preview.recipients);
  const sent = await announcements.send({ ...request, expect: meant });
  if (sent.mails && sent.mailsAt !== null && sent.state !== 'held') {
    const { campaigns } = await call.rollcall();
    return campaignAnswer(await campaigns.get(sent.campaignId));
  }
  if (sent.mails) return followCampaign(call, sent.campaignId);
  const { campaignId: announcement, state, recipients } = sent;
  return {
    document: { announcement, state, recipients },
    text: `It is in the lists of ${people(recipients)}.\nannouncement ${announcement}\n`,
  };
}

function confirming(call: Call, preview: AnnouncementPreview): Parameters<typeof isConfirmed>[1] {
  const { recipients } = preview;
  return {
    what: 'the announcement',
    recipients,
    preview: announcementPreviewText(preview),
    question: `Announce it to ${people(recipients)}?`,
    command: commandLine(call, 'rollcall announcements send', GIVEN_AGAIN),
  };
}

/** The options that the same command has again. */
const GIVEN_AGAIN = [
  ...['title', 'text', 'link', 'filter', 'saved', 'visibleFrom', 'visibleUntil', 'timeZone'],
  ...['alsoMail', 'category', 'again', 'skipRecent', 'detach', 'timeout'],
];

async function requestOf(call: Call): Promise<SendAnnouncement> {
  const { options, args } = call;
  requirePeople(call, args);
  const category = options.choice('category', LETTER_CATEGORIES);
  return {
    title: options.text('title') ?? '',
    markdown: await givenText('text', options.text('text') ?? ''),
    users: args,
    ...options.texts('link', 'filter', 'saved', 'visibleFrom', 'visibleUntil', 'timeZone'),
    mail: options.flag('alsoMail'),
    ...(category === undefined ? {} : { category }),
    recently: recentlyOf(call),
  };
}

async function list(call: Call): Promise<Answer> {
  const { announcements } = await call.rollcall();
  const page = await announcements.list(pageOf(call));
  const command = commandLine(call, 'rollcall announcements list', ['limit']);
  return {
    document: page,
    text: announcementsText(page.announcements) + pageText({ next: page.next, command }),
  };
}

async function retract(call: Call): Promise<Answer> {
  const { announcements } = await call.rollcall();
  const [announcement = ''] = call.args;
  const document = await announcements.retract({ announcement, ...call.options.texts('reason') });
  return { document, text: retractedText(document) };
}

async function inbox(call: Call): Promise<Answer> {
  const { notifications } = await call.rollcall();
  const [user = ''] = call.args;
  const page = await notifications.list({
    ...{ user, ...pageOf(call) },
    unread: call.options.flag('unread'),
  });
  const command = commandLine(call, 'rollcall notifications list', ['unread', 'limit']);
  return { document: page, text: notificationsText(page) + pageText({ next: page.next, command }) };
}

async function markRead(call: Call): Promise<Answer> {
  const { notifications } = await call.rollcall();
  const [user = '', ...ids] = call.args;
  const document = await notifications.read({ user, ids, all: call.options.flag('all') });
  const { read, unread } = document;
  return {
    document,
    text: `${String(read.length)} marked as read, ${String(unread)} unread.\n`,
  };
}
