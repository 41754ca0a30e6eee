import { parseArgs } from 'node:util';
import { machine, whole } from '../printed';
import { openStores } from '../sync/stores';
import { startTemporal } from '../year/temporal';
import { playInstallations } from './play';

const HELP = `npm run faults -- installations [options]

A database and a copy of it, made while a run is held, share a namespace of Temporal. Before it is said
what the copy is, its worker must not start. Then both work. In each round one of the two workers is
killed; both import, and a schedule of the killed one fires. Its work must wait until it is started
again: neither may take or delete anything of the other.

  --rounds N     rounds (50)
`;

/** Plays the rounds; returns the exit code. */
export async function installationFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rounds = whole(values.rounds, '--rounds');
  const startedAt = new Date();
  const stores = await openStores(1);
  const env = await startTemporal();
  try {
    const [context] = stores.contexts;
    if (context === undefined) throw new Error('a store was opened');
    const r = await playInstallations({
      databaseUrl: context.db.url,
      temporalAddress: env.address,
      client: env.client,
      rounds,
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
    process.stdout.write(
      [
        ...r.wrong.map((line) => `WRONG ${line}`),
        `${String(r.rounds)} rounds · ${String(r.imports)} imports · ${String(r.syncs)} scheduled syncs · ${String(r.kills)} workers killed · ${String(r.wrong.length)} wrong`,
        `${startedAt.toISOString().slice(0, 10)} · ${machine()} · ${minutes} min`,
        '',
      ].join('\n'),
    );
    return r.wrong.length === 0 ? 0 : 1;
  } finally {
    await env.teardown();
    await stores.close();
  }
}
