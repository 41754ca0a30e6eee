import { Fault } from '../../domain/faults';
import { isId } from '../../domain/ids';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import {
  countUnread,
  markRead,
  selectNotifications,
  visibleAmong,
  type NotificationRow,
} from '../../store/letters/notifications';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { pageFrom, pageOf, type ListPage } from '../pages';
import { resolveUser, scopeFor } from '../users/userScope';

/** An announcement in a person's list. */
export interface NotificationView {
  readonly id: string;
  readonly title: string;
  /** As it was written. */
  readonly markdown: string;
  /** Safe to show as it is. */
  readonly html: string;
  readonly link: string | null;
  /** The name of the admin who sent it. */
  readonly by: string;
  /** ISO 8601 instants: since when it is in the list, until when, and when it was read. */
  readonly at: string;
  readonly visibleUntil: string | null;
  readonly readAt: string | null;
}

export interface ListNotifications extends ListPage {
  readonly user: string;
  /** Only what the person has not read. */
  readonly unread?: boolean;
}

export interface NotificationList {
  /** The newest first. */
  readonly notifications: readonly NotificationView[];
  /** Of all of them, whatever the page. */
  readonly unread: number;
  readonly next: string | null;
}

export interface ReadNotifications {
  readonly user: string;
  /** Ids; or all that are in the list now. */
  readonly ids?: readonly string[];
  readonly all?: boolean;
}

export interface ReadResult {
  /** Those that were unread. */
  readonly read: readonly string[];
  readonly unread: number;
}

/**
 * A page of a person's announcements. Expired and retracted ones are not in it, from the moment on. Faults:
 * `not_found`, `usage`.
 */
export async function listNotifications(
  context: OperationContext,
  input: ListNotifications,
): Promise<NotificationList> {
  const scope = await scopeFor(context, 'notifications.read');
  const { limit, after } = pageOf(input);
  const { survivorId: userId } = await resolveUser(context, input.user, scope);
  const { pool } = context.db;
  const page = { userId, unread: input.unread === true, limit: limit + 1, after };
  const [found, unread] = await Promise.all([
    selectNotifications(pool, page),
    countUnread(pool, userId),
  ]);
  const { rows, next } = pageFrom(found, { limit, place: ({ id }) => id });
  return { notifications: rows.map(view), unread, next };
}

/** Marks announcements as read; those that were read stay so. Faults: `not_found`, `usage`. */
export async function readNotifications(
  context: OperationContext,
  input: ReadNotifications,
): Promise<ReadResult> {
  const scope = await scopeFor(context, 'notifications.write');
  const { all = false, ids = [] } = input;
  if (all === ids.length > 0) {
    throw new Fault('usage', {
      code: 'bad_notifications',
      message: 'Name announcements, or take all of them.',
      next: { do: 'listNotifications', user: input.user },
    });
  }
  const { survivorId: userId } = await resolveUser(context, input.user, scope);
  return transaction(context.db, async (tx) => {
    if (!all) await refuseUnknown({ tx, userId, ids, user: input.user });
    const read = await markRead(tx, { userId, ids: all ? null : ids });
    if (read.length > 0) {
      await audit(tx, {
        ...actorOf(context),
        action: 'user.notifications_read',
        subjectType: 'user',
        subjectId: userId,
        fields: ['notifications'],
      });
    }
    return { read, unread: await countUnread(tx, userId) };
  });
}

async function refuseUnknown(o: {
  readonly tx: Parameters<typeof visibleAmong>[0];
  readonly userId: string;
  readonly ids: readonly string[];
  readonly user: string;
}): Promise<void> {
  const { tx, userId, ids, user } = o;
  const known = await visibleAmong(tx, { userId, ids: ids.filter(isId) });
  const unknown = ids.find((id) => !known.has(id.toLowerCase()));
  if (unknown === undefined) return;
  throw new Fault('not_found', {
    code: 'notification_not_found',
    message: `There is no announcement ${unknown} in the list of this person.`,
    next: { do: 'listNotifications', user },
  });
}

function view({ at, readAt, visibleUntil, ...row }: NotificationRow): NotificationView {
  return {
    ...row,
    at: at.toISOString(),
    visibleUntil: visibleUntil?.toISOString() ?? null,
    readAt: readAt?.toISOString() ?? null,
  };
}
