import type { Command } from 'commander';
import { EXITS } from '../domain/exits';
import type { CampaignDocument } from '../domain/letters/campaignDocument';
import { CLOSED_DELIVERIES, deliveriesIn, DELIVERY_STATES } from '../domain/letters/deliveries';
import type { Answer, Call } from './command';
import { campaignText, exitOfCampaign, wordedCampaign } from './text/campaign';
import { listening, optionsOfWaiting, stoppedWaiting, waiting } from './wait';

/** Adds --wait, --detach and --timeout to a command that sends a campaign, or lets it go on. */
export function campaignWaitOptions(command: Command): Command {
  return optionsOfWaiting(command, { what: 'campaign', until: 'all is sent (default)' });
}

/**
 * Follows a campaign until it is done, cancelled, on hold or paused and answers with its document; detaches on
 * --detach (`{campaignId, state, counts}`), --timeout (exit 1) and Ctrl-C (exit 130), and prints how to come
 * back.
 */
export async function followCampaign(call: Call, campaignId: string): Promise<Answer> {
  const { campaigns } = await call.rollcall();
  if (waiting(call).detach) return detached(await campaigns.get(campaignId));
  const { end, document } = await listening(call, `campaign ${campaignId}`, (limits, show) =>
    campaigns.wait(campaignId, {
      ...limits,
      onProgress: (state, counts) => {
        const done = deliveriesIn(counts, CLOSED_DELIVERIES);
        const total = deliveriesIn(counts, DELIVERY_STATES);
        show('running', { phase: state === 'planned' ? 'waiting' : 'sending', done, total });
      },
    }),
  );
  const answer = campaignAnswer(document);
  if (end === 'settled') return answer;
  return { ...answer, exit: stoppedWaiting(call, { what: 'campaign', id: campaignId, end }) };
}

/** A campaign as the answer of a command that sent it or decided about it. */
export function campaignAnswer(document: CampaignDocument): Answer {
  return {
    document: wordedCampaign(document),
    text: campaignText(document),
    exit: exitOfCampaign(document),
  };
}

function detached({ campaignId, state, counts }: CampaignDocument): Answer {
  return {
    document: { campaignId, state, counts },
    text: `campaign ${campaignId} ${state}\nnext: rollcall campaigns show ${campaignId}\n`,
    exit: state === 'held' ? EXITS.held.code : EXITS.done.code,
  };
}
