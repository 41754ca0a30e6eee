import { parseMessageId } from '../../connectors/delivery/messageId';
import { Fault } from '../../domain/faults';
import { UNRESOLVED_MINUTES, type Resolution } from '../../domain/letters/campaigns';
import { transaction, type Tx } from '../../store/database/db';
import { campaignNotFound, findCampaign } from '../../store/letters/campaigns/campaigns';
import {
  countUnknown,
  lockCampaign,
  resolveUnknown,
  type LockedCampaign,
  type UnknownChoice,
} from '../../store/letters/decisions';
import type { Keyring } from '../../store/sources/secrets';
import type { OperationContext } from '../context';
import { reachOf, resolveUser } from '../users/userScope';
import { campaignsFor } from './campaignReach';
import {
  allSentRecently,
  campaignMisfit,
  decide,
  goesOn,
  type CampaignDecisionInput,
  type DecidedCampaign,
  type SendAgain,
} from './decisions';

/** What operations on unknown deliveries need besides the store: the keys of Message-IDs. */
export interface ResolveContext extends OperationContext, Keyring {}

/** Which unknown deliveries: one person's, all of them, or those that a mail server's log names. */
export interface WhichUnknown {
  /** The id of the campaign, or a unique beginning of it. */
  readonly campaign: string;
  /** By id, code, login or e-mail. */
  readonly user?: string;
  readonly all?: boolean;
  /** Lines that hold Message-IDs, such as a mail server's log: what it took did go out. */
  readonly acceptedIds?: AsyncIterable<string>;
}

export interface ResolveUnknown extends CampaignDecisionInput, WhichUnknown, SendAgain {
  readonly as: Resolution;
  /** How many deliveries the actor confirmed; with any other number nothing is done. */
  readonly expect?: number;
}

/** Unknown deliveries that {@link resolveCampaign} would settle. */
export interface Resolvable {
  readonly campaignId: string;
  readonly deliveries: number;
}

/**
 * Counts what {@link resolveCampaign} would settle, for a confirmation. A file of Message-IDs is read to its
 * end. Faults: as there.
 */
export async function countUnresolved(
  context: ResolveContext,
  input: WhichUnknown,
): Promise<Resolvable> {
  const choice = await chosen(context, input);
  return transaction(context.db, async (tx) => {
    const campaign = await lockCampaign(tx, choice.campaignId);
    if (campaign === null) throw campaignNotFound(choice.campaignId);
    const { campaignId } = campaign;
    return { campaignId, deliveries: await resolvable(tx, { campaign, choice, input }) };
  });
}

/**
 * Settles unknown deliveries by a person's word: they arrived, or they are sent again. Nothing else ever sends
 * them again. Refused while one of them was claimed less than ten minutes ago, because its sender may know.
 * Faults: `not_found`, `usage`, `forbidden`, `conflict` (`sent_recently`), `state` (`nothing_to_resolve`,
 * `resolve_too_early`, `count_differs`, `campaign_is_cancelled`).
 */
export async function resolveCampaign(
  context: ResolveContext,
  input: ResolveUnknown,
): Promise<DecidedCampaign> {
  const { as, expect, again = false } = input;
  if (input.acceptedIds !== undefined && as !== 'accepted') {
    throw usage('What a mail server took can only be resolved as accepted.');
  }
  const choice = await chosen(context, input);
  return decide(
    context,
    { ...input, campaign: choice.campaignId },
    {
      kind: 'resolve',
      carryOut: async (tx, campaign) => {
        const { state, trouble, campaignId } = campaign;
        if (as === 'resend' && state === 'cancelled') throw campaignMisfit(campaign, 'resolve');
        const found = await resolvable(tx, { campaign, choice, input });
        const resolving = { ...choice, as, again, trouble };
        const { changed, leftOut } = await resolveUnknown(tx, resolving);
        // A sender may have come back with what it knows of one of them in between.
        const [deliveries, confirmed] = [changed + leftOut, expect ?? found];
        if (deliveries !== confirmed) throw countDiffers(campaignId, { deliveries, confirmed });
        if (changed === 0) throw allSentRecently(campaignId, leftOut);
        const to = as === 'resend' ? goesOn(state) : state;
        return { to, deliveries: changed, leftOut, detail: { as } };
      },
    },
  );
}

async function resolvable(
  tx: Tx,
  o: {
    readonly campaign: LockedCampaign;
    readonly choice: UnknownChoice;
    readonly input: WhichUnknown;
  },
): Promise<number> {
  const { campaignId, trouble } = o.campaign;
  const { count, from } = await countUnknown(tx, { ...o.choice, trouble });
  if (from !== null) throw tooEarly(campaignId, from);
  if (count === 0) throw nothing(campaignId, o.input);
  return count;
}

async function chosen(context: ResolveContext, input: WhichUnknown): Promise<UnknownChoice> {
  const reach = campaignsFor(context, 'campaigns.decide');
  const { user: ref, all = false, acceptedIds } = input;
  const given = [ref !== undefined, all, acceptedIds !== undefined].filter(Boolean);
  if (given.length !== 1) {
    throw usage('Choose one person, all deliveries that are unknown, or a file of Message-IDs.');
  }
  const { campaignId } = await findCampaign(context.db.pool, input.campaign, reach);
  if (ref !== undefined) {
    const { survivorId: userId } = await resolveUser(context, ref, await reachOf(context));
    return { campaignId, userId };
  }
  if (acceptedIds === undefined) return { campaignId };
  return { campaignId, ns: await named(acceptedIds, { campaignId, keys: context.keys }) };
}

/**
 * The deliveries of the campaign that the lines prove. Postfix logs a Message-ID as soon as it reads that header,
 * also of a letter that broke off and was thrown away (`findings/mail/postfix-logs-a-letter-it-did-not-take.sh`):
 * such a line counts once the queue manager has the letter.
 */
async function named(
  lines: AsyncIterable<string>,
  o: Keyring & { readonly campaignId: string },
): Promise<readonly number[]> {
  const taken = new Set<number>();
  const read = new Map<string, number>();
  const nameOf = (line: string): number | null => {
    const ref = parseMessageId(line, o.keys);
    return ref?.campaignId === o.campaignId ? ref.n : null;
  };
  for await (const line of lines) {
    const [, queued = ''] = POSTFIX_QUEUED.exec(line) ?? [];
    const [, header = ''] = POSTFIX_HEADER.exec(line) ?? [];
    const n = queued === '' ? nameOf(line) : (read.get(queued) ?? null);
    // Queue ids are used again.
    if (header !== '') read.delete(header);
    if (n === null) continue;
    if (header === '') taken.add(n);
    else read.set(header, n);
  }
  return [...taken];
}

const POSTFIX_HEADER = /\/cleanup\[\d+\]: ([0-9A-Za-z]+): (?:resent-)?message-id=/;
const POSTFIX_QUEUED = /\/qmgr\[\d+\]: ([0-9A-Za-z]+): from=.*\(queue active\)/;

function usage(message: string): Fault {
  return new Fault('usage', { code: 'usage', message, next: { do: 'listCampaigns' } });
}

function nothing(campaign: string, { user, acceptedIds }: WhichUnknown): Fault {
  const whose =
    user !== undefined
      ? `The delivery of campaign ${campaign} to this person is not unknown`
      : acceptedIds !== undefined
        ? `The file proves no delivery of campaign ${campaign} that is unknown (of Postfix, it takes the complete log)`
        : `No delivery of campaign ${campaign} is unknown`;
  return new Fault('state', {
    code: 'nothing_to_resolve',
    message: `${whose}.`,
    next: { do: 'showCampaign', campaign },
  });
}

function tooEarly(campaign: string, from: Date): Fault {
  return new Fault('state', {
    code: 'resolve_too_early',
    message: `Deliveries of campaign ${campaign} can be resolved ${String(UNRESOLVED_MINUTES)} minutes after they were begun: from ${from.toISOString()} on. Until then, their sender may still report what became of them.`,
    next: { do: 'showRecipients', campaign, state: 'unknown' },
    details: { from: from.toISOString() },
  });
}

function countDiffers(
  campaign: string,
  o: { readonly deliveries: number; readonly confirmed: number },
): Fault {
  return new Fault('state', {
    code: 'count_differs',
    message: `${String(o.deliveries)} deliveries of campaign ${campaign} would be resolved, not ${String(o.confirmed)}: nothing was changed.`,
    next: { do: 'showRecipients', campaign, state: 'unknown' },
    details: { deliveries: o.deliveries },
  });
}
