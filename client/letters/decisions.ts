import type {
  CampaignDecisionInput,
  DecidedCampaign,
  SendAgain,
} from '../../operations/letters/decisions';
import type { Resolution } from '../../domain/letters/campaigns';
import type { Temporal } from '../../temporal/gateway';
import type { FileStream } from '../files/file';

/** Which unknown deliveries are meant: exactly one of `user`, `all` and `acceptedIds`. */
export interface ChooseUnknown {
  readonly campaign: string;
  /** By id, code, login or e-mail. */
  readonly user?: string;
  readonly all?: boolean;
  /**
   * A file, or a stream, that holds the Message-IDs of what the mail server took, such as its log; each is
   * resolved as accepted.
   */
  readonly acceptedIds?: string | FileStream;
}

export interface ResolveCampaign extends ChooseUnknown, CampaignDecisionInput, SendAgain {
  readonly as: Resolution;
  /** How many deliveries were confirmed; with any other number nothing is done. */
  readonly expect?: number;
}

/** A decision that holds. */
export interface CampaignDecided extends DecidedCampaign {
  /** False: Temporal did not answer; a worker carries on once it does. */
  readonly woken: boolean;
}

/** What of Temporal is needed to wake a campaign. */
type Waking = () => Promise<Pick<Temporal, 'wakeCampaign'>>;

/**
 * Has the workflow of a campaign look at the campaign again. The decision holds already, so that nothing is
 * thrown: claims read it from the database, and a worker starts a workflow that is gone.
 */
export async function wakeAfter(
  temporal: Waking,
  decided: DecidedCampaign,
): Promise<CampaignDecided> {
  return { ...decided, woken: await wake(temporal, decided.campaignId) };
}

/** As {@link wakeAfter}; false: Temporal did not answer. */
export async function wake(temporal: Waking, campaignId: string): Promise<boolean> {
  try {
    await (await temporal()).wakeCampaign(campaignId);
    return true;
  } catch {
    return false;
  }
}
