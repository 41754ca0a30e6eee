import type { AnnouncementPreview } from '../../operations/letters/announcements';
import type { NotificationList } from '../../operations/letters/notifications';
import type {
  AnnouncementView,
  RetractedAnnouncement,
} from '../../operations/letters/sentAnnouncements';
import { verbatim } from '../../wording/called';
import { counted, people } from '../../wording/messages/words';
import { count, pairs, table, minute } from '../output';

/** What an announcement would do, for people. */
export function announcementPreviewText(o: AnnouncementPreview): string {
  const { recipients, mailed, chosen, leftOut, sample, sink } = o;
  const more = recipients > sample.length ? ', …' : '';
  return pairs([
    ['title', verbatim(o.title)],
    ['to', `${people(recipients)}: ${verbatim(sample.join(', '))}${more}`],
    ...(mailed === 0 ? [] : [['mailed to', mailedText(mailed, sink)] as const]),
    ...(leftOut.inactive === 0
      ? []
      : [['left out', `${count(leftOut.inactive)} of ${count(chosen)}, not active`] as const]),
    ...(o.visibleFrom === null ? [] : [['from', `${minute(o.visibleFrom)} UTC`] as const]),
    ...(o.visibleUntil === null ? [] : [['until', `${minute(o.visibleUntil)} UTC`] as const]),
    ...(o.mailsAt === null ? [] : [['mails go out', `${minute(o.mailsAt)} UTC`] as const]),
    ...(o.needsApproval ? [['approval', 'needed, because many people get a mail'] as const] : []),
  ]);
}

function mailedText(mailed: number, sink: boolean): string {
  return `${people(mailed)}${sink ? ' (goes to the local sink, not to people)' : ''}`;
}

/** A list of announcements for people. */
export function announcementsText(all: readonly AnnouncementView[]): string {
  if (all.length === 0) return 'No announcements.\n';
  return table(
    ['announcement', 'title', 'state', 'people', 'mailed', 'sent (UTC)', 'from', 'until', 'by'],
    all.map((one) => [
      ...[one.id, verbatim(one.title), one.state, count(one.recipients), one.mails ? 'yes' : ''],
      minute(one.createdAt),
      one.visibleFrom === null ? null : minute(one.visibleFrom),
      one.visibleUntil === null ? null : minute(one.visibleUntil),
      verbatim(one.by),
    ]),
  );
}

/** What retracting did, for people. */
export function retractedText({ changed, title, notMailed }: RetractedAnnouncement): string {
  const named = `"${verbatim(title)}"`;
  if (!changed) return `${named} was retracted already.\n`;
  const mails =
    notMailed === 0 ? '' : ` ${counted(notMailed, 'mail is', 'mails are')} not sent any more.`;
  return `${named} is out of all lists.${mails}\n`;
}

/** A person's list for people. */
export function notificationsText({ notifications, unread }: NotificationList): string {
  if (notifications.length === 0) return 'No announcements.\n';
  const rows = table(
    ['announcement', 'title', 'since (UTC)', 'until', 'read (UTC)', 'by'],
    notifications.map(({ id, title, at, visibleUntil, readAt, by }) => [
      ...[id, verbatim(title), minute(at)],
      visibleUntil === null ? null : minute(visibleUntil),
      ...[readAt === null ? null : minute(readAt), verbatim(by)],
    ]),
  );
  return `${rows}${count(unread)} unread\n`;
}
