import {
  CAMPAIGN_GATES,
  type CampaignGate,
  type HeldCampaignGate,
} from '../domain/letters/campaignDocument';
import { grouped, people } from './messages/words';

/** Why a gate holds a campaign, as a sentence. */
export function campaignGateText({ gate, count, limit }: HeldCampaignGate): string {
  switch (gate) {
    case 'recipients':
      return `It goes to ${people(count)}. More than ${grouped(limit)} need an approval.`;
    case 'expect':
      return `You expected ${people(limit)}, but it goes to ${grouped(count)}. Check the people that you chose.`;
    case 'late':
      return `Its time passed ${grouped(count)} hours ago, more than ${grouped(limit)}. Approve it if it may still be sent.`;
  }
}

/** True for a gate of campaigns, which no run has but `expect`. */
export function isCampaignGate(gate: string): gate is CampaignGate {
  return CAMPAIGN_GATES.some((one) => one === gate);
}
