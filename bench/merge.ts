import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Db } from '../store/database/db';
import { computed } from './computed';
import { mergeByHand, prepareFloor } from './merge/floor';
import { addPairs, type PairsToAdd } from './merge/people';
import { applyTimed, planPairs, type PlannedMerges } from './merge/run';
import { benchDatabase, startBenchStack } from './stack';

const HELP = `npm run bench -- merge [options]

  --pairs N     pairs of users that are merged (10000)
  --others N    other users of the store, with as many enrollments and credits each (100000)
  --large N     merges of one pair with 1,000 enrollments each (50)

How many pairs a run of merges plans and applies in a second, each with 5 enrollments, 2 credits and 1 or 2
numbers on both sides, beside the same rows moved by hand without any record; and how long the transaction
takes that merges two users with 1,000 enrollments each.
`;

/** `npm run bench -- merge`: merges of many pairs, and of large ones. */
export async function benchMerge(args: readonly string[]): Promise<void> {
  const options = optionsOf(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const stack = await startBenchStack();
  const db = benchDatabase(stack.place.home, 4);
  try {
    await many(db, options);
    await large(db, options.large);
  } finally {
    await db.close();
    await stack.stop();
  }
}

interface Options {
  readonly pairs: number;
  readonly others: number;
  readonly large: number;
}

async function many(db: Db, { pairs, others }: Options): Promise<void> {
  const each: PairsToAdd = { prefix: 'm', pairs, enrollments: 5, credits: 2 };
  await addPairs(db, { prefix: 'o', pairs: Math.ceil(others / 2), enrollments: 5, credits: 2 });
  await addPairs(db, each);
  await prepareFloor(db);
  say(
    `${String(pairs)} pairs among ${String(others)} others, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  );
  const byHand = await timed(db, () => mergeByHand(db, each));
  say(`by hand, without records: ${shown(pairs, byHand)}`);
  const state: { run?: PlannedMerges } = {};
  const planned = await timed(db, async () => {
    state.run = await planPairs(db, each);
  });
  say(`planned: ${shown(pairs, planned)}`);
  const { run } = state;
  if (run === undefined) throw new Error('nothing was planned');
  const applied = await timed(db, async () => {
    await applyTimed(db, run);
  });
  say(`applied: ${shown(pairs, applied)} (target: at least 1,000 pairs/s),`);
  say(
    `  ${(applied.passed / byHand.passed).toFixed(2)} × by hand, computed ${(applied.computed / byHand.computed).toFixed(2)} × (target: at most 3)`,
  );
  const { rows } = await db.pool.query<{ n: number }>(`select count(*)::int as n from merge`);
  if (rows[0]?.n !== pairs) throw new Error(`only ${String(rows[0]?.n)} pairs were merged`);
}

async function large(db: Db, count: number): Promise<void> {
  await addPairs(db, { prefix: 'l', pairs: count, enrollments: 1000, credits: 2 });
  const times: number[] = [];
  for (let n = 1; n <= count; n++) {
    const one: PairsToAdd = { prefix: 'l', pairs: 1, first: n, enrollments: 0, credits: 0 };
    const [first = 0] = await applyTimed(db, await planPairs(db, one));
    times.push(first * 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string =>
    (times[Math.ceil(times.length * share) - 1] ?? 0).toFixed(0);
  say(`a pair with 1,000 enrollments each, ${String(count)} times: median ${at(0.5)} ms, `);
  say(`  p99 ${at(0.99)} ms in the transaction (target: at most 250)`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function rate(n: number, time: number): string {
  return Math.round(n / time).toLocaleString('en-US');
}

/** Seconds that passed, and those that the database computed. */
interface Time {
  readonly passed: number;
  readonly computed: number;
}

async function timed(db: Db, work: () => Promise<void>): Promise<Time> {
  const before = await computed(db);
  const start = process.hrtime.bigint();
  await work();
  const passed = Number(process.hrtime.bigint() - start) / 1e9;
  return { passed, computed: (await computed(db)) - before };
}

function shown(pairs: number, { passed, computed: spent }: Time): string {
  return `${passed.toFixed(2)} s, ${rate(pairs, passed)} pairs/s, computed ${spent.toFixed(2)} s`;
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: 'string', default: '10000' },
      others: { type: 'string', default: '100000' },
      large: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [pairs = 0, others = 0, large = 0] = [values.pairs, values.others, values.large].map(
    Number,
  );
  return { pairs, others, large };
}
