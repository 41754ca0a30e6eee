import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chanceOf } from '../chance';
import { kill, type Rig } from '../rig';
import { inTurns, type Ending } from './inTurns';
import { ended, recipientsOf, send, WINDOW } from './play';
import { hasMailbox, REAL_SERVERS, RealServer, type RealServerName } from './realServers';
import { withPeople } from './stacks';

/** What is killed amid the letters through a real server. */
const KILLED = ['worker', 'postgres', 'worker'] as const;

interface ThroughInput {
  readonly recipients: number;
  readonly keep: boolean;
  readonly seed: string;
}

/** Each of these servers with a stack of its own; returns 1 when one is wrong, 2 when one is not installed. */
export async function throughAll(
  o: ThroughInput & { readonly names: readonly RealServerName[] },
): Promise<number> {
  const installed = o.names.filter((name) => RealServer.isInstalled(name));
  const missing = o.names.filter((name) => !installed.includes(name));
  const exit = await inTurns(installed, {
    columns: {
      ...{ through: '---', people: '--:', 'got one': '--:', refused: '--:', bounced: '--:' },
      unknown: '--:',
    },
    play: (name) => through(name, o),
  });
  if (missing.length > 0) {
    process.stdout.write(`not installed, or not root: ${missing.join(', ')}\n`);
  }
  return exit === 0 && missing.length > 0 ? 2 : exit;
}

async function through(name: RealServerName, o: ThroughInput): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-mail-'));
  chmodSync(folder, 0o755);
  const server = await RealServer.start(name, { folder, people: o.recipients });
  try {
    const url = `smtp://127.0.0.1:${String(server.port)}`;
    return await withPeople({ ...o, url }, (rig) => playThrough({ ...o, rig, server, name }));
  } finally {
    await server.stop();
    if (!o.keep) rmSync(folder, { recursive: true, force: true });
  }
}

/** Letters through a real mail server amid kills; then what came back is imported. */
async function playThrough(
  o: ThroughInput & {
    readonly rig: Rig;
    readonly server: RealServer;
    readonly name: RealServerName;
  },
): Promise<Ending> {
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
  // A server that refuses unknown people at once sends nothing back.
  const imported = existsSync(server.returned)
    ? await rig.run('bounces', 'import', server.returned, '--json')
    : null;
  const after = await recipientsOf(rig, id);
  const got = new Map<string, number>();
  for (const address of server.delivered()) got.set(address, (got.get(address) ?? 0) + 1);
  const wrong: string[] = [];
  if (state !== 'done') wrong.push(`the campaign is ${state}`);
  if (imported !== null && imported.exit !== 0)
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
  const counts = ['failed', 'bounced', 'unknown'].map((of) => countOf(after, of));
  return { cells: [REAL_SERVERS[name].title, after.length, got.size, ...counts], wrong };
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
