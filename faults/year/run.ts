import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from 'pg';
import type { DialectName } from '../../connectors/fake/dialects';
import { startFake } from '../../connectors/fake/server';
import type { SourceContext } from '../../operations/sources/polledSource';
import { diceOf } from '../sync/chance';
import { companyOf } from '../sync/people';
import { YearClock } from './clock';
import { Company } from './company';
import { Year, type YearResult } from './play';
import { startWorker } from './temporal';

export interface YearOptions {
  /** A new, empty store. */
  readonly context: SourceContext;
  readonly env: TestWorkflowEnvironment;
  readonly vendor: DialectName;
  readonly people: number;
  readonly days: number;
  readonly seed: number;
  readonly plansDays: number;
  readonly pace: number;
  readonly marks: readonly number[];
  readonly tell: (line: string) => void;
}

/** The last day of each quarter. */
export function marksOf(days: number): number[] {
  return [...new Set([1, 2, 3, 4].map((quarter) => Math.ceil((days * quarter) / 4)))];
}

/** Plays the days of a company, with a worker in this process. */
export async function playYear(o: YearOptions): Promise<YearResult> {
  const { context, vendor, plansDays } = o;
  const clock = new YearClock();
  await installed(clock, context.db.url);
  const now = (): number => clock.now().getTime();
  const fake = await startFake({ vendor, people: companyOf(o.people), clock: now });
  const retention = { plansDays, filesDays: plansDays, deliveriesDays: plansDays };
  const config = {
    limits: { maxFileBytes: 1, maxColumns: 1, maxCellChars: 32_768 },
    sliceEntries: 20_000,
    retention,
    allowPrivateHosts: context.allowPrivateHosts,
  };
  const log = { warn: () => undefined };
  const stop = await startWorker(o.env, { ...context, log, config, clock: clock.now });
  try {
    const dice = diceOf(o.seed, 'year', vendor, o.people);
    const company = new Company({
      vendor,
      world: fake.world,
      dice,
      now: clock.now,
      pace: o.pace,
    });
    return await new Year({ ...o, clock, company, fake, retention }).toItsEnd();
  } finally {
    await stop();
    await fake.stop();
  }
}

async function installed(clock: YearClock, url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await clock.install(admin);
  } finally {
    await admin.end();
  }
}
