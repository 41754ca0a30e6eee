import type { SomeWords } from './words';

/** Words of the steps about campaigns. */
export const CAMPAIGN_WORDS = {
  listCampaigns: () => 'rollcall campaigns list',
  showCampaign: ({ campaign }) => `rollcall campaigns show ${campaign}`,
  showRecipients: ({ campaign, state }) =>
    `rollcall campaigns recipients ${campaign}${state === undefined ? '' : ` --state ${state}`}`,
  decideCampaign: ({ campaign }) =>
    `Look at its recipients: rollcall campaigns recipients ${campaign}. Then: ` +
    `rollcall campaigns approve ${campaign}, or rollcall campaigns reject ${campaign}`,
  resumeCampaign: ({ campaign }) => `rollcall campaigns resume ${campaign}`,
  retryCampaign: ({ campaign }) =>
    `See who failed: rollcall campaigns recipients ${campaign} --state failed. ` +
    `To send to them once more: rollcall campaigns retry ${campaign}`,
  resolveCampaign: ({ campaign }) =>
    `See which letters are unknown: rollcall campaigns recipients ${campaign} --state unknown. ` +
    `Then say what became of them: rollcall campaigns resolve ${campaign} --accepted-ids mail.log`,
  sendToOthers: ({ campaign }) =>
    `See it: rollcall campaigns show ${campaign}. Then repeat the command with --skip-recent ` +
    '(only the others) or --again (everybody).',
  sendLetter: () => `rollcall letters send Welcome --filter 'department eq "Sales"'`,
} as const satisfies SomeWords;
