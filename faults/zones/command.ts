import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { readTimes } from '../../domain/sources/syncSchedule';
import { TIME_ZONES, TZDATA_VERSION } from '../../domain/timeZones';
import { temporalCli } from '../../embedded/temporal';
import { tryZone, type ZoneTrial } from './trial';

/** Expressions that fire at night, in the hours that clocks skip or repeat, and all day. */
export const CRONS = [
  '30 2 * * *',
  '0 2 * * *',
  '30 1 * * *',
  '0 0 * * *',
  '30 23 * * *',
  '15 3 * * *',
  '0 5 * * *',
  '0 12 * * *',
  '30 2 * * sun',
  '0 6 * * mon-fri',
  '0 * * * *',
  '*/15 * * * *',
  '7,37 * * * *',
  '*/15 2 * * *',
  '0,45 1-3 * * *',
  '0 */2 * * *',
  '0 8-18 * * *',
  '30 0,12 * * *',
  '59 23 * * *',
  '0 2 1-31 * *',
] as const;

/** Names that Node or people take for time zones, and the server does not. */
export const NO_ZONES = [
  'CST',
  'PST',
  'IST',
  'Vienna',
  'GMT+2',
  '+02:00',
  'Mars/Olympus',
  '',
] as const;

const HELP = `npm run faults -- zones [options]

Stores schedules in the time zones of the IANA list, gives them to a Temporal server around each change of
the clocks in the coming year, and compares the times that the server lists with what was said: no time
missing or doubled unsaid, no false overdue alarm, and none missing.

  --zones A,B    these zones (all ${String(TIME_ZONES.length)}, each name also in lower case)
  --crons N      so many of ${String(CRONS.length)} expressions (all)
  --at DATE      the day from which the year counts (in two days: the server lists only times to come)
`;

/** Noon in two days: every time that a trial asks for, up to 31 hours before a change, is to come. */
export function earliestNow(): Date {
  return new Date(`${new Date(Date.now() + 48 * 3_600_000).toISOString().slice(0, 10)}T12:00:00Z`);
}

/** The campaign of time zones; returns the exit code. */
export async function zoneFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      zones: { type: 'string' },
      crons: { type: 'string', default: String(CRONS.length) },
      at: { type: 'string', default: earliestNow().toISOString().slice(0, 10) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const now = new Date(`${values.at}T12:00:00Z`);
  if (!(now >= earliestNow())) {
    process.stderr.write('--at is a day from the day after tomorrow on: YYYY-MM-DD\n');
    return 2;
  }
  const startedAt = Date.now();
  const path = await temporalCli(new AbortController().signal);
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'json', level: 'error' },
    },
  });
  try {
    const zones = values.zones?.split(',') ?? TIME_ZONES;
    const crons = CRONS.slice(0, Number(values.crons));
    const trials = await tryZones(env.client, { zones, crons, now });
    const wrong = trials.filter((trial) => trial.wrong.length > 0);
    for (const { zone, cron, wrong: faults } of wrong.slice(0, 40)) {
      process.stderr.write(`${zone}, ${cron}: ${faults.slice(0, 2).join('; ')}\n`);
    }
    const times = trials.reduce((sum, trial) => sum + trial.times, 0);
    const took = ((Date.now() - startedAt) / 1_000).toFixed(0);
    process.stdout.write(
      `${String(zones.length)} zones (tzdata ${TZDATA_VERSION}) × ${String(crons.length)} expressions from ${values.at}: ` +
        `${times.toLocaleString('en')} times listed, ${String(wrong.length)} schedules not as they were said · ` +
        `${String(cpus().length)} cores, Node ${process.versions.node} · ${took} s\n`,
    );
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await env.teardown();
  }
}

/** Schedules that are tried at the same time. */
const AT_ONCE = 8;

/** Tries each expression in each zone, and each zone's name in lower case; then what is no zone. */
export async function tryZones(
  client: Client,
  o: { readonly zones: readonly string[]; readonly crons: readonly string[]; readonly now: Date },
): Promise<ZoneTrial[]> {
  const { zones, crons, now } = o;
  const [first = ''] = crons;
  const all = zones.flatMap((zone) => [
    ...crons.map((cron) => ({ zone, cron })),
    { zone: zone.toLowerCase(), cron: first },
  ]);
  const trials: ZoneTrial[] = NO_ZONES.map(refusal);
  const next = all.values();
  const lane = async (): Promise<void> => {
    for (const one of next) {
      trials.push(
        await tryZone(client, { ...one, now }).catch((error: unknown) => failed(one, error)),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return trials;
}

function failed(one: { readonly zone: string; readonly cron: string }, error: unknown): ZoneTrial {
  return { ...one, times: 0, wrong: [error instanceof Error ? error.message : String(error)] };
}

/** A name that is no zone is refused before anything is stored. */
function refusal(zone: string): ZoneTrial {
  const { faults } = readTimes({ cron: '0 5 * * *', timeZone: zone }, null);
  return {
    zone,
    cron: '0 5 * * *',
    times: 0,
    wrong: faults.length > 0 ? [] : ['taken for a zone'],
  };
}
