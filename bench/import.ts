import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCompany } from '../company/company';
import {
  differences,
  measureFloor,
  prepareFloor,
  settleFloor,
  type Floor,
  type Scenario,
} from './floor';
import { report, type Sample } from './importReport';
import { measureImport, type Measured } from './measure';
import { SlowStatements } from './slowStatements';
import { emptyStore, startBenchStack, type BenchStack } from './stack';

const SCENARIOS = ['create', 'unchanged', 'changed'] as const;
const HELP = `npm run bench -- import [options]
npm run bench -- import --against COMMIT   (this build beside an older one: its own --help)

  --rows 10000,100000,1000000   sizes (these)
  --scenario create,unchanged,changed   (all)
  --repeat N     runs of each (5 up to 10,000 rows, 3 up to 100,000, else 1)
  --explain      statements of Rollcall's that took longer than 100 ms

Each size is imported into an empty store (create), then again (unchanged), then with one person in
ten changed, each beside its floor: csv-parse reading the file, a plain COPY of it, and hand-written
SQL that brings "user" and "identity" to the same state.
`;

interface Options {
  readonly sizes: readonly number[];
  readonly scenarios: readonly Scenario[];
  readonly repeat: number | undefined;
  readonly explain: boolean;
}

/** `npm run bench -- import`: Rollcall's import beside its floor. */
export async function benchImport(args: readonly string[]): Promise<void> {
  const options = optionsOf(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const stack = await startBenchStack();
  const slow = new SlowStatements(stack.place.home);
  const load = [loadavg()[0] ?? 0];
  const samples: Sample[] = [];
  try {
    if (options.explain) await slow.watch(stack.db, 100);
    for (const rows of options.sizes) {
      samples.push(...(await benchSize(stack, { rows, options, slow })));
      load.push(loadavg()[0] ?? 0);
    }
  } finally {
    await stack.stop();
  }
  process.stdout.write(`\n${report(samples, load)}\n`);
}

interface MutableSample extends Sample {
  readonly floors: Floor[];
  readonly runs: Measured[];
}

async function benchSize(
  stack: BenchStack,
  o: { readonly rows: number; readonly options: Options; readonly slow: SlowStatements },
): Promise<Sample[]> {
  const { rows, options } = o;
  const before = join(stack.place.folder, 'before.csv');
  const after = join(stack.place.folder, 'after.csv');
  await writeCompany(before, { people: rows, quoted: 0.01 });
  await writeCompany(after, { people: rows, quoted: 0.01, nextDay: { moves: 0.1 } });
  const samples = SCENARIOS.map((scenario): MutableSample => ({
    rows,
    scenario,
    floors: [],
    runs: [],
  }));
  const repeat = options.repeat ?? (rows <= 10_000 ? 5 : rows <= 100_000 ? 3 : 1);
  for (let round = 1; round <= repeat; round++) {
    await emptyStore(stack.db);
    await prepareFloor(stack.db);
    for (const { scenario, floors, runs } of samples) {
      const path = scenario === 'changed' ? after : before;
      const wanted = options.scenarios.includes(scenario);
      // The later scenarios need the people.
      if (!wanted && scenario !== 'create') continue;
      const floor = await measureFloor(stack.db, { path, scenario });
      o.slow.skip();
      const measured = await measureImport(stack, { path, scenario, people: rows });
      const total = floor.parse + floor.copy + floor.sql;
      progress(
        `${String(rows)} ${scenario}, ${String(round)} of ${String(repeat)}: floor ${total.toFixed(2)} s, Rollcall ${measured.seconds.toFixed(2)} s`,
      );
      if (options.explain) for (const line of o.slow.take()) progress(line);
      if (round === 1) await sameState(stack, scenario);
      await settle(stack);
      if (wanted) {
        floors.push(floor);
        runs.push(measured);
      }
    }
  }
  for (const path of [before, after]) rmSync(path);
  return samples;
}

/** Throws unless the floor did the same work. */
async function sameState(stack: BenchStack, scenario: Scenario): Promise<void> {
  const n = await differences(stack.db);
  if (n > 0) throw new Error(`${scenario}: the floor left ${String(n)} people in another state`);
}

/** Gives both sides what autovacuum would do between two days. */
async function settle(stack: BenchStack): Promise<void> {
  await stack.db.query('vacuum analyze "user"');
  await stack.db.query('vacuum analyze identity');
  await settleFloor(stack.db);
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '10000,100000,1000000' },
      scenario: { type: 'string', default: SCENARIOS.join(',') },
      repeat: { type: 'string' },
      explain: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const sizes = values.rows.split(',').map((text) => number(text, '--rows'));
  const scenarios = values.scenario.split(',').map((text) => {
    const found = SCENARIOS.find((scenario) => scenario === text.trim());
    if (found === undefined)
      throw new Error(`--scenario takes ${SCENARIOS.join(', ')}, not "${text}"`);
    return found;
  });
  const repeat = values.repeat === undefined ? undefined : number(values.repeat, '--repeat');
  return { sizes, scenarios, repeat, explain: values.explain };
}

function number(text: string, option: string): number {
  const n = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`${option} takes whole numbers from 1, not "${text}"`);
}
