import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sinkFolder } from '../../config/mail';
import { findLetters, readLetters } from '../../connectors/delivery/sink/folder';
import type { ShownLetter } from '../../domain/letters/sink/letter';
import { rollcall } from '../cli';
import type { BenchStack } from '../stack';

const LETTER = 'Welcome';
const TEXT = `Dear {{ user.firstName }},

welcome to the learning platform. Your first courses are waiting for you: safety at work, protection
of data, and an introduction to your department. Each of them takes about half an hour.

Your login is {{ user.login }}.

Kind regards
Learning
`;
const HTML = `<p>Dear {{ user.firstName }},</p>
<p>welcome to the learning platform. Your first courses are waiting for you: safety at work, protection
of data, and an introduction to your department. Each of them takes about half an hour.</p>
<p>Your login is <strong>{{ user.login }}</strong>.</p>
<p>Kind regards<br>Learning</p>
`;

/** Makes the letter that is sent. */
export async function createLetter(stack: BenchStack): Promise<void> {
  const files = { text: join(stack.place.folder, 'text'), html: join(stack.place.folder, 'html') };
  writeFileSync(files.text, TEXT);
  writeFileSync(files.html, HTML);
  await command(stack, [
    ...['letters', 'create', '--name', LETTER, '--subject', 'Welcome, {{ user.firstName }}'],
    ...['--text', `@${files.text}`, '--html', `@${files.html}`],
  ]);
}

/** A campaign that is done. */
export interface SentCampaign {
  readonly campaignId: string;
  /** From the start of the campaign, which is its approval, to its end. */
  readonly seconds: number;
}

/** Sends it to everyone with an address, and checks that each delivery is accepted and in the sink. */
export async function sendToAll(stack: BenchStack, people: number): Promise<SentCampaign> {
  emptySink(stack);
  const { stdout } = await command(stack, [
    ...['letters', 'send', LETTER, '--filter', 'email pr', '--expect', String(people), '--again'],
    ...['--gate', `recipients=${String(people)}`, '--reason', 'bench'],
  ]);
  const { campaignId } = z.object({ campaignId: z.string() }).parse(JSON.parse(stdout));
  const { rows } = await stack.db.query<{ state: string; seconds: number; accepted: number }>(
    `select c.state, extract(epoch from c.finished_at - c.started_at)::float as seconds,
       (select count(*)::int from delivery d where d.campaign_id = c.id and d.state = 'accepted') as accepted
     from campaign c where c.id = $1`,
    [campaignId],
  );
  const [campaign] = rows;
  const kept = countSink(stack);
  if (campaign?.state !== 'done' || campaign.accepted !== people || kept !== people) {
    throw new Error(
      `the campaign is ${String(campaign?.state)}: ${String(campaign?.accepted)} accepted, ${String(kept)} in the sink`,
    );
  }
  return { campaignId, seconds: campaign.seconds };
}

/** The letter of ours to `p997`, whose first name is First0. */
export async function oneLetter(stack: BenchStack): Promise<ShownLetter> {
  const folder = sinkFolder(stack.place.home);
  const { letters } = await readLetters(folder, { limit: 1, to: 'p997@x.org' });
  const [letter] = await findLetters(folder, letters[0]?.id ?? 'none');
  if (letter === undefined) throw new Error('no letter to p997 is in the sink');
  return letter;
}

export function emptySink({ place }: BenchStack): void {
  const folder = sinkFolder(place.home);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
}

export function countSink({ place }: BenchStack): number {
  return readdirSync(sinkFolder(place.home)).length;
}

/** The port of the sink. */
export function sinkPort({ file }: BenchStack): number {
  const address = file.services.find(({ name }) => name === 'mail')?.address ?? '';
  return Number(address.split(':').at(-1));
}

async function command(stack: BenchStack, args: readonly string[]) {
  const ran = await rollcall(stack.place, [...args, '--json']);
  if (ran.exit !== 0) {
    throw new Error(
      `rollcall ${args[1] ?? ''} ended with ${String(ran.exit)}:\n${ran.stdout}${ran.stderr}`,
    );
  }
  return ran;
}
