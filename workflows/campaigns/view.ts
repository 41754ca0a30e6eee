import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { CampaignState } from '../../domain/letters/campaigns';
import type { DeliveryCounts } from '../../domain/letters/deliveries';
import { SEARCH_ATTRIBUTES } from '../ids';

const STATE = defineSearchAttributeKey('RollcallState', SEARCH_ATTRIBUTES.RollcallState);
const KIND = defineSearchAttributeKey('RollcallKind', SEARCH_ATTRIBUTES.RollcallKind);

/** What the Temporal UI shows of a campaign. */
export interface CampaignView {
  readonly state: CampaignState;
  readonly counts: DeliveryCounts | null;
  /** Epoch ms until when it waits; `null`: it does not. */
  readonly waitUntil: number | null;
  /** While a step fails and is tried again: the code of the fault. */
  readonly retrying: string | null;
}

/** Shows a view; search attributes cost an event, so only when the state is another one. */
export function showCampaign(
  campaignId: string,
  before: CampaignView | null,
  after: CampaignView,
): void {
  if (before === null) upsertSearchAttributes([{ key: KIND, value: 'campaign' }]);
  const [was, is] = [before === null ? null : shownState(before), shownState(after)];
  if (was !== is) upsertSearchAttributes([{ key: STATE, value: is }]);
  setCurrentDetails(campaignDetails(campaignId, after));
}

function shownState({ state, retrying }: CampaignView): string {
  return retrying === null ? state : 'retrying';
}

/** Markdown: the state, a table of counts, the command to go on. */
function campaignDetails(campaignId: string, view: CampaignView): string {
  const { counts, waitUntil, retrying } = view;
  const until =
    waitUntil === null ? '' : ` until ${new Date(waitUntil).toISOString().slice(0, 16)}Z`;
  const note = retrying === null ? until : `: ${retrying}, tried until it succeeds`;
  return [
    `**${shownState(view)}**${note}`,
    ...(counts === null ? [] : [countsTable(counts)]),
    `\`npx rollcall campaigns show ${campaignId}\``,
  ].join('\n\n');
}

function countsTable(counts: DeliveryCounts): string {
  const shown = Object.entries(counts);
  return [
    `| ${shown.map(([name]) => name).join(' | ')} |`,
    `|${shown.map(() => '--:').join('|')}|`,
    `| ${shown.map(([, count]) => String(count)).join(' | ')} |`,
  ].join('\n');
}
