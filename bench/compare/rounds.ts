import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { superuserUrl } from '../../embedded/services';
import { writeCompany } from '../../company/company';
import { rollcall, type Place, type Ran } from '../cli';
import type { Round, Timed } from './pairs';

/** What one round of a build needs. */
export interface RoundOptions {
  /** The folder with the build's `bin/rollcall.js`. */
  readonly root: string;
  readonly rows: number;
  readonly signal: AbortSignal;
}

export const SCENARIOS = ['create', 'unchanged', 'changed'] as const;
type Scenario = (typeof SCENARIOS)[number];

/*
 * A build is driven from outside, by its command line: what a commit calls its own files and modules may
 * change, `up`, `import`, `sources` and the documents of `--json` do not.
 */

/** Writes the two days of a company once, for every round of both builds. */
export async function writeDays(folder: string, rows: number): Promise<void> {
  const { before, after } = daysOf(folder);
  await writeCompany(before, { people: rows, quoted: 0.01 });
  await writeCompany(after, { people: rows, quoted: 0.01, nextDay: { moves: 0.1 } });
}

function daysOf(folder: string): Record<'before' | 'after', string> {
  return { before: join(folder, 'before.csv'), after: join(folder, 'after.csv') };
}

/** Imports both days on a stack of its own: everybody is new, nobody changed, one in ten changed. */
export async function importRound(o: RoundOptions & { readonly days: string }): Promise<Round> {
  const { before, after } = daysOf(o.days);
  return onStack(o, {}, (stack) =>
    eachScenario((scenario) =>
      stack.timed(
        ['import', scenario === 'changed' ? after : before],
        wanted(scenario, (rows) => rows),
      ),
    ),
  );
}

const address = z.object({
  host: z.string(),
  baseUrl: z.string(),
  config: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
});

/** Syncs a fake vendor on a stack of its own, as {@link importRound} imports files. */
export async function syncRound(o: RoundOptions): Promise<Round> {
  const fake = fork(join(__dirname, '..', 'fakeVendor.js'), ['bamboohr', String(o.rows), '0']);
  try {
    const vendor = address.parse((await once(fake, 'message'))[0]);
    const secrets = Object.entries(vendor.secrets).map(([name, value]) => [`BENCH_${name}`, value]);
    const env = {
      ...Object.fromEntries(secrets),
      ROLLCALL_ALLOW_PRIVATE_HOSTS: vendor.host,
    };
    return await onStack(o, env, async (stack) => {
      await stack.run([
        ...['sources', 'add', 'bamboohr', '--name', 'hr', '--base-url', vendor.baseUrl],
        ...Object.entries(vendor.config).flatMap(([key, value]) => ['--config', `${key}=${value}`]),
        ...Object.keys(vendor.secrets).flatMap((name) => ['--secret', `${name}=env:BENCH_${name}`]),
      ]);
      return eachScenario(async (scenario) => {
        if (scenario === 'changed') await change(fake);
        return stack.timed(['sources', 'sync', 'hr', '--full'], wanted(scenario, tenth));
      });
    });
  } finally {
    // Ctrl-C reaches the fake as well, so it may be gone.
    if (fake.connected) fake.disconnect();
  }
}

async function change(fake: ChildProcess): Promise<void> {
  fake.send('change');
  await once(fake, 'message');
}

function tenth(rows: number): number {
  return Math.ceil(rows / 10);
}

async function eachScenario(measure: (scenario: Scenario) => Promise<Timed>): Promise<Round> {
  const round: Record<string, Timed> = {};
  for (const scenario of SCENARIOS) round[scenario] = await measure(scenario);
  return round;
}

const document = z.object({
  runId: z.string(),
  state: z.string(),
  createdAt: z.coerce.date(),
  finishedAt: z.coerce.date(),
  counts: z.object({ created: z.number(), updated: z.number(), unchanged: z.number() }),
});
type Counts = z.infer<typeof document>['counts'];

/** Whether a run did the work of its scenario: what did something else is not measured. */
type Wanted = (counts: Counts, rows: number) => boolean;

function wanted(scenario: Scenario, changed: (rows: number) => number): Wanted {
  return ({ created, updated, unchanged }, rows) => {
    if (scenario === 'create') return created === rows;
    if (scenario === 'unchanged') return unchanged === rows;
    return updated > 0 && updated <= changed(rows) && updated + unchanged === rows;
  };
}

interface Stack {
  run(args: readonly string[]): Promise<Ran>;
  timed(args: readonly string[], good: Wanted): Promise<Timed>;
}

async function onStack(
  o: RoundOptions,
  env: Readonly<Record<string, string>>,
  work: (stack: Stack) => Promise<Round>,
): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-compare-'));
  const place: Place = { root: o.root, folder, home: join(folder, 'data'), signal: o.signal, env };
  const run = async (args: readonly string[], at = place): Promise<Ran> => {
    const ran = await rollcall(at, [...args, '--json']);
    if (ran.exit === 0) return ran;
    throw new Error(
      `rollcall ${args.join(' ')} ended with ${String(ran.exit)}:\n${ran.stdout}${ran.stderr}`,
    );
  };
  try {
    await run(['up', '--detach']);
    return await work({
      run,
      async timed(args, good) {
        await settle(superuserUrl(place.home));
        const ran = await run(args);
        const { state, counts, createdAt, finishedAt } = document.parse(JSON.parse(ran.stdout));
        if (state !== 'done' || !good(counts, o.rows)) {
          throw new Error(`rollcall ${args.join(' ')} came to another end:\n${ran.stdout}`);
        }
        return {
          command: ran.ms / 1000,
          run: (finishedAt.getTime() - createdAt.getTime()) / 1000,
        };
      },
    });
  } finally {
    // Also after Ctrl-C.
    await rollcall({ root: o.root, folder, home: place.home, env }, ['down']);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What autovacuum and a checkpoint do between two days, so that they do not fall into a measurement. */
async function settle(url: string): Promise<void> {
  const db = new Client({ connectionString: url });
  await db.connect();
  try {
    await db.query('vacuum analyze');
    await db.query('checkpoint');
  } finally {
    await db.end();
  }
}
