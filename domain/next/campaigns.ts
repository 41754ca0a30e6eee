import type { DeliveryState } from '../letters/deliveries';

/** Steps about campaigns. `campaign` is a complete id. */
export interface CampaignSteps {
  listCampaigns: object;
  showCampaign: { readonly campaign: string };
  /** Every recipient with the outcome; `state`: only those in this state. */
  showRecipients: { readonly campaign: string; readonly state?: DeliveryState };
  /** For a campaign on hold: look at its recipients, then approve or reject it. */
  decideCampaign: { readonly campaign: string };
  resumeCampaign: { readonly campaign: string };
  /** See who failed, then send to them once more. */
  retryCampaign: { readonly campaign: string };
  /** See which deliveries are unknown, then say what became of them. */
  resolveCampaign: { readonly campaign: string };
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
  decideCampaign: 'sentence',
  resumeCampaign: 'command',
  retryCampaign: 'sentence',
  resolveCampaign: 'sentence',
  sendToOthers: 'sentence',
  sendLetter: 'command',
} as const satisfies Record<keyof CampaignSteps, 'command' | 'sentence'>;
