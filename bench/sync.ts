import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectorType } from '../connectors/vendors';
import { openReader } from '../connectors/engine/engine';
import { createHttp, type Call } from '../connectors/http/http';
import { rollcall } from './cli';
import { writeCompany } from '../company/company';
import { measureFloor, prepareFloor, settleFloor, type Scenario } from './floor';
import { machine, median } from './importReport';
import { PHASES, phasesOf, type Phase } from './measure';
import { resetPeak, startBenchStack, workerPeakMb, workerPid, type BenchStack } from './stack';

const SCENARIOS = ['create', 'unchanged', 'changed'] as const;
const TARGET = 1.3;
const PHASES_OF_A_SYNC = PHASES.filter((phase) => phase !== 'store file');
const HELP = `npm run bench -- sync [options]
npm run bench -- sync --against COMMIT   (this build beside an older one: its own --help)

  --people 100000     how many
  --vendor bamboohr   of the fake server: bamboohr, scim, merge, salesforce
  --latency 0         milliseconds that each answer comes later, as over a network
  --repeat 1          rounds; each begins with an empty source and ends with one person in ten changed

The whole command (sources sync --full) beside its floor: the same calls by the same HTTP client with
their answers parsed and thrown away, and the floor of an import of as many rows (bench -- import).
`;

/** Seconds of one sync and of its floor. */
interface Sample {
  readonly scenario: Scenario;
  readonly calls: number;
  readonly floor: number;
  readonly sync: number;
  readonly workerMb: number | null;
  readonly phases: Readonly<Record<Phase, number>>;
}

/** `npm run bench -- sync`: a complete sync beside its floor. */
export async function benchSync(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '100000' },
      vendor: { type: 'string', default: 'bamboohr' },
      latency: { type: 'string', default: '0' },
      repeat: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const o = {
    people: Number(values.people),
    vendor: values.vendor,
    latencyMs: Number(values.latency),
  };
  const samples: Sample[] = [];
  for (let round = 1; round <= Number(values.repeat); round++) {
    samples.push(...(await benchRound(o)));
  }
  process.stdout.write(`\n${table(samples, o)}\n`);
}

interface Options {
  readonly people: number;
  readonly vendor: string;
  readonly latencyMs: number;
}

async function benchRound(o: Options): Promise<Sample[]> {
  const words = [o.vendor, String(o.people), String(o.latencyMs)];
  const fake = fork(join(__dirname, 'fakeVendor.js'), words);
  const address = addressOf.parse((await once(fake, 'message'))[0]);
  const stack = await startBenchStack({ ROLLCALL_ALLOW_PRIVATE_HOSTS: address.host });
  try {
    await addSource(stack, o.vendor, address);
    await prepareFloor(stack.db);
    const samples: Sample[] = [];
    for (const scenario of SCENARIOS) {
      samples.push(await benchOne(stack, { ...o, scenario, fake, address }));
    }
    return samples;
  } finally {
    await stack.stop();
    // Ctrl-C reaches the fake as well, so it may be gone.
    if (fake.connected) fake.disconnect();
  }
}

async function benchOne(
  stack: BenchStack,
  o: Options & { scenario: Scenario; fake: ChildProcess; address: Address },
): Promise<Sample> {
  if (o.scenario === 'changed') {
    o.fake.send('change');
    await once(o.fake, 'message');
  }
  const path = join(stack.place.folder, 'floor.csv');
  await writeCompany(path, {
    people: o.people,
    quoted: 0.01,
    ...(o.scenario === 'changed' ? { nextDay: { moves: 0.1 } } : {}),
  });
  const { parse, copy, sql } = await measureFloor(stack.db, { path, scenario: o.scenario });
  await settleFloor(stack.db);
  rmSync(path);
  const loop = await pageLoop(o.vendor, o.address);
  await stack.db.query('checkpoint');
  resetPeak(workerPid(stack.place.home));
  const ran = await rollcall(stack.place, ['sources', 'sync', 'hr', '--full', '--json']);
  const workerMb = workerPeakMb(stack.place.home);
  if (ran.exit !== 0) throw new Error(`the sync ended with ${String(ran.exit)}:\n${ran.stdout}`);
  const { runId, counts } = told.parse(JSON.parse(ran.stdout));
  const came = { create: counts.created, unchanged: counts.unchanged, changed: counts.updated };
  const wanted = o.scenario === 'changed' ? Math.ceil(o.people / 10) : o.people;
  if (came[o.scenario] !== wanted) throw new Error(`${o.scenario} came to ${ran.stdout}`);
  await stack.db.query('vacuum analyze "user"');
  await stack.db.query('vacuum analyze identity');
  const floor = parse + copy + sql + loop.seconds;
  const sample = {
    scenario: o.scenario,
    calls: loop.calls,
    floor,
    sync: ran.ms / 1000,
    workerMb,
    phases: await phasesOf(stack, { runId, from: ran.startedAt, ms: ran.ms }),
  };
  process.stderr.write(
    `${o.scenario}: pages ${loop.seconds.toFixed(2)} s + import floor ${(floor - loop.seconds).toFixed(2)} s, sync ${sample.sync.toFixed(2)} s\n`,
  );
  return sample;
}

const addressOf = z.object({
  host: z.string(),
  baseUrl: z.string(),
  config: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
});
type Address = z.infer<typeof addressOf>;

const told = z.object({
  runId: z.string(),
  counts: z.object({ created: z.number(), unchanged: z.number(), updated: z.number() }),
});

async function addSource(stack: BenchStack, vendor: string, address: Address): Promise<void> {
  const pairs = (option: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
  const env = Object.fromEntries(
    Object.entries(address.secrets).map(([name, value]) => [`BENCH_${name}`, value]),
  );
  const place = { ...stack.place, env: { ...stack.place.env, ...env } };
  const secrets = Object.keys(address.secrets).map((name) => [name, `env:BENCH_${name}`] as const);
  const added = await rollcall(place, [
    ...['sources', 'add', vendor, '--name', 'hr', '--base-url', address.baseUrl, '--json'],
    ...pairs('--config', address.config),
    ...pairs('--secret', Object.fromEntries(secrets)),
  ]);
  if (added.exit !== 0) throw new Error(`sources add failed:\n${added.stdout}${added.stderr}`);
}

/**
 * The calls of a complete read: once to learn them, and once more to measure them; nothing is kept.
 */
async function pageLoop(
  vendor: string,
  address: Address,
): Promise<{ readonly seconds: number; readonly calls: number }> {
  const connector = connectorType(vendor);
  if (connector === undefined) throw new Error(`there is no connector ${vendor}`);
  const http = createHttp({ allowPrivateHosts: [address.host] });
  const calls: Call[] = [];
  const reader = openReader({
    connector,
    config: address.config,
    secrets: address.secrets,
    baseUrl: address.baseUrl,
    http: {
      call: (call) => {
        calls.push(call);
        return http.call(call);
      },
      close: () => undefined,
    },
    clock: () => Date.now(),
    random: () => Math.random(),
  });
  let state = reader.begin({ mode: 'full', cursor: null });
  for (;;) {
    const next = await reader.next(state);
    if (next.kind !== 'page') throw new Error(`the page loop came to ${next.kind}`);
    if (next.state === null) break;
    state = next.state;
  }
  const start = process.hrtime.bigint();
  for (const call of calls) JSON.parse((await http.call(call)).body);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  http.close();
  return { seconds, calls: calls.length };
}

function table(samples: readonly Sample[], o: Options): string {
  const lines = SCENARIOS.map((scenario) => {
    const of = samples.filter((sample) => sample.scenario === scenario);
    const [floor, sync] = [of.map((s) => s.floor), of.map((s) => s.sync)].map(median);
    const ratio = (sync ?? 0) / (floor ?? 1);
    const most = Math.max(...of.map(({ workerMb }) => workerMb ?? 0));
    return `| ${scenario} | ${String(of[0]?.calls ?? 0)} | ${(floor ?? 0).toFixed(2)} | ${(sync ?? 0).toFixed(2)} | ${ratio.toFixed(2)} ${ratio <= TARGET ? 'met' : 'not met'} | ${String(most)} |`;
  });
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine()}; load ${(loadavg()[0] ?? 0).toFixed(1)}. ` +
      `${String(o.people)} people of the fake ${o.vendor}, which answers after ${String(o.latencyMs)} ms; seconds, medians; target ${String(TARGET)} × the floor.`,
    '',
    '| scenario | calls | floor | sync | ratio | worker MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
    'Where the time goes:',
    '',
    `| scenario | ${PHASES_OF_A_SYNC.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(PHASES_OF_A_SYNC.length)}`,
    ...SCENARIOS.map((scenario) => {
      const of = samples.filter((sample) => sample.scenario === scenario);
      const times = PHASES_OF_A_SYNC.map((phase) => median(of.map((s) => s.phases[phase])));
      return `| ${scenario} | ${times.map((time) => time.toFixed(2)).join(' | ')} |`;
    }),
  ].join('\n');
}
