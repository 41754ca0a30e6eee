import type { CampaignKind, CampaignState } from '../../../domain/letters/campaigns';
import type { HeldCampaignGate } from '../../../domain/letters/campaignDocument';
import type { PropertyDefinition } from '../../../domain/users/fields';
import type { Tx } from '../../database/db';
import type { BulkSelection } from '../../users/chosen';

/** A campaign to be made, with everything that is frozen with it. */
export interface NewCampaign {
  readonly kind: CampaignKind;
  /** False: an announcement that is not mailed; it gets notifications and no deliveries. */
  readonly mails: boolean;
  /** `null`: a one-off, or an announcement. */
  readonly letterId: string | null;
  /** What is sent (`domain/letters/content.ts`), as it is stored in `campaign.content`. */
  readonly content: object;
  /** The recipients as they were asked for, without names or addresses where a filter chose them. */
  readonly selection: object;
  readonly actorId: string;
  readonly sink: boolean;
  readonly sendAt: Date | null;
  readonly timeZone: string | null;
  readonly perMinute: number | null;
  /**
   * What happens to people who got the same within 24 hours: the campaign is refused (`sent_recently`), they
   * get it again, or they are skipped.
   */
  readonly recently: 'refuse' | 'again' | 'skip';
  readonly visibleFrom?: Date | null;
  readonly visibleUntil?: Date | null;
  readonly people: BulkSelection;
  readonly properties: readonly PropertyDefinition[];
  /** The number of people that was confirmed; `null`: any. */
  readonly expect: number | null;
  /** The number of people that needs no approval; `null`: no such gate. */
  readonly gate: number | null;
}

/** A campaign as it was frozen. */
export interface FrozenCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** The people that were chosen. */
  readonly recipients: number;
  /** Those of them who are to get it. */
  readonly planned: number;
  readonly held: readonly HeldCampaignGate[];
}

/**
 * Makes a campaign in the caller's transaction: its row, its content and what is to become of each chosen
 * person, all or nothing. `campaignId` comes from `newCampaignId`, which made room for its deliveries.
 * Faults: `conflict` (`sent_recently`), `usage` (nobody chosen, too many).
 */
export async function createCampaign(
  tx: Tx,
  o: NewCampaign & { readonly campaignId: string },
): Promise<FrozenCampaign> {
  await tx.query('select 1');
  throw new Error(`not made yet: ${o.campaignId}`);
}
