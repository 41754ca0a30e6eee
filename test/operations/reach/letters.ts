import * as announcements from '../../../operations/letters/announcements';
import type { SendAnnouncement } from '../../../operations/letters/announcements';
import * as notifications from '../../../operations/letters/notifications';
import * as sentAnnouncements from '../../../operations/letters/sentAnnouncements';
import type { OperationContext } from '../../../operations/context';
import type { Selection } from '../../../operations/users/selection';
import { byRun, byUser, each, type Call } from './ways';

const settings = { sink: true, gate: 10, timeZone: 'UTC' };

const announced = (who: Selection): { request: SendAnnouncement; settings: typeof settings } => ({
  request: { title: 'News', markdown: 'Hello', recently: 'again', ...who },
  settings,
});

const byChoice =
  (work: (context: OperationContext, who: Selection) => Promise<unknown>): Call =>
  (context, ways) => ({
    ...each('person', ways.people, (user) => work(context, { users: [user] })),
    ...each('filter', ways.filters, (filter) => work(context, { filter })),
    ...each('saved', ways.saved, (saved) => work(context, { saved })),
  });

/** The operations of announcements, as `CALLS`. */
export const LETTER_CALLS: Readonly<Record<string, Call>> = {
  'announcements.previewAnnouncement': byChoice((context, who) =>
    announcements.previewAnnouncement(context, announced(who)),
  ),
  'announcements.sendAnnouncement': byUser((context, user) =>
    announcements.sendAnnouncement(context, announced({ users: [user] })),
  ),
  'sentAnnouncements.listAnnouncements': (context) => ({
    all: () => sentAnnouncements.listAnnouncements(context),
  }),
  'sentAnnouncements.retractAnnouncement': byRun((context, announcement) =>
    sentAnnouncements.retractAnnouncement(context, { announcement }),
  ),
  'notifications.listNotifications': byUser((context, user) =>
    notifications.listNotifications(context, { user }),
  ),
  'notifications.readNotifications': byUser((context, user) =>
    notifications.readNotifications(context, { user, all: true }),
  ),
};
