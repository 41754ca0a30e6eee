import type { SomeWords } from './words';

/** Words of the steps about campaigns. */
export const CAMPAIGN_WORDS = {
  listCampaigns: () => 'rollcall campaigns list',
  showCampaign: ({ campaign }) => `rollcall campaigns show ${campaign}`,
  showRecipients: ({ campaign, state }) =>
    `rollcall campaigns recipients ${campaign}${state === undefined ? '' : ` --state ${state}`}`,
  sendToOthers: ({ campaign }) =>
    `See it: rollcall campaigns show ${campaign}. Then repeat the command with --skip-recent ` +
    '(only the others) or --again (everybody).',
  sendLetter: () => `rollcall letters send Welcome --filter 'department eq "Sales"'`,
} as const satisfies SomeWords;
