import { exitOfRows, EXITS, type ExitCode } from '../../domain/exits';
import type { CampaignDocument } from '../../domain/letters/campaignDocument';
import {
  DELIVERIES,
  deliveriesIn,
  DELIVERY_STATES,
  MISSED_DELIVERIES,
  type DeliveryState,
} from '../../domain/letters/deliveries';
import { LEFT_OUT, type LeftOut } from '../../domain/letters/leftOut';
import { printable } from '../../domain/shown';
import { clockIn } from '../../domain/zones';
import type { LetterPreview } from '../../operations/letters/sendLetter';
import type { Recipient } from '../../operations/letters/campaigns';
import { campaignGateText } from '../../wording/campaignGates';
import { campaignTroubleWords } from '../../wording/campaignTroubles';
import { people } from '../../wording/messages/words';
import { wordNext } from '../../wording/next';
import { count, pairs, table, minute } from '../output';

/** A campaign as `--json` prints it: the next step in words. */
export type WordedCampaign = Omit<CampaignDocument, 'next'> & { readonly next: string | null };

/** The campaign in words: each document of a campaign goes through here before it is printed. */
export function wordedCampaign(campaign: CampaignDocument): WordedCampaign {
  const { next } = campaign;
  return { ...campaign, next: next === null ? null : wordNext(next) };
}

/** The exit code of a command that followed a campaign. */
export function exitOfCampaign({ state, counts }: CampaignDocument): ExitCode {
  switch (state) {
    case 'held':
    case 'paused':
      return EXITS.held.code;
    case 'cancelled':
      return EXITS.failed.code;
    case 'planned':
    case 'running':
      return EXITS.done.code;
    case 'done':
      return exitOfRows(deliveriesIn(counts, MISSED_DELIVERIES));
  }
}

/** What each state of a recipient means, as a person reads it. */
const STATE_WORDS: Readonly<Record<DeliveryState, string>> = {
  planned: 'to be sent',
  claimed: 'being sent',
  accepted: 'taken by the mail server',
  failed: 'failed',
  unknown: 'perhaps sent: nobody knows',
  bounced: 'came back',
  skipped: 'left out',
};

/** A campaign for people: what it is, what became of its recipients, why it stands still, what to do next. */
export function campaignText(campaign: CampaignDocument): string {
  const { counts, recipients, held, trouble, next } = campaign;
  const shown = DELIVERY_STATES.filter((state) => counts[state] > 0);
  return [
    `campaign ${campaign.campaignId}  ${whatText(campaign)}  ${campaign.state}\n`,
    campaign.sink ? SINK : '',
    `${people(recipients)}${whenText(campaign)}, by ${printable(campaign.createdBy)}${
      campaign.approvedBy === null ? '' : `, approved by ${printable(campaign.approvedBy)}`
    }\n`,
    campaign.perMinute === null ? '' : `at most ${count(campaign.perMinute)} letters a minute\n`,
    shown.length === 0
      ? ''
      : pairs(
          shown.map((state) => [`  ${state}`, `${count(counts[state])}  ${STATE_WORDS[state]}`]),
        ),
    ...(campaign.state === 'held'
      ? held.map((gate) => `on hold (${gate.gate}): ${campaignGateText(gate)}\n`)
      : []),
    campaign.state === 'paused' && trouble !== null ? `paused: ${troubleText(trouble)}\n` : '',
    next === null ? '' : `next: ${wordNext(next)}\n`,
  ].join('');
}

const SINK = 'It goes to the local sink, not to people.\n';

function whatText({ kind, letter, subject }: CampaignDocument): string {
  const quoted = `"${printable(subject)}"`;
  if (kind === 'announcement') return `announcement ${quoted}`;
  return letter === null ? `one-off letter ${quoted}` : `letter ${printable(letter)} (${quoted})`;
}

function whenText({ sendAt, timeZone, state }: CampaignDocument): string {
  if (sendAt === null) return '';
  const isAhead = state === 'planned' || state === 'held';
  return `, ${isAhead ? 'to be sent at' : 'planned for'} ${timeText(sendAt, timeZone)}`;
}

/** `2026-12-24 09:00 Europe/Vienna (2026-12-24T08:00:00.000Z)` */
export function timeText(at: string, timeZone: string | null): string {
  const zone = timeZone ?? 'UTC';
  return `${clockIn(zone, new Date(at))} ${zone} (${at})`;
}

/** In words, with the code and its facts; a trouble never holds anything about a person. */
function troubleText({ code, ...facts }: NonNullable<CampaignDocument['trouble']>): string {
  const details = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`);
  return `${campaignTroubleWords(code)} (${[code, ...details].map(printable).join(', ')})`;
}

/** What the column `failed` counts: nobody has to find out about them. */
const FAILED = MISSED_DELIVERIES.filter((state) => !DELIVERIES[state].open);

/** Campaigns as a table. */
export function campaignsText(campaigns: readonly CampaignDocument[]): string {
  if (campaigns.length === 0) return 'No campaigns.\n';
  return table(
    ['campaign', 'created', 'state', 'what', 'people', 'accepted', 'failed', 'unknown'],
    campaigns.map((one) => [
      one.campaignId,
      minute(one.createdAt),
      one.state,
      one.letter ?? one.subject,
      one.recipients,
      one.counts.accepted,
      deliveriesIn(one.counts, FAILED),
      one.counts.unknown,
    ]),
  );
}

/** Why people are left out, as in "2 have no e-mail address". */
const LEFT_OUT_WORDS: Readonly<Record<LeftOut, (n: number) => string>> = {
  inactive: (n) => `${n === 1 ? 'has' : 'have'} no access any more`,
  no_address: (n) => `${n === 1 ? 'has' : 'have'} no e-mail address`,
  sent_recently: (n) => `${n === 1 ? 'has' : 'have'} got it within the last 24 hours`,
};

/** What sending would do, before the question. */
export function previewText(preview: LetterPreview): string {
  const { leftOut, suppressed, missing, sample, recipients } = preview;
  const name =
    preview.letter === null ? 'The one-off letter' : `The letter ${printable(preview.letter)}`;
  const others = recipients - sample.length;
  return [
    `${name} ("${printable(preview.subject)}") goes to ${people(recipients)}.\n`,
    sample.length === 0
      ? ''
      : `  ${sample.map(printable).join(', ')}${others > 0 ? ` and ${count(others)} more` : ''}\n`,
    ...LEFT_OUT.filter((why) => leftOut[why] > 0).map(
      (why) => `Left out: ${count(leftOut[why])} ${LEFT_OUT_WORDS[why](leftOut[why])}.\n`,
    ),
    suppressed === 0
      ? ''
      : `${people(suppressed)} of them ${suppressed === 1 ? 'does' : 'do'} not get it: the address is suppressed.\n`,
    ...missing.map(
      ({ path, people: lacking }) =>
        `${count(lacking)} of ${count(recipients)} ${lacking === 1 ? 'has' : 'have'} no ${printable(path)}, and the letter has no default for it.\n`,
    ),
    preview.sink ? SINK : '',
    preview.sendAt === null
      ? ''
      : `It is sent at ${timeText(preview.sendAt, preview.timeZone)}. Who gets it is fixed now; people who leave until then are left out.\n`,
    preview.needsApproval ? 'It is put on hold until an admin approves it.\n' : '',
  ].join('');
}

/** The columns of `campaigns recipients`, also in a file. */
export const RECIPIENT_COLUMNS = [
  'n',
  'name',
  'code',
  'state',
  'reason',
  'address',
  'attempts',
  'messageId',
  'smtpCode',
  'enhanced',
  'claimedAt',
  'nextAt',
  'closedAt',
  'userId',
] as const satisfies readonly (keyof Recipient)[];

/** The cells of a recipient under {@link RECIPIENT_COLUMNS}. */
export function recipientCells(one: Recipient): (string | number | null)[] {
  return RECIPIENT_COLUMNS.map((column) => one[column]);
}

/** One line for each recipient, as they come. */
export async function* recipientLines(all: AsyncIterable<Recipient>): AsyncGenerator<string> {
  let n = 0;
  for await (const one of all) {
    n += 1;
    const code = one.code === null ? '' : ` (${one.code})`;
    const why = one.reason === null ? '' : `  ${one.reason}`;
    const where = one.address === null ? '' : `  ${one.address}`;
    yield `${String(one.n).padStart(6)}  ${one.state.padEnd(8)}  ${printable(`${one.name}${code}${where}${why}`)}\n`;
  }
  if (n === 0) yield 'No recipients.\n';
}
