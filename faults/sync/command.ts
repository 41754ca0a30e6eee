import { parseArgs } from 'node:util';
import { machine, whole } from '../printed';
import { runSyncCampaign } from './campaign';
import { openStores } from './stores';
import { syncTable } from './table';
import { killTable, runKillCampaign } from './throughTemporal';
import { isTrouble, isVendor, TROUBLES, VENDORS } from './vendors';

const HELP = `npm run faults -- sync [options]

Reads made-up companies from fake vendors that misbehave, while people come, go and change, and
compares the store with what is true there. The activities of a sync are called in the order in which
its workflow calls them, over a Postgres of its own; no Temporal, and a clock that waits move on.

  --runs N       runs (1000); each is some eight syncs
  --seed S       another campaign (1)
  --only A,B     of ${VENDORS.join(', ')}
                 and ${TROUBLES.join(', ')}
  --run N        only this one: to repeat one that failed
  --lanes N      stores that are used at once (4)

  --temporal     instead: syncs through a real worker and Temporal, while worker, Postgres or Temporal
                 is killed at the edge of a page; --runs N of them (12), --seed S
`;

/** The campaign of polling; returns the exit code. */
export async function syncFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      temporal: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      run: { type: 'string' },
      lanes: { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.temporal) {
    const results = await runKillCampaign({
      kills: whole(values.runs ?? '12', '--runs'),
      seed: whole(values.seed, '--seed'),
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`\n${killTable(results)}\n`);
    return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
  }
  const only = values.only?.split(',').map((name) => name.trim()) ?? [];
  const [unknown] = only.filter((name) => !isVendor(name) && !isTrouble(name));
  if (unknown !== undefined) throw new Error(`--only knows no "${unknown}"`);
  const startedAt = new Date();
  const stores = await openStores(whole(values.lanes, '--lanes'));
  const interrupted = (): void => {
    void stores.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const results = await runSyncCampaign({
      runs: whole(values.runs ?? '1000', '--runs'),
      seed: whole(values.seed, '--seed'),
      only,
      ...(values.run === undefined ? {} : { choose: [whole(values.run, '--run')] }),
      stores: stores.contexts,
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
    const syncs = results.reduce((sum, run) => sum + run.syncs, 0);
    process.stdout.write(
      `\n${syncTable(results)}\n\n${startedAt.toISOString().slice(0, 10)} · seed ${values.seed} · ${String(syncs)} syncs · ${machine()} · ${minutes} min\n`,
    );
    return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await stores.close();
  }
}
