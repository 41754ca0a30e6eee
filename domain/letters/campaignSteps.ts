import type { DeliveryState } from './deliveries';

/** Steps about campaigns. `campaign` is a complete id. */
export interface CampaignSteps {
  listCampaigns: object;
  showCampaign: { readonly campaign: string };
  /** Every recipient with the outcome; `state`: only those in this state. */
  showRecipients: { readonly campaign: string; readonly state?: DeliveryState };
  /** Some people got it by this campaign: look, then send to the others, or to everybody again. */
  sendToOthers: { readonly campaign: string };
  /** How a letter is sent. */
  sendLetter: object;
}

/** As `SHAPES` in `domain/next.ts`. */
export const CAMPAIGN_SHAPES = {
  listCampaigns: 'command',
  showCampaign: 'command',
  showRecipients: 'command',
  sendToOthers: 'sentence',
  sendLetter: 'command',
} as const satisfies Record<keyof CampaignSteps, 'command' | 'sentence'>;
