import type { Command } from 'commander';
import { EXITS } from '../domain/exits';
import type { CampaignDocument } from '../domain/letters/campaignDocument';
import { CLOSED_DELIVERIES } from '../domain/letters/deliveries';
import { Options, type Answer, type Call } from './command';
import { progressBar } from './progress';
import { campaignText, exitOfCampaign, wordedCampaign } from './text/campaign';
import { waiting } from './wait';

/** Adds --wait, --detach and --timeout to a command that sends a campaign, or lets it go on. */
export function campaignWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until all is sent (default)')
    .option('--detach', 'start it and return at once')
    .option(
      '--timeout <seconds>',
      'stop waiting after this many seconds (exit code 1); the campaign continues',
    )
    .hook('preAction', (_, chosen) => {
      // Before anything is stored or decided.
      waiting({ options: new Options(chosen.opts<Record<string, unknown>>()) });
    });
}

/**
 * Follows a campaign until it is done, cancelled, on hold or paused and answers with its document; detaches on
 * --detach (`{campaignId, state, counts}`), --timeout (exit 1) and Ctrl-C (exit 130), and prints how to come
 * back.
 */
export async function followCampaign(call: Call, campaignId: string): Promise<Answer> {
  const { detach, timeoutMs } = waiting(call);
  const { campaigns } = await call.rollcall();
  if (detach) return detached(await campaigns.get(campaignId));
  const bar = progressBar(call);
  call.interrupt.waiting += 1;
  // From here on Ctrl-C detaches.
  call.note(`campaign ${campaignId}`);
  try {
    const { end, document } = await campaigns.wait(campaignId, {
      signal: call.interrupt.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onProgress: (state, counts) => {
        const done = CLOSED_DELIVERIES.reduce((sum, closed) => sum + counts[closed], 0);
        const total = done + counts.planned + counts.claimed;
        bar.show('running', { phase: state === 'planned' ? 'waiting' : 'sending', done, total });
      },
      onNote: (line) => {
        call.note(line);
      },
    });
    if (end === 'settled') return campaignAnswer(document);
    call.note(
      `Stopped waiting; the campaign continues. Follow it with: rollcall campaigns show ${campaignId}`,
    );
    const exit = EXITS[end === 'interrupted' ? 'interrupted' : 'failed'].code;
    return { ...campaignAnswer(document), exit };
  } finally {
    bar.stop();
    call.interrupt.waiting -= 1;
  }
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
