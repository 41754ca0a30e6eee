import { parseArgs } from 'node:util';
import { machine, whole } from '../printed';
import { openStores } from '../sync/stores';
import { isVendor, VENDORS } from '../sync/vendors';
import { marksOf, playYear } from './run';
import { sizesTable } from './tables';
import { startTemporal } from './temporal';

const HELP = `npm run faults -- year [options]

A year of daily syncs of a made-up company, in minutes: people come, go, come back and change at a
fake vendor, and each day is synced by the workflows, a worker and Temporal's dev server, over a
Postgres of its own whose clock is put ahead. Whoever should have access is compared each day, all
there is after each read of everybody, and old plans are removed as they are in a year.

  --people N     people on the first day (10000)
  --days N       days (365)
  --seed S       another company (1)
  --vendor V     of ${VENDORS.join(', ')} (bamboohr)
  --plans N      days for which plans are kept and runs can be undone (90)
  --pace N       times the usual changes of a company (1)
`;

/** Plays a year; returns the exit code. */
export async function yearFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '10000' },
      days: { type: 'string', default: '365' },
      seed: { type: 'string', default: '1' },
      vendor: { type: 'string', default: 'bamboohr' },
      plans: { type: 'string', default: '90' },
      pace: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { vendor } = values;
  if (!isVendor(vendor)) throw new Error(`--vendor knows no "${vendor}"`);
  const days = whole(values.days, '--days');
  const year = {
    vendor,
    days,
    people: whole(values.people, '--people'),
    seed: whole(values.seed, '--seed'),
    plansDays: whole(values.plans, '--plans'),
    pace: whole(values.pace, '--pace'),
    marks: marksOf(days),
  };
  const startedAt = new Date();
  const stores = await openStores(1);
  const env = await startTemporal();
  const interrupted = (): void => {
    void Promise.allSettled([env.teardown(), stores.close()]).then(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const [context] = stores.contexts;
    if (context === undefined) throw new Error('a store was opened');
    const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
    const r = await playYear({ ...year, context, env, tell });
    const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
    process.stdout.write(
      [
        '',
        sizesTable(r.sizes),
        '',
        [...r.happened].map(([what, times]) => `${what} ${String(times)}`).join(' · '),
        `${String(r.syncs)} syncs, ${String(r.fullReads)} of them of everybody · ${String(r.dueRuns)} due runs · ${String(r.approved)} held as expected and approved`,
        `${String(r.workflows)} workflows, the longest history ${String(r.longestHistory)} events · plans kept ${values.plans} days · ${String(r.wrong.length)} wrong`,
        `${startedAt.toISOString().slice(0, 10)} · seed ${values.seed} · ${vendor}, ${values.people} people, ${values.days} days · ${machine()} · ${minutes} min`,
        '',
      ].join('\n'),
    );
    return r.wrong.length === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await env.teardown();
    await stores.close();
  }
}
