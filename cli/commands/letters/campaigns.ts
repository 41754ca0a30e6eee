import type { Command } from 'commander';
import type { Recipient } from '../../../client';
import { formatCsvLine } from '../../../domain/files/csvCells';
import { CAMPAIGN_STATE_NAMES } from '../../../domain/letters/campaigns';
import { DELIVERY_STATES } from '../../../domain/letters/deliveries';
import { printable } from '../../../domain/shown';
import { action, commandLine, examples, offering, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import { count, type Io, pageText } from '../../output';
import {
  campaignsText,
  campaignText,
  RECIPIENT_COLUMNS,
  recipientCells,
  recipientLines,
  wordedCampaign,
} from '../../text/campaign';
import { marked, writeLong } from '../../writeFile';
import { defined } from '../../defined';
import { pageOf, pageOptions } from '../pages';

const SPREADSHEET = { delimiter: ',', mode: 'spreadsheet' } as const;

/** `rollcall campaigns …`; other commands of the group are added to what it returns. */
export function registerCampaignsCommands(program: Command, io: Io): Command {
  const campaigns = program
    .command('campaigns')
    .description('letters that were sent, and what became of each recipient');
  examples(campaigns, 'rollcall campaigns list');
  examples(
    pageOptions(
      offering(campaigns.command('list'), { state: CAMPAIGN_STATE_NAMES })
        .description('campaigns, newest first')
        .option('--state <state>', `only those in this state: ${CAMPAIGN_STATE_NAMES.join(', ')}`),
      20,
    ).action(action(io, list)),
    'rollcall campaigns list',
    'rollcall campaigns list --state held',
  );
  examples(
    campaigns
      .command('show <campaign>')
      .description('one campaign: how many got it, why it stands still, and what to do next')
      .action(action(io, show)),
    'rollcall campaigns show 0192f0c1',
  );
  examples(
    offering(campaigns.command('recipients <campaign>'), { state: DELIVERY_STATES })
      .description('every recipient, and what became of the letter')
      .option('--state <state>', `only those in this state: ${DELIVERY_STATES.join(', ')}`)
      .option('--limit <n>', 'at most this many')
      .option('--csv <file>', 'write them to a file for a spreadsheet')
      .option('--force', 'with --csv: overwrite a file that exists')
      .action(action(io, recipients)),
    'rollcall campaigns recipients 0192f0c1 --state failed',
    'rollcall campaigns recipients 0192f0c1 --csv welcome.csv',
  );
  return campaigns;
}

async function list(call: Call): Promise<Answer> {
  const page = pageOf(call);
  const state = call.options.choice('state', CAMPAIGN_STATE_NAMES);
  const { campaigns } = await call.rollcall();
  const found = await campaigns.list({ ...page, ...defined({ state }) });
  const command = commandLine(call, 'rollcall campaigns list', ['state', 'limit']);
  return {
    document: { campaigns: found.campaigns.map(wordedCampaign), next: found.next },
    text: campaignsText(found.campaigns) + pageText({ next: found.next, command }),
  };
}

async function show(call: Call): Promise<Answer> {
  const { campaigns } = await call.rollcall();
  const campaign = await campaigns.get(call.args[0] ?? '');
  const own = campaign.next?.do === 'showCampaign' ? { ...campaign, next: null } : campaign;
  return { document: wordedCampaign(own), text: campaignText(own) };
}

async function recipients(call: Call): Promise<Answer> {
  const { options } = call;
  const state = options.choice('state', DELIVERY_STATES);
  const [file, limit] = [options.text('csv'), options.number('limit', 1)];
  if (file !== undefined && limit !== undefined) throw usage('--limit is not for --csv.');
  const { campaigns } = await call.rollcall();
  const { campaignId } = await campaigns.get(call.args[0] ?? '');
  const found = await campaigns.recipients({ campaign: campaignId, ...defined({ state }) });
  if (file === undefined) {
    const some = limit === undefined ? found : first(found, limit);
    return { stream: call.json ? recipientsJson(campaignId, some) : recipientLines(some) };
  }
  const counted = { recipients: 0 };
  const again = commandLine(call, 'rollcall campaigns recipients', ['state']);
  const stopped = await writeLong(call, {
    file,
    pieces: marked(recipientsCsv(found, counted)),
    instead: (name) => `${again} --csv ${name}`,
  });
  if (stopped !== null) return stopped;
  const n = counted.recipients;
  return {
    document: { campaignId, file, recipients: n },
    text: `${printable(file)}: ${n === 1 ? '1 recipient' : `${count(n)} recipients`}\n`,
  };
}

async function* first<T>(all: AsyncIterable<T>, limit: number): AsyncGenerator<T> {
  let n = 0;
  for await (const one of all) {
    yield one;
    n += 1;
    if (n >= limit) return;
  }
}

async function* recipientsJson(
  campaignId: string,
  all: AsyncIterable<Recipient>,
): AsyncGenerator<string> {
  yield `{"campaignId":${JSON.stringify(campaignId)},"recipients":[`;
  let n = 0;
  for await (const one of all) {
    n += 1;
    yield `${n === 1 ? '' : ','}\n${JSON.stringify(one)}`;
  }
  yield '\n]}\n';
}

async function* recipientsCsv(
  all: AsyncIterable<Recipient>,
  counted: { recipients: number },
): AsyncGenerator<string> {
  yield formatCsvLine(RECIPIENT_COLUMNS, SPREADSHEET);
  for await (const one of all) {
    counted.recipients += 1;
    yield formatCsvLine(recipientCells(one), SPREADSHEET);
  }
}
