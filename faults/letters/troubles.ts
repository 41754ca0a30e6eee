import { setTimeout as sleep } from 'node:timers/promises';
import { inTurns } from './inTurns';
import { endOf, goOn, send, sentUpTo, type Sending } from './play';
import type { Trouble } from './server';

/** Trouble of the server as a whole, and what must come of a campaign that meets it. */
const TROUBLES = {
  auth: { title: 'AUTH is refused', comes: 'paused' },
  relay: { title: 'relaying is denied', comes: 'paused' },
  diskFull: { title: 'the disk is full', comes: 'running' },
  away: { title: 'the server is away', comes: 'running' },
} as const satisfies Record<Trouble, { readonly title: string; readonly comes: string }>;
const TROUBLE_NAMES = ['auth', 'relay', 'diskFull', 'away'] as const satisfies Trouble[];

/** A campaign of its own for each trouble; returns the exit code. */
export async function allTroubles(o: Sending & { readonly seed: string }): Promise<number> {
  return inTurns(TROUBLE_NAMES, {
    columns: { 'amid a campaign': '---', people: '--:', 'the campaign is': '---' },
    play: async (trouble) => {
      const { title, comes } = TROUBLES[trouble];
      return {
        cells: [title, o.recipients.toLocaleString('en'), comes],
        wrong: await meetTrouble({ ...o, trouble }),
      };
    },
  });
}

/** How long the trouble lasts; retries that wait for hours come at once, so that there are many. */
const LASTS_MS = 20_000;

/** Amid a campaign the server is in trouble for a while: nobody may be failed for it. */
async function meetTrouble(
  o: Sending & { readonly seed: string; readonly trouble: Trouble },
): Promise<string[]> {
  const { rig, mail, trouble } = o;
  await rig.ready();
  const name = `trouble-${trouble}-${o.seed}`;
  await mail.journal(rig.path(name), { seed: name, faulty: false });
  const id = await send(rig, name);
  await sentUpTo(o, { id, count: o.recipients / 4 });
  await mail.trouble(trouble);
  const wrong: string[] = [];
  const until = Date.now() + LASTS_MS;
  while (Date.now() < until) {
    await goOn(rig, id);
    await sleep(500);
  }
  const during = await rig.sql<{ state: string; failed: number }>(
    `select c.state::text as state,
       (select count(*)::int from delivery d where d.campaign_id = c.id and d.state = 'failed') as failed
     from campaign c where c.id = $1`,
    { values: [id] },
  );
  const { comes } = TROUBLES[trouble];
  const state = during[0]?.state ?? 'gone';
  if (state !== comes) wrong.push(`the campaign is ${state}, not ${comes}`);
  if ((during[0]?.failed ?? 0) > 0) wrong.push(`${String(during[0]?.failed)} failed for it`);
  await mail.trouble(null);
  if (state === 'paused') {
    const { exit, stderr } = await rig.run('campaigns', 'resume', id, '--yes', '--json');
    if (exit !== 0) wrong.push(`campaigns resume ended with ${String(exit)}: ${stderr}`);
  }
  const end = await endOf(o, { id, claimed: 0 });
  if (end.verdict.failed > 0) wrong.push(`${String(end.verdict.failed)} are failed at the end`);
  return [...wrong, ...end.wrong];
}
