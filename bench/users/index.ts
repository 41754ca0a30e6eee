import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import type { OperationContext } from '../../operations/context';
import { listUsers } from '../../operations/users/users';
import { openDatabase, type Db } from '../../store/database/db';
import { OWNER_ID } from '../../store/sources/sources';
import { indexNext } from '../../store/users/index/indexing';
import { seconds } from '../floor';
import { casesOf, type Case } from './cases';
import { filledDatabase, startKept } from './store';

const HELP = `npm run bench -- users [options]

  --users N      people in the store, with 20 properties each, in 50 organizations (1000000)
  --draws N      how often each case is measured (200)
  --only WORDS   only cases with these words in their names

Pages, searches, filters and counts of the library, each beside the same by hand (bench/floors/users) where
there is such a floor: in turns, in one process, warm. The database is filled once and kept in a temporary folder.
`;

/** `npm run bench -- users` */
export async function benchUsers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '1000000' },
      draws: { type: 'string', default: '200' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const users = Number(values.users.replaceAll('_', ''));
  const server = await startKept();
  try {
    const url = await filledDatabase(server, users);
    await measureAll(url, { users, draws: Number(values.draws), only: values.only });
  } finally {
    await server.stop();
  }
}

async function measureAll(
  url: string,
  o: { readonly users: number; readonly draws: number; readonly only: string },
): Promise<void> {
  const db = openDatabase({ url, applicationName: 'bench', maxConnections: 2 });
  const hand = new Client({
    connectionString: url,
    options: '-c jit=off -c work_mem=128MB -c random_page_cost=1.1',
  });
  await hand.connect();
  try {
    await indexAll(db, hand);
    for (const one of await casesOf(hand, Math.floor(o.users * 0.9))) {
      if (one.name.includes(o.only)) await measure(one, { db, hand, draws: o.draws });
    }
  } finally {
    await hand.end();
    await db.close();
  }
}

/** Indexes the users that are not indexed yet, and says how long it took. */
async function indexAll(db: Db, hand: Client): Promise<void> {
  let users = 0;
  const took = await seconds(async () => {
    for (let more = 1; more > 0;) {
      more = await indexNext(db);
      users += more;
    }
  });
  if (users === 0) return;
  await hand.query('vacuum analyze user_index');
  say(`indexed ${String(users)} users in ${took.toFixed(1)} s`);
}

/** Draws of ours and of the floor in turns, after some that are not counted. */
async function measure(
  one: Case,
  { db, hand, draws }: { readonly db: Db; readonly hand: Client; readonly draws: number },
): Promise<void> {
  const context: OperationContext = {
    ...{ db, actorId: OWNER_ID, level: 'owner', door: 'library', tokenId: null },
  };
  const times = { ours: [] as number[], floor: [] as number[] };
  const warm = Math.min(10, draws);
  for (let draw = -warm; draw < draws; draw++) {
    const at = draw + warm;
    const ours = await seconds(() => listUsers(context, one.input(at)));
    if (draw >= 0) times.ours.push(ours * 1000);
    if (one.floor === undefined) continue;
    const { text, values } = one.floor(at);
    const floor = await seconds(() => hand.query(text, [...values]));
    if (draw >= 0) times.floor.push(floor * 1000);
  }
  const [ours, floor] = [summary(times.ours), summary(times.floor)];
  const beside =
    times.floor.length === 0
      ? ''
      : `; by hand ${ms(floor.p50)} / ${ms(floor.p95)}: ${(ours.p50 / floor.p50).toFixed(2)} ×`;
  const bound = one.limitMs === null ? '' : ` (at most ${String(one.limitMs)} ms)`;
  const load = (loadavg()[0] ?? 0).toFixed(1);
  say(`${one.name}: median ${ms(ours.p50)}, p95 ${ms(ours.p95)}${bound}${beside}; load ${load}`);
}

function summary(times: readonly number[]): { readonly p50: number; readonly p95: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

const ms = (time: number): string => `${time.toFixed(1)} ms`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
