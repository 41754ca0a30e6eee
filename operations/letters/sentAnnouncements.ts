import { Fault } from '../../domain/faults';
import type { AnnouncementState } from '../../domain/letters/announcement';
import { fits } from '../../domain/letters/campaigns';
import { byPrefix } from '../../domain/ids';
import { audit } from '../../store/database/audit';
import { transaction, type Queryable } from '../../store/database/db';
import { moveCampaign } from '../../store/letters/campaigns/move';
import { insertCampaignDecision, skipPlanned } from '../../store/letters/decisions';
import {
  findAnnouncements,
  selectAnnouncements,
  writeRetracted,
  type AnnouncementRow,
} from '../../store/letters/notifications';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { campaignsFor } from './campaignReach';
import { pageFrom, pageOf, type ListPage } from '../pages';

/** An announcement for those who send; times are ISO 8601 instants. */
export interface AnnouncementView {
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
  readonly html: string;
  readonly link: string | null;
  readonly state: AnnouncementState;
  /** True: mailed, too; `campaigns show` has what became of the mails. */
  readonly mails: boolean;
  /** The people that were chosen. */
  readonly recipients: number;
  readonly by: string;
  readonly createdAt: string;
  readonly visibleFrom: string | null;
  readonly visibleUntil: string | null;
  /** The zone in which these were given. */
  readonly timeZone: string | null;
  readonly retractedAt: string | null;
}

export interface AnnouncementList {
  /** The newest first. */
  readonly announcements: readonly AnnouncementView[];
  readonly next: string | null;
}

/** What retracting did. */
export interface RetractedAnnouncement extends AnnouncementView {
  /** False: it was retracted already. */
  readonly changed: boolean;
  /** Mails that were still to be sent, and are not. */
  readonly notMailed: number;
}

/** A page of announcements; a manager has those that the manager sent. Faults: `usage`. */
export async function listAnnouncements(
  context: OperationContext,
  input: ListPage = {},
): Promise<AnnouncementList> {
  const actorId = campaignsFor(context, 'campaigns.read')?.actorId ?? null;
  const { limit, after } = pageOf(input);
  const page = { actorId, limit: limit + 1, after };
  const found = await selectAnnouncements(context.db.pool, page);
  const { rows, next } = pageFrom(found, { limit, place: ({ id }) => id });
  return { announcements: rows.map(view), next };
}

/**
 * Takes an announcement out of all lists at once; of one that is still being mailed, the mails that are not
 * sent yet are cancelled. Faults: `not_found`, `usage` (several ids begin so).
 */
export async function retractAnnouncement(
  context: OperationContext,
  input: { readonly announcement: string; readonly reason?: string },
): Promise<RetractedAnnouncement> {
  const actorId = campaignsFor(context, 'campaigns.decide')?.actorId ?? null;
  return transaction(context.db, async (tx) => {
    const row = await theOne(tx, { prefix: input.announcement, actorId, lock: true });
    const { id, retractedAt, mails, campaignState } = row;
    if (retractedAt !== null) return { ...view(row), changed: false, notMailed: 0 };
    await writeRetracted(tx, id);
    let notMailed = 0;
    if (mails && fits('cancel', campaignState)) {
      notMailed = await skipPlanned(tx, id);
      await moveCampaign(tx, { campaignId: id, to: 'cancelled' });
      const decision = { campaignId: id, actorId: context.actorId, reason: input.reason };
      await insertCampaignDecision(tx, { ...decision, kind: 'cancel' });
    }
    await audit(tx, {
      ...actorOf(context),
      action: 'announcement.retract',
      subjectType: 'campaign',
      subjectId: id,
      fields: ['retracted'],
    });
    const now = await theOne(tx, { prefix: id, actorId });
    return { ...view(now), changed: true, notMailed };
  });
}

async function theOne(
  db: Queryable,
  o: { readonly prefix: string; readonly actorId: string | null; readonly lock?: boolean },
): Promise<AnnouncementRow> {
  const next = { do: 'listAnnouncements' } as const;
  return byPrefix(o.prefix, {
    find: (prefix) => findAnnouncements(db, { ...o, prefix }),
    missing: () =>
      new Fault('not_found', {
        code: 'announcement_not_found',
        message: `There is no announcement "${o.prefix}".`,
        next,
      }),
    several: () =>
      new Fault('usage', {
        code: 'announcement_ambiguous',
        message: `Several announcements begin with "${o.prefix}".`,
        next,
      }),
  });
}

function view(row: AnnouncementRow): AnnouncementView {
  const {
    actorId: _,
    campaignState: __,
    createdAt,
    visibleFrom,
    visibleUntil,
    retractedAt,
    ...rest
  } = row;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    visibleFrom: visibleFrom?.toISOString() ?? null,
    visibleUntil: visibleUntil?.toISOString() ?? null,
    retractedAt: retractedAt?.toISOString() ?? null,
  };
}
