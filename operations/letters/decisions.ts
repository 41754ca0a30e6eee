import { Fault } from '../../domain/faults';
import { fits, type CampaignDecision, type CampaignState } from '../../domain/letters/campaigns';
import type { Next } from '../../domain/next';
import { audit } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import {
  campaignNotFound,
  findCampaign,
  requireDeliveries,
} from '../../store/letters/campaigns/campaigns';
import { moveCampaign } from '../../store/letters/campaigns/move';
import {
  approveCampaignRow,
  insertCampaignDecision,
  lockCampaign,
  replanFailed,
  skipPlanned,
  type LockedCampaign,
} from '../../store/letters/decisions';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { campaignsFor } from './campaignReach';

/** A decision that was carried out. */
export interface DecidedCampaign {
  readonly campaignId: string;
  readonly decisionId: string;
  readonly state: CampaignState;
  /** Deliveries that it changed. */
  readonly deliveries: number;
  /** Deliveries that it skipped instead, because these people got the same by another campaign within 24 hours. */
  readonly leftOut: number;
}

export interface CampaignDecisionInput {
  /** The id of the campaign, or a unique beginning of it. */
  readonly campaign: string;
  readonly reason?: string;
}

/**
 * Lets a campaign on hold be sent: at once, or at its time. `twoPeople`: not by the admin who wrote it.
 * Faults: `not_found`, `forbidden` (`second_person_needed`), `state` (`campaign_is_…`).
 */
export async function approveCampaign(
  context: OperationContext,
  input: CampaignDecisionInput & { readonly twoPeople: boolean },
): Promise<DecidedCampaign> {
  const { twoPeople } = input;
  return decide(context, input, {
    kind: 'approve',
    carryOut: async (tx, { campaignId, isDue }) => {
      const { actorId } = context;
      if (!(await approveCampaignRow(tx, { campaignId, actorId, twoPeople }))) {
        throw secondPersonNeeded(campaignId);
      }
      return { to: isDue ? 'running' : 'planned' };
    },
  });
}

/** Ends a campaign on hold: nothing of it is sent. Faults: as of {@link approveCampaign}. */
export async function rejectCampaign(
  context: OperationContext,
  input: CampaignDecisionInput,
): Promise<DecidedCampaign> {
  return decide(context, input, { kind: 'reject', carryOut: end });
}

/** Ends a campaign: what is not sent yet is not sent. Faults: as of {@link approveCampaign}. */
export async function cancelCampaign(
  context: OperationContext,
  input: CampaignDecisionInput,
): Promise<DecidedCampaign> {
  return decide(context, input, { kind: 'cancel', carryOut: end });
}

async function end(tx: Tx, { campaignId }: LockedCampaign): Promise<Outcome> {
  return { to: 'cancelled', deliveries: await skipPlanned(tx, campaignId) };
}

/**
 * Stops a campaign: a second after this returns, no letter of it is begun any more. Those that a sender has begun
 * are sent to their end; it gives the others back. Faults: as of {@link approveCampaign}.
 */
export async function pauseCampaign(
  context: OperationContext,
  input: CampaignDecisionInput,
): Promise<DecidedCampaign> {
  return decide(context, input, {
    kind: 'pause',
    carryOut: () => Promise.resolve({ to: 'paused' }),
  });
}

/** Lets a paused campaign go on, now or at its time. Faults: as of {@link approveCampaign}. */
export async function resumeCampaign(
  context: OperationContext,
  input: CampaignDecisionInput,
): Promise<DecidedCampaign> {
  return decide(context, input, {
    kind: 'resume',
    carryOut: (_, { isDue }) => Promise.resolve({ to: isDue ? 'running' : 'planned' }),
  });
}

/** A decision that plans deliveries again. */
export interface SendAgain {
  /** Also to people who got the same by another campaign within 24 hours; they are left out unless given. */
  readonly again?: boolean;
}

/**
 * Sends to the recipients who failed once more; to nobody who may have got it. A campaign that was done goes
 * on. Faults: as of {@link approveCampaign}, `nothing_to_retry`, `sent_recently`.
 */
export async function retryCampaign(
  context: OperationContext,
  input: CampaignDecisionInput & SendAgain,
): Promise<DecidedCampaign> {
  const { again = false } = input;
  return decide(context, input, {
    kind: 'retry',
    carryOut: async (tx, { campaignId, state }) => {
      const { changed, leftOut } = await replanFailed(tx, { campaignId, again });
      if (changed + leftOut === 0) throw nothingToRetry(campaignId);
      if (changed === 0) throw allSentRecently(campaignId, leftOut);
      return { to: goesOn(state), deliveries: changed, leftOut };
    },
  });
}

/** The state of a campaign that has more to send: one that was done goes on. */
export function goesOn(state: CampaignState): CampaignState {
  return state === 'done' ? 'running' : state;
}

/** What a decision leads to. */
export interface Outcome {
  readonly to: CampaignState;
  /** Deliveries that it changed; 0 unless given. */
  readonly deliveries?: number;
  /** Deliveries that it skipped instead; 0 unless given. */
  readonly leftOut?: number;
  /** What is kept with the decision, without anything about a person. */
  readonly detail?: object;
}

interface Rule {
  readonly kind: CampaignDecision;
  /** Changes the deliveries, in the transaction that holds the campaign. */
  readonly carryOut: (tx: Tx, campaign: LockedCampaign) => Promise<Outcome>;
}

/** Carries a decision out and records it, in one transaction that holds the campaign. */
export async function decide(
  context: OperationContext,
  { campaign: prefix, reason }: CampaignDecisionInput,
  { kind, carryOut }: Rule,
): Promise<DecidedCampaign> {
  const reach = campaignsFor(context, 'campaigns.decide');
  const { campaignId } = await findCampaign(context.db.pool, prefix, reach);
  return transaction(context.db, async (tx) => {
    const campaign = await lockCampaign(tx, campaignId);
    if (campaign === null) throw campaignNotFound(campaignId);
    if (!fits(kind, campaign.state)) throw campaignMisfit(campaign, kind);
    requireDeliveries(campaign);
    const { to, deliveries = 0, leftOut = 0, detail } = await carryOut(tx, campaign);
    if (to !== campaign.state) await moveCampaign(tx, { campaignId, to });
    const decisionId = await insertCampaignDecision(tx, {
      ...{ campaignId, actorId: context.actorId, kind, reason },
      detail: {
        ...detail,
        ...(deliveries === 0 ? {} : { deliveries }),
        ...(leftOut === 0 ? {} : { leftOut }),
      },
    });
    await audit(tx, {
      ...actorOf(context),
      action: `campaign.${kind}`,
      subjectType: 'campaign',
      subjectId: campaignId,
      changes: to === campaign.state ? {} : { state: [campaign.state, to] },
    });
    return { campaignId, decisionId, state: to, deliveries, leftOut };
  });
}

const WANTS = {
  approve: 'Only a campaign on hold can be approved',
  reject: 'Only a campaign on hold can be rejected',
  pause: 'Only a campaign that is running or planned can be paused',
  resume: 'Only a paused campaign can be resumed',
  cancel: 'A campaign that has ended cannot be cancelled',
  retry: 'Only a campaign that was sent can be retried',
  resolve: 'This campaign cannot be resolved',
} as const satisfies Record<CampaignDecision, string>;

/** The decision does not fit the state that the campaign is in. */
export function campaignMisfit(
  { campaignId, state }: LockedCampaign,
  kind: CampaignDecision,
): Fault {
  return new Fault('state', {
    code: `campaign_is_${state}`,
    message: `${WANTS[kind]}; campaign ${campaignId} is ${state === 'held' ? 'on hold' : state}.`,
    next: nextFor(campaignId, state),
  });
}

function nextFor(campaign: string, state: CampaignState): Next {
  if (state === 'held') return { do: 'decideCampaign', campaign };
  return { do: state === 'paused' ? 'resumeCampaign' : 'showCampaign', campaign };
}

function secondPersonNeeded(campaign: string): Fault {
  return new Fault('forbidden', {
    code: 'second_person_needed',
    message: `You sent campaign ${campaign}: another admin has to approve it (ROLLCALL_CAMPAIGN_TWO_PEOPLE).`,
    next: { do: 'showCampaign', campaign },
  });
}

function nothingToRetry(campaign: string): Fault {
  return new Fault('state', {
    code: 'nothing_to_retry',
    message: `No delivery of campaign ${campaign} failed. One that is unknown may have arrived: a person resolves it.`,
    next: { do: 'showCampaign', campaign },
  });
}

/** Nothing is left to be planned again. */
export function allSentRecently(campaign: string, people: number): Fault {
  const whom = people === 1 ? 'This person' : `All ${String(people)} people`;
  return new Fault('conflict', {
    code: 'sent_recently',
    message:
      `${whom} got the same by another campaign within the last 24 hours, or will get it. ` +
      `Nothing of campaign ${campaign} was changed.`,
    next: 'To send it to them all the same, give --again.',
    details: { people },
  });
}
