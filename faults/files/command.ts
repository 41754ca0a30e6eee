import { parseArgs } from 'node:util';
import { openStores } from '../sync/stores';
import { runFilesCampaign } from './campaign';
import type { WorldResult } from './result';
import { Parts } from '../parts';
import { machine, whole } from '../printed';
import { filesTable } from './table';

const HELP = `npm run faults -- files [options]

Random companies whose people join, leave, come back and change. Each day a file or a system shows
them as real exporters do: numbers change their writing, rows repeat, days lie ahead and behind,
records come in parts. Each read goes through the reader, the plan, the gates and apply, an admin
decides what is held, and the store is compared with what is true.

  --trials N     worlds (3000); each is some nine reads
  --from N       the first world (1)
  --seed S       other worlds (1)
  --minutes M    stops after this time (9); the same command goes on from there, and adds up
  --again        forgets what was played before
  --show         prints every read and its end; for one world
  --lanes N      stores that are used at once (3)
`;

/** The campaign of files; returns the exit code: 1 when a world is wrong, 2 when some are left. */
export async function fileFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '3000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '9' },
      again: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      lanes: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [from, trials, seed] = [
    whole(values.from, '--from'),
    whole(values.trials, '--trials'),
    whole(values.seed, '--seed'),
  ];
  const worlds = Array.from({ length: trials }, (_, i) => from + i);
  const parts = new Parts<WorldResult>({
    campaign: 'worlds',
    seed,
    numberOf: ({ world }) => world,
  });
  // One world is played to be looked at.
  const again = values.again || trials === 1;
  if (values.again) parts.forget();
  const startedAt = Date.now();
  const stores = await openStores(Math.min(whole(values.lanes, '--lanes'), trials));
  const state = { interrupted: false };
  const interrupted = (): void => {
    // What the stores that close do to a world says nothing about it.
    state.interrupted = true;
    void stores.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const played = await runFilesCampaign({
      seed,
      worlds: again ? worlds : worlds.filter((world) => !parts.has(world)),
      stores: stores.contexts,
      until: startedAt + whole(values.minutes, '--minutes') * 60_000,
      tell: (line) => process.stderr.write(`${line}\n`),
      ...(values.show ? { show: (text) => process.stderr.write(`${text}\n`) } : {}),
      done: (result) => {
        if (trials > 1 && !state.interrupted) parts.add(result);
      },
    });
    const results = trials === 1 ? played : parts.of(worlds);
    const left = worlds.length - results.length;
    const wrong = results.filter((result) => result.wrong.length > 0);
    process.stdout.write(
      `\n${filesTable(results)}\n\n${footOf({ seed, startedAt, results, left })}\n`,
    );
    if (wrong.length > 0) {
      process.stdout.write(`wrong: worlds ${wrong.map(({ world }) => String(world)).join(', ')}\n`);
    }
    return wrong.length > 0 ? 1 : left > 0 ? 2 : 0;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await stores.close();
  }
}

function footOf(o: {
  readonly seed: number;
  readonly startedAt: number;
  readonly results: readonly { readonly reads: readonly unknown[] }[];
  readonly left: number;
}): string {
  const reads = o.results.reduce((sum, result) => sum + result.reads.length, 0);
  const minutes = ((Date.now() - o.startedAt) / 60_000).toFixed(1);
  const more = o.left === 0 ? '' : ` · ${String(o.left)} worlds are left: the same command goes on`;
  return `${new Date(o.startedAt).toISOString().slice(0, 10)} · seed ${String(o.seed)} · ${String(o.results.length)} worlds · ${String(reads)} reads · ${machine()} · this part ${minutes} min${more}`;
}
