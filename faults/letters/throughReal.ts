import { setTimeout as sleep } from 'node:timers/promises';
import { chanceOf } from '../chance';
import { kill, type Rig } from '../rig';
import { ended, recipientsOf, send } from './play';
import { hasMailbox, type RealServer, type RealServerName } from './realServers';

/** What is killed amid the letters through a real server. */
const KILLED = ['worker', 'postgres', 'worker'] as const;
const WINDOW = 32;

export interface ThroughReal {
  readonly name: RealServerName;
  readonly recipients: number;
  readonly delivered: number;
  readonly failed: number;
  readonly bounced: number;
  readonly unknown: number;
  readonly wrong: readonly string[];
}

/** Letters through a real mail server amid kills; then what came back is imported. */
export async function playThrough(o: {
  readonly rig: Rig;
  readonly server: RealServer;
  readonly name: RealServerName;
  readonly recipients: number;
  readonly seed: string;
}): Promise<ThroughReal> {
  const { rig, server, name } = o;
  await rig.ready();
  const id = await send(rig, `through ${name}`);
  for (const [i, what] of KILLED.entries()) {
    const share = (i + chanceOf(o.seed, name, i)) / (KILLED.length + 1);
    await handledUpTo(rig, { id, count: Math.floor(share * o.recipients) });
    kill(rig.pidOf(what), 'SIGKILL');
    await sleep(500);
  }
  const state = await ended(o, id);
  await server.settled();
  const before = await recipientsOf(rig, id);
  const imported = await rig.run('bounces', 'import', server.returned, '--json');
  const after = await recipientsOf(rig, id);
  const got = new Map<string, number>();
  for (const address of server.delivered()) got.set(address, (got.get(address) ?? 0) + 1);
  const wrong: string[] = [];
  if (state !== 'done') wrong.push(`the campaign is ${state}`);
  if (imported.exit !== 0)
    wrong.push(`bounces import ended with ${String(imported.exit)}: ${imported.stderr}`);
  for (const { address, state: is } of after) {
    const count = got.get(address) ?? 0;
    const known = hasMailbox(Number(/\d+/.exec(address)?.[0]));
    if (count > 1) wrong.push(`${address} got ${String(count)}`);
    if (is === 'accepted' && count === 0) wrong.push(`${address} is accepted and got none`);
    if ((is === 'failed' || is === 'bounced') && count > 0)
      wrong.push(`${address} is ${is} and got one`);
    if (!known && !['failed', 'bounced', 'unknown'].includes(is)) wrong.push(`${address} is ${is}`);
    if (known && !['accepted', 'unknown'].includes(is)) wrong.push(`${address} is ${is}`);
  }
  const countOf = (list: typeof after, of: string): number =>
    list.filter((one) => one.state === of).length;
  const kills = KILLED.filter((what) => what === 'worker').length;
  const unknown = countOf(before, 'unknown');
  if (unknown > WINDOW * kills) wrong.push(`${String(unknown)} unknown`);
  return {
    name,
    recipients: after.length,
    delivered: got.size,
    failed: countOf(after, 'failed'),
    bounced: countOf(after, 'bounced'),
    unknown: countOf(after, 'unknown'),
    wrong,
  };
}

async function handledUpTo(
  rig: Rig,
  { id, count }: { readonly id: string; readonly count: number },
): Promise<void> {
  for (let looks = 0; looks < 3_000; looks += 1) {
    const rows = await rig.trySql<{ n: number }>(
      `select count(*)::int as n from delivery where campaign_id = $1 and state <> 'planned'`,
      [id],
    );
    if ((rows?.[0]?.n ?? 0) >= count) return;
    await sleep(100);
  }
  throw new Error('the campaign stands still');
}
