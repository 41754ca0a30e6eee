import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DemoFailure, type Demo } from './stage';

const TEXT = `Dear {{ user.firstName }},

welcome to the learning platform. Your login is {{ user.login }}.

Kind regards
Learning
`;
const HTML = `<p>Dear {{ user.firstName }},</p>
<p>welcome to the learning platform. Your login is <strong>{{ user.login }}</strong>.</p>
<p>Kind regards<br>Learning</p>
`;
const PEOPLE = 5;

const people = z.object({ users: z.array(z.object({ code: z.string() })).min(1) });
const campaign = z.object({
  campaignId: z.string(),
  state: z.string(),
  counts: z.object({ accepted: z.number() }),
});
const list = z.object({ campaigns: z.array(z.object({ campaignId: z.string() })).min(1) });
const sink = z.object({ letters: z.array(z.object({ id: z.string() })).min(1) });

/** Writes a letter, sends it to a few people, and shows what one of them gets. */
export async function playLetter(demo: Demo): Promise<void> {
  demo.step(
    'A letter',
    `A letter has a name and placeholders. Without a mail server, the stack keeps letters in a sink of its
own: everything goes its real way, over SMTP, and reaches nobody.`,
  );
  writeFileSync(join(demo.place.folder, 'welcome.txt'), TEXT);
  writeFileSync(join(demo.place.folder, 'welcome.html'), HTML);
  demo.say(`$ cat welcome.txt\n${TEXT}`);
  await demo.run(
    [
      ...['letters', 'create', '--name', 'Welcome', '--subject', 'Welcome, {{ user.firstName }}'],
      ...['--text', '@welcome.txt', '--html', '@welcome.html'],
    ],
    SHORT,
  );
  const { users } = people.parse(
    await demo.ask([
      'users',
      'list',
      '--filter',
      'email pr and code pr',
      '--limit',
      String(PEOPLE),
    ]),
  );
  const codes = users.map(({ code }) => code);
  await demo.run(['letters', 'send', 'Welcome', ...codes, '--expect', String(codes.length)]);
  const { campaigns } = list.parse(await demo.ask(['campaigns', 'list', '--limit', '1']));
  const sent = campaign.parse(
    await demo.ask(['campaigns', 'show', campaigns[0]?.campaignId ?? '']),
  );
  if (sent.state !== 'done' || sent.counts.accepted !== codes.length) {
    throw new DemoFailure('it is not so that every letter was accepted');
  }
  demo.say('\nWhat is in the sink, and one letter as its recipient would see it:');
  await demo.run(['mail', 'list', '--limit', String(PEOPLE)]);
  const { letters } = sink.parse(await demo.ask(['mail', 'list', '--limit', '1']));
  await demo.run(['mail', 'show', letters[0]?.id ?? ''], { lines: 30 });
}

const SHORT = { lines: 8 } as const;
