import { envelopeIdOf } from '../../connectors/delivery/messageId';
import type { CampaignDocument } from '../../domain/letters/campaignDocument';
import type { CampaignState } from '../../domain/letters/campaigns';
import type { DeliveryState } from '../../domain/letters/deliveries';
import type { UserScope } from '../../domain/permissions';
import { OUTSIDE } from '../../domain/users/userView';
import {
  campaignDocument,
  findCampaign,
  requireDeliveries,
  selectCampaigns,
  type FoundCampaign,
} from '../../store/letters/campaigns/campaigns';
import { selectRecipients, type Recipient } from '../../store/letters/campaigns/outcomes';
import { usersWithin } from '../../store/users/reach';
import type { OperationContext } from '../context';
import { pageFrom, pageOf } from '../pages';
import { reachOf } from '../users/userScope';
import { campaignsFor } from './campaignReach';

export type { Recipient } from '../../store/letters/campaigns/outcomes';

export interface ListCampaigns {
  readonly state?: CampaignState;
  /** 1 to 1,000; 20 unless given. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

export interface CampaignList {
  readonly campaigns: readonly CampaignDocument[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

export interface CampaignRecipients {
  /** An id, or a beginning of one. */
  readonly campaign: string;
  /** Only recipients in this state. */
  readonly state?: DeliveryState;
}

/** The secret key, by which letters are named; `null`: there is none. */
export interface NamingKey {
  readonly key: Buffer | null;
}

/** Campaigns, newest first. Faults: `forbidden`, `usage`. */
export async function listCampaigns(
  context: OperationContext,
  { state, ...page }: ListCampaigns,
): Promise<CampaignList> {
  const reach = campaignsFor(context, 'campaigns.read');
  const { limit, after } = pageOf(page, { limit: 20 });
  const found = await selectCampaigns(context.db.pool, {
    limit: limit + 1,
    reach,
    ...(state === undefined ? {} : { state }),
    ...(after === null ? {} : { before: after }),
  });
  const { rows, next } = pageFrom(found, { limit, place: ({ campaignId }) => campaignId });
  return { campaigns: rows, next };
}

/** All that is known of a campaign. Faults: `not_found`, `usage` (several begin like this). */
export async function showCampaign(
  context: OperationContext,
  prefix: string,
): Promise<CampaignDocument> {
  const { campaignId } = await campaignState(context, prefix);
  return campaignDocument(context.db.pool, campaignId);
}

/** The state of a campaign, cheap enough to be read four times a second. Faults as of {@link showCampaign}. */
export async function campaignState(
  context: OperationContext,
  prefix: string,
): Promise<FoundCampaign> {
  const reach = campaignsFor(context, 'campaigns.read');
  return findCampaign(context.db.pool, prefix, reach);
}

const PAGE = 2000;

/**
 * Every recipient of a campaign with the outcome, in the order of numbers. People outside the reach keep their
 * row, which counts, without anything about the person. Faults as of {@link showCampaign}, and `state`
 * (`campaign_forgotten`).
 */
export async function campaignRecipients(
  context: OperationContext,
  { campaign, state, key }: CampaignRecipients & NamingKey,
): Promise<AsyncIterable<Recipient>> {
  const found = await campaignState(context, campaign);
  requireDeliveries(found);
  const { campaignId } = found;
  const scope = await reachOf(context);
  const where = { campaignId, limit: PAGE, ...(state === undefined ? {} : { state }) };
  return recipientsFrom(context, { where, scope, key });
}

async function* recipientsFrom(
  { db }: OperationContext,
  o: NamingKey & {
    readonly where: Omit<Parameters<typeof selectRecipients>[1], 'after'>;
    readonly scope: UserScope;
  },
): AsyncGenerator<Recipient> {
  let after = 0;
  for (;;) {
    const page = await selectRecipients(db.pool, { ...o.where, after });
    const ids = page.map(({ userId }) => userId);
    const seen = await usersWithin(db.pool, { ids, scope: o.scope });
    for (const stored of page) {
      const { campaignId } = o.where;
      const isNamed = stored.attempts > 0 && o.key !== null;
      const messageId = isNamed ? envelopeIdOf({ campaignId, n: stored.n }, o.key) : null;
      const one = { ...stored, messageId };
      yield seen.has(stored.userId) ? one : outside(one);
    }
    after = page.at(-1)?.n ?? after;
    if (page.length < o.where.limit) return;
  }
}

/**
 * What stays visible of a recipient outside the reach: what became of the letter, and nothing about the person.
 * A new column is hidden until it is named here.
 */
function outside(one: Recipient): Recipient {
  const { n, state, reason, attempts, messageId, smtpCode, enhanced } = one;
  const { claimedAt, nextAt, closedAt } = one;
  return {
    ...{ n, state, reason, attempts, messageId, smtpCode, enhanced, claimedAt, nextAt, closedAt },
    ...{ userId: null, name: OUTSIDE, code: null, address: null },
  };
}
